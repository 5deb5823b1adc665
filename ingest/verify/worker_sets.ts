/**
 * Which parameter sets a worker has. It is decided here, and told to the worker with the chunks.
 *
 * A worker keeps what it has read, because reading a set takes as long as decoding a chunk; and it lets go
 * of what no chunk names any more, because a set that is read takes some twenty times its bytes and more.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type { NamedSet } from "../request_sets.ts";

/** Sets that a worker is told to let go of with one group; more go with the next. */
export const OLD_SETS_MAX = 256;

/** How much a worker keeps. */
export interface WorkerSetsOptions {
  /** Bytes of sets. */
  readonly setBytesMax: number;
  /** How long it keeps one that no chunk names, in milliseconds. */
  readonly setIdleMs: number;
}

interface Kept {
  readonly number: number;
  readonly byteLength: number;
  usedMs: number;
}

/** What has to be told to a worker. */
export interface SetChanges {
  readonly newSets: readonly { readonly number: number; readonly bytes: Uint8Array }[];
  readonly oldSets: readonly number[];
}

/** Those of one worker. */
export class WorkerSets {
  readonly #options: WorkerSetsOptions;
  /** By digest, the one that was used last at the end. */
  readonly #kept = new Map<string, Kept>();
  #newSets: { number: number; bytes: Uint8Array }[] = [];
  #byteLength = 0;
  #nextNumber = 1;

  constructor(options: WorkerSetsOptions) {
    this.#options = options;
  }

  /** Sets that the worker has. */
  get size(): number {
    return this.#kept.size;
  }

  /** Whether the worker would have to be told this one. */
  has(set: NamedSet): boolean {
    return this.#kept.has(formatHex(set.digest));
  }

  /** The worker's number of a set that a chunk of the next group names, from 1. */
  use({ digest, set: { bytes } }: NamedSet, nowMs: number): number {
    const name = formatHex(digest);
    let kept = this.#kept.get(name);
    if (kept === undefined) {
      kept = { number: this.#nextNumber, byteLength: bytes.byteLength, usedMs: nowMs };
      // A word of the desk, and never 0.
      this.#nextNumber = this.#nextNumber % 0xffff_ffff + 1;
      this.#newSets.push({ number: kept.number, bytes });
      this.#byteLength += kept.byteLength;
    }
    kept.usedMs = nowMs;
    // At the end.
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.number;
  }

  /**
   * What the worker is told with a group whose sets were {@link WorkerSets.use}d at `nowMs`: those that are new;
   * and those to let go of, because nobody has named them for a while, or, the longest unused first, because
   * the rest would not fit. Never one of the group.
   */
  changes(nowMs: number): SetChanges {
    const { setBytesMax, setIdleMs } = this.#options;
    const newSets = this.#newSets;
    this.#newSets = [];
    const oldSets: number[] = [];
    for (const [name, { number, byteLength, usedMs }] of this.#kept) {
      if (usedMs === nowMs || oldSets.length === OLD_SETS_MAX) break;
      if (this.#byteLength <= setBytesMax && usedMs > nowMs - setIdleMs) break;
      this.#kept.delete(name);
      this.#byteLength -= byteLength;
      oldSets.push(number);
    }
    return { newSets, oldSets };
  }
}
