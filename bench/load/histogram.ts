/**
 * Bench, load. A histogram with high dynamic range: counts of latencies, each kept to three significant
 * digits, however many there are and whether they last microseconds or minutes.
 *
 * Values up to 2,047 µs have a bucket each; above, every doubling of the value has 1,024 buckets, so that a
 * bucket is never wider than a thousandth of what is in it. Two of them add up to the histogram of both.
 *
 * @see Gil Tene's HdrHistogram, whose layout this is: http://hdrhistogram.org
 * @module
 */

/** Buckets of one microsecond each at the start: twice what three digits need. */
const FINE_COUNT = 2_048;
const HALF_COUNT = FINE_COUNT / 2;
/** log2 of FINE_COUNT. */
const FINE_BITS = 11;

/** Largest value: 2^31 − 1 µs, 35 minutes. Longer is counted as this. */
export const MICROS_MAX = 2 ** 31 - 1;

const BUCKET_COUNT = FINE_COUNT + (31 - FINE_BITS) * HALF_COUNT;

/** A histogram as it crosses processes: pairs of bucket and count, and what buckets do not know. */
export interface HistogramData {
  readonly buckets: readonly (readonly [bucket: number, count: number])[];
  readonly maxMicros: number;
  readonly sumMicros: number;
}

/** Counts of durations. Starts empty. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKET_COUNT);
  #count = 0;
  #maxMicros = 0;
  #sumMicros = 0;

  /** How many values were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The largest value, exactly; 0 when there is none. */
  get maxMs(): number {
    return this.#maxMicros / 1000;
  }

  /** The mean, exactly but for rounding to microseconds; 0 when there is none. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMicros / this.#count / 1000;
  }

  /** Counts one duration. Less than nothing counts as nothing. */
  record(ms: number): void {
    const micros = Math.min(MICROS_MAX, Math.max(0, Math.round(ms * 1000)));
    this.#counts[bucketOf(micros)]! += 1;
    this.#count += 1;
    this.#sumMicros += micros;
    if (micros > this.#maxMicros) this.#maxMicros = micros;
  }

  /** Forgets every value. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxMicros = 0;
    this.#sumMicros = 0;
  }

  /** Adds what another one counted. */
  add(other: Histogram | HistogramData): void {
    const { buckets, maxMicros, sumMicros } = other instanceof Histogram ? other.data() : other;
    for (const [bucket, count] of buckets) {
      if (!(Number.isInteger(bucket) && 0 <= bucket && bucket < BUCKET_COUNT)) {
        throw new RangeError(`Cannot add a histogram: it has a bucket ${bucket}`);
      }
      this.#counts[bucket]! += count;
      this.#count += count;
    }
    this.#sumMicros += sumMicros;
    this.#maxMicros = Math.max(this.#maxMicros, maxMicros);
  }

  /**
   * The smallest value that at least `share` of them do not exceed (nearest rank), to three digits and never
   * too small: the upper end of its bucket.
   *
   * @param share 0 < share ≤ 1; 0.5 is the (lower) median, 0.99 the p99.
   * @throws {RangeError} There are no values, or `share` is out of range.
   *
   * @example
   * ```ts
   * import { strictEqual } from "node:assert/strict";
   * import { Histogram } from "./histogram.ts";
   *
   * const histogram = new Histogram();
   * for (const ms of [30, 10, 20]) histogram.record(ms);
   * strictEqual(histogram.quantileMs(1), 30);
   * strictEqual(Math.round(histogram.quantileMs(0.5)), 20);
   * ```
   */
  quantileMs(share: number): number {
    if (this.#count === 0) throw new RangeError("Cannot take a quantile: there are no values");
    if (!(share > 0 && share <= 1)) {
      throw new RangeError(`Cannot take a quantile: share must be in (0, 1], is ${share}`);
    }
    let rank = Math.ceil(share * this.#count);
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      rank -= this.#counts[bucket]!;
      if (rank <= 0) return Math.min(upperEnd(bucket), this.#maxMicros) / 1000;
    }
    return this.maxMs;
  }

  /** For another process. */
  data(): HistogramData {
    const buckets: (readonly [number, number])[] = [];
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      const count = this.#counts[bucket]!;
      if (count > 0) buckets.push([bucket, count]);
    }
    return { buckets, maxMicros: this.#maxMicros, sumMicros: this.#sumMicros };
  }
}

/** A histogram out of another process. */
export function histogramOf(data: HistogramData): Histogram {
  const histogram = new Histogram();
  histogram.add(data);
  return histogram;
}

function bucketOf(micros: number): number {
  if (micros < FINE_COUNT) return micros;
  const shift = 32 - FINE_BITS - Math.clz32(micros);
  return FINE_COUNT + (shift - 1) * HALF_COUNT + (micros >>> shift) - HALF_COUNT;
}

/** The largest value in a bucket. */
function upperEnd(bucket: number): number {
  if (bucket < FINE_COUNT) return bucket;
  const shift = Math.floor((bucket - FINE_COUNT) / HALF_COUNT) + 1;
  const fine = (bucket - FINE_COUNT) % HALF_COUNT + HALF_COUNT;
  return (fine + 1) * 2 ** shift - 1;
}
