/**
 * How many chunks are stored of any range of sequences, by arithmetic.
 *
 * @module
 */

import { cover, gridRange } from "@wavekeep/core/chunk";
import { intersectRanges, type SampleRange, type SampleRate } from "@wavekeep/core/time";
import type { StreamTimeline } from "../window/timeline.ts";

/** Sequences, `start <= k && k < end`. */
export interface SequenceRange {
  readonly start: number;
  readonly end: number;
}

/** Stored sequences without a hole between them, and their samples. */
export interface StoredRun extends SequenceRange {
  readonly samples: SampleRange;
}

/** The stored sequences of a stream. */
export class StoredSequences {
  readonly #rate: SampleRate;
  /** Sorted, disjoint. */
  readonly #runs: readonly StoredRun[];
  /** Sequences in the runs before each. */
  readonly #before: readonly number[];

  /** @param timeline Its stored samples must be all there are. */
  constructor({ rate, stored }: Pick<StreamTimeline, "rate" | "stored">) {
    // A stored range begins where a sequence does, and all sequences that it touches are there.
    this.#runs = stored.map((range) => {
      const { firstSequence, endSequence } = cover(rate, range);
      return { start: firstSequence, end: endSequence, samples: range };
    });
    this.#rate = rate;
    let count = 0;
    this.#before = this.#runs.map(({ start, end }) => (count += end - start) - (end - start));
  }

  /** How many of `start <= k && k < end` are stored. */
  countIn(start: number, end: number): number {
    return this.#countBelow(end) - this.#countBelow(start);
  }

  /** The stored ones among some, as runs. */
  *within({ start, end }: SequenceRange): Iterable<StoredRun> {
    for (let at = Math.max(0, this.#runAt(start)); at < this.#runs.length; at++) {
      const run = this.#runs[at]!;
      if (run.start >= end) return;
      const own = { start: Math.max(start, run.start), end: Math.min(end, run.end) };
      if (own.start >= own.end) continue;
      const grid = {
        start: gridRange(this.#rate, own.start).start,
        end: gridRange(this.#rate, own.end - 1).end,
      };
      yield { ...own, samples: intersectRanges(grid, run.samples) };
    }
  }

  #countBelow(sequence: number): number {
    const at = this.#runAt(sequence);
    if (at < 0) return 0;
    const { start, end } = this.#runs[at]!;
    return this.#before[at]! + Math.min(sequence, end) - start;
  }

  /** The last run that starts at or before a sequence; −1 when there is none. */
  #runAt(sequence: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs[middle]!.start <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
