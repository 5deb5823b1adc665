/**
 * Leaves that nobody can open, against the erasures that the log holds.
 *
 * A key that is gone proves nothing: whoever destroys one makes a recording unreadable as well. What cannot
 * be opened must be covered by a leaf of type 13 under the same pseudonym, and both are under the signed root.
 *
 * @see core/log/FORMAT.md, "Content"; decision 0031
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type { ErasedRange, ErasureContent } from "@wavekeep/core/log";

/** A chunk whose leaf cannot be opened. */
export interface UnopenedChunk {
  /** Hexadecimal: what the log calls the recording. */
  readonly pseudonym: string;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly stream: number;
  readonly sequence: number;
  readonly leafIndex: number;
}

/** Chunks in a row that no erasure covers. */
export interface UncoveredRun extends UnopenedChunk {
  readonly count: number;
}

/** What the log says of an erasure. */
export interface SaidErasure {
  readonly pseudonym: string;
  readonly leafIndex: number;
  readonly erasedAtMicros: bigint;
  readonly chunkCount: number;
}

/** The pseudonym of an erasure whose recording had lost its key before: its segments say which it is. */
const UNKNOWN = "0".repeat(32);

/** Gathers both sides while the log is followed: an erasure comes behind what it covers. */
export class ErasedLedger {
  /** By pseudonym. */
  readonly #erasures = new Map<string, ErasedRange[]>();
  readonly #runs: (UnopenedChunk & { count: number })[] = [];

  readonly #said: SaidErasure[] = [];

  addErasure(
    pseudonym: string,
    leafIndex: number,
    { ranges, erasedAtMicros }: ErasureContent,
  ): void {
    const chunkCount = ranges.reduce((sum, { sequenceCount }) => sum + sequenceCount, 0);
    this.#said.push({ pseudonym, leafIndex, erasedAtMicros, chunkCount });
    const known = this.#erasures.get(pseudonym) ?? [];
    known.push(...ranges);
    this.#erasures.set(pseudonym, known);
  }

  addChunk(chunk: UnopenedChunk): void {
    const last = this.#runs.at(-1);
    const follows = last !== undefined && last.pseudonym === chunk.pseudonym &&
      last.segmentId === chunk.segmentId && last.stream === chunk.stream &&
      last.sequence + last.count === chunk.sequence;
    if (follows) last.count++;
    else this.#runs.push({ ...chunk, count: 1 });
  }

  /** Every erasure, in the log's order. */
  said(): readonly SaidErasure[] {
    return this.#said;
  }

  /** What no erasure covers; a run is named whole when a part of it is not covered. */
  uncovered(): UncoveredRun[] {
    return this.#runs.filter((run) => {
      const ranges = [run.pseudonym, UNKNOWN]
        .flatMap((pseudonym) => this.#erasures.get(pseudonym) ?? [])
        .filter(({ segmentId, stream }) =>
          stream === run.stream && formatHex(segmentId) === run.segmentId
        )
        .sort((a, b) => a.firstSequence - b.firstSequence);
      let next = run.sequence;
      for (const { firstSequence, sequenceCount } of ranges) {
        if (firstSequence <= next) next = Math.max(next, firstSequence + sequenceCount);
      }
      return next < run.sequence + run.count;
    });
  }
}
