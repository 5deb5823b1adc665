/**
 * Layer 4. What is known to be stored of streams, so that nobody counts the same chunks twice.
 *
 * What is stored stays stored: of a stream whose chunks were counted once, only the holes and the open
 * end can have changed. Sole owner of what may be remembered and for how long. Hazards:
 *
 * - A restore from backup takes rows away, so everything is known of one *era* only; what makes an era is
 *   for the caller to say. Devices delete what `state` says is stored.
 * - Nothing here is ever the answer by itself: the ranges between and behind known runs are looked at anew
 *   each time, since other processes write, too.
 * - Knowledge is bounded, and what is forgotten is counted again.
 *
 * @module
 */

import { assert } from "../assert.ts";
import { uncoveredRanges } from "../time/mod.ts";

/** Consecutive sequence numbers of one stream, `start <= sequence < end`. */
export interface SequenceSpan {
  readonly start: number;
  readonly end: number;
}

/** How much is remembered. */
export interface KnownRunsOptions {
  /**
   * A shorter run is not told: reading across it costs less than one more look at the index. Default 8,
   * measured in core/decisions/0016-live-and-state.md.
   */
  readonly shortest?: number;
  /** Runs of all streams together, about 100 bytes each. Default 100,000. */
  readonly runsMax?: number;
}

interface KnownStream {
  era: string;
  /** Sorted, never touching. */
  runs: SequenceSpan[];
}

/** Remembers which sequences of which streams are stored. Counts only: nothing of a patient. */
export class KnownRuns {
  readonly #shortest: number;
  readonly #runsMax: number;
  // A Map keeps the order of insertion, and what was used is put back at the end.
  readonly #streams = new Map<string, KnownStream>();
  /** Of all streams; an empty one counts as one, so that streams are bounded, too. */
  #runCount = 0;

  constructor({ shortest = 8, runsMax = 100_000 }: KnownRunsOptions = {}) {
    this.#shortest = shortest;
    this.#runsMax = runsMax;
  }

  /** What is known of a stream in this era: sorted, never touching, short runs left out. */
  get(stream: string, era: string): SequenceSpan[] {
    const known = this.#streams.get(stream);
    if (known?.era !== era) return [];
    this.#streams.delete(stream);
    this.#streams.set(stream, known);
    return known.runs.filter(({ start, end }) => end - start >= this.#shortest);
  }

  /**
   * Remembers what was found, beside what {@link KnownRuns.add} was told meanwhile.
   *
   * @param runs In any order; may touch and overlap. All of them are committed.
   */
  set(stream: string, era: string, runs: readonly SequenceSpan[]): void {
    const known = this.#streams.get(stream);
    const before = known?.era === era ? known.runs : [];
    this.#forget(stream);
    const joined = joinRuns([...before, ...runs]);
    this.#streams.set(stream, { era, runs: joined });
    this.#runCount += countOf(joined);
    for (const [oldest] of this.#streams) {
      if (this.#runCount <= this.#runsMax) break;
      this.#forget(oldest);
    }
  }

  /**
   * Remembers one more stored chunk of a stream that was set before; of others nothing is kept.
   *
   * The caller has seen its commit return. Should the era have changed since the stream was set, then the
   * next `get` names the new one and finds nothing.
   */
  add(stream: string, sequence: number): void {
    const known = this.#streams.get(stream);
    if (known === undefined) return;
    const before = countOf(known.runs);
    addSequence(known.runs, sequence);
    this.#runCount += countOf(known.runs) - before;
    // A stream that arrives in no order at all, or many of them: counting it anew is cheaper than this.
    if (this.#runCount > this.#runsMax) this.#forget(stream);
  }

  #forget(stream: string): void {
    const known = this.#streams.get(stream);
    if (known === undefined) return;
    this.#runCount -= countOf(known.runs);
    this.#streams.delete(stream);
  }
}

function countOf(runs: readonly SequenceSpan[]): number {
  return Math.max(1, runs.length);
}

/**
 * What of a range has to be looked at: the holes between known runs, and what lies behind the last.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { unknownSpans } from "@wavekeep/core/chunk";
 *
 * deepStrictEqual(unknownSpans({ start: 0, end: 100 }, [{ start: 0, end: 70 }]), [
 *   { start: 70, end: 100 },
 * ]);
 * ```
 */
export function unknownSpans(whole: SequenceSpan, known: Iterable<SequenceSpan>): SequenceSpan[] {
  return uncoveredRanges(whole, known);
}

/**
 * The same sequences as sorted runs that never touch.
 *
 * @param runs In any order; may touch and overlap.
 */
export function joinRuns(runs: readonly SequenceSpan[]): SequenceSpan[] {
  const joined: SequenceSpan[] = [];
  for (const { start, end } of [...runs].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (start >= end) continue;
    if (last === undefined || last.end < start) joined.push({ start, end });
    else if (last.end < end) joined[joined.length - 1] = { start: last.start, end };
  }
  return joined;
}

/** Adds one sequence to sorted runs that never touch, in place. Chunks come mostly at the end. */
function addSequence(runs: SequenceSpan[], sequence: number): void {
  assert(Number.isSafeInteger(sequence) && sequence >= 0, "a sequence number");
  // The first run that ends at or behind the sequence; nearly always the last, or none.
  let at = runs.length;
  while (at > 0 && runs[at - 1]!.end >= sequence) at--;
  const run = runs[at];
  if (run === undefined || sequence < run.start - 1) {
    return void runs.splice(at, 0, { start: sequence, end: sequence + 1 });
  }
  const start = Math.min(run.start, sequence);
  const end = Math.max(run.end, sequence + 1);
  const next = runs[at + 1];
  if (next?.start === end) runs.splice(at, 2, { start, end: next.end });
  else runs[at] = { start, end };
}
