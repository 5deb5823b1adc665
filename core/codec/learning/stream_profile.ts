/**
 * Layer 3. What is known of a stream's channels one by one.
 *
 * Sole owner of per-channel statistics and of the question which channels may be modelled: copies need no
 * model, lines that step (triggers, status words) and values beyond the format's range would spoil one.
 *
 * @module
 */

import { fadeEnds } from "../autocorrelation.ts";
import { errorUnder, solveLevinson } from "../levinson.ts";
import { autocorrelateWhole } from "./whole_autocorrelation.ts";
import { preciseLog2 } from "./bits.ts";
import type { WhiteningPlan } from "./cross_statistics.ts";
import { FILTER_ORDER_MAX } from "../reflection_filter.ts";
import { RIGHT_SHIFT_MAX } from "../parameter_set.ts";

const LAG_COUNT = FILTER_ORDER_MAX + 1;

/** Whitened input has 16 bits; this leaves a channel room to swing twice as far as seen. */
const PEAK_ROOM = 16_384;
/** Right shifts 0 to the format's most, shared low bits not yet gone, and beyond. */
const REACH_COUNT = RIGHT_SHIFT_MAX + 2;
/** Chunks that may swing further than a channel's shift allows for. */
const RARE_SHARE = 0.02;
/** A line of which fewer steps than one in eight change, and then by this much, is no waveform. */
const STEP_MIN = 32;
const STEADY_SHARE = 7 / 8;
/** Order of the predictor whose error weighs a chunk. */
const WEIGHING_ORDER = 8;
/** Samples must have differed so often before shared low bits are believed. */
const MOVES_MIN = 64;
const LOW_BITS_MAX = 15;
const NO_SOURCE = -1;

/** Statistics of every channel, forgetting slowly when told to. */
export class StreamProfile {
  readonly channelCount: number;
  /** Shape (channelCount, LAG_COUNT): autocorrelation of values under faded ends. */
  readonly lags: Float64Array;
  /** Shape (channelCount, REACH_COUNT): chunks by the right shift that they need. */
  readonly #reaches: Float32Array;
  /** Largest difference of neighbours, and how many differences there were, and how many were 0. */
  readonly #steps: Float64Array;
  readonly #steady: Float64Array;
  /** Bits that any difference from a chunk's first sample has had. */
  readonly #unions: Int32Array;
  #differences = 0;
  /** The channel before it that was its equal in every chunk. */
  readonly #sources: Int16Array;
  #isEmpty = true;

  constructor(channelCount: number) {
    this.channelCount = channelCount;
    this.lags = new Float64Array(channelCount * LAG_COUNT);
    this.#reaches = new Float32Array(channelCount * REACH_COUNT);
    this.#steps = new Float64Array(channelCount);
    this.#steady = new Float64Array(channelCount);
    this.#unions = new Int32Array(channelCount);
    this.#sources = new Int16Array(channelCount).fill(NO_SOURCE);
  }

  /** Bytes that this holds. */
  get byteLength(): number {
    return this.lags.byteLength + this.#reaches.byteLength + 2 * this.#steps.byteLength +
      this.#unions.byteLength +
      this.#sources.byteLength;
  }

  /**
   * Takes in a chunk of shape (channelCount, sampleCount).
   *
   * @param correlates Whether its autocorrelation is wanted: where there are many chunks, not all.
   */
  observe(samples: Int32Array, sampleCount: number, correlates = true): void {
    const values = new Float64Array(sampleCount);
    const lags = new Float64Array(LAG_COUNT);
    const whole = new Int16Array(sampleCount);
    for (let c = 0; c < this.channelCount; c++) {
      const start = c * sampleCount;
      this.#updateSource(samples, sampleCount, c);
      const first = samples[start]!;
      let peak = 0, step = 0, steady = 0, before = 0, union = 0;
      for (let t = 0; t < sampleCount; t++) {
        const value = samples[start + t]! - first;
        values[t] = value;
        union |= value;
        const difference = value - before;
        before = value;
        if (difference === 0) steady++;
        const size = difference < 0 ? -difference : difference;
        if (size > step) step = size;
        const distance = value < 0 ? -value : value;
        if (distance > peak) peak = distance;
      }
      this.#unions[c] = this.#unions[c]! | union;
      const reach = c * REACH_COUNT + shiftFor(peak);
      this.#reaches[reach] = this.#reaches[reach]! + 1;
      this.#steps[c] = Math.max(this.#steps[c]!, step);
      this.#steady[c] = this.#steady[c]! + steady - 1;
      if (peak === 0 || !correlates) continue;
      toWhole(fadeEnds(values), peak, whole);
      autocorrelateWhole(whole, lags);
      const weight = 1 / errorOf(lags);
      for (let lag = 0; lag < LAG_COUNT; lag++) {
        const at = c * LAG_COUNT + lag;
        this.lags[at] = this.lags[at]! + weight * lags[lag]!;
      }
    }
    this.#differences += sampleCount - 1;
    this.#isEmpty = false;
  }

  /** Makes what was seen count less by a factor. */
  fade(factor: number): void {
    for (let i = 0; i < this.lags.length; i++) this.lags[i] = this.lags[i]! * factor;
    for (let i = 0; i < this.#reaches.length; i++) this.#reaches[i] = this.#reaches[i]! * factor;
    for (let c = 0; c < this.channelCount; c++) this.#steady[c] = this.#steady[c]! * factor;
    this.#differences *= factor;
  }

  /** Whether a channel may be in a model. */
  isModellable(channel: number): boolean {
    if (this.#sources[channel] !== NO_SOURCE) return false;
    const steadyShare = this.#steady[channel]! / Math.max(1, this.#differences);
    const isSteps = this.#steps[channel]! >= STEP_MIN && steadyShare >= STEADY_SHARE;
    return !isSteps && this.#usualReach(channel) <= RIGHT_SHIFT_MAX;
  }

  /** Low bits in which all samples of a channel agree; none before it has moved enough to tell. */
  lowBits(channel: number): number {
    const moved = this.#differences - this.#steady[channel]!;
    const union = this.#unions[channel]!;
    if (moved < MOVES_MIN || union === 0) return 0;
    return Math.min(LOW_BITS_MAX, 31 - Math.clz32(union & -union));
  }

  /** Bits to shift a channel right, low bits gone, so that it fits 16 with some room. */
  rightShift(channel: number): number {
    return Math.max(0, this.#usualReach(channel) - this.lowBits(channel));
  }

  /** The shift that all but a few chunks can do with: those few are left to codec 1. */
  #usualReach(channel: number): number {
    const reaches = this.#reaches.subarray(channel * REACH_COUNT, (channel + 1) * REACH_COUNT);
    let rest = reaches.reduce((sum, count) => sum + count, 0) * (1 - RARE_SHARE);
    for (let shift = 0; shift < REACH_COUNT; shift++) {
      rest -= reaches[shift]!;
      if (rest <= 0) return shift;
    }
    return REACH_COUNT;
  }

  /** Autocorrelation of a channel; lag 0 is 0 for one that never changed. */
  lagsOf(channel: number): Float64Array {
    return this.lags.subarray(channel * LAG_COUNT, (channel + 1) * LAG_COUNT);
  }

  /** Sum over a plan's channels of log2 of what its filters leave of them. */
  logErrorUnder({ filters, channels }: WhiteningPlan): number {
    const predictors = filters.map(({ predictors }) => {
      const { coefficients, shift } = predictors.at(-1)!;
      return Float64Array.from(coefficients, (value) => value / (1 << shift));
    });
    let sum = 0;
    for (const { channel, filter } of channels) {
      const lags = this.lagsOf(channel);
      if (lags[0]! > 0) sum += preciseLog2(errorUnder(predictors[filter]!, lags));
    }
    return sum;
  }

  #updateSource(samples: Int32Array, sampleCount: number, channel: number): void {
    const known = this.#sources[channel]!;
    if (!this.#isEmpty && known === NO_SOURCE) return;
    const end = this.#isEmpty ? channel : known + 1;
    this.#sources[channel] = NO_SOURCE;
    for (let source = this.#isEmpty ? 0 : known; source < end; source++) {
      if (!areEqual(samples, sampleCount, source, channel)) continue;
      this.#sources[channel] = source;
      return;
    }
  }
}

/** The right shift under which values that go this far have 16 bits, with some room. */
function shiftFor(peak: number): number {
  let shift = 0;
  while (shift < REACH_COUNT - 1 && peak >= PEAK_ROOM * 2 ** shift) shift++;
  return shift;
}

/** Rounds to 16 bits under a power of two that uses them well: scale does not matter, fractions do. */
function toWhole(values: Float64Array, peak: number, whole: Int16Array): void {
  let scale = 1;
  while (peak * scale < 16_383) scale *= 2;
  while (peak * scale >= 32_767) scale /= 2;
  for (let t = 0; t < values.length; t++) whole[t] = Math.round(values[t]! * scale);
}

/** What a predictor leaves of one chunk. Its inverse is the chunk's weight: quiet ones count as much. */
function errorOf(lags: Float64Array): number {
  const errors = new Float64Array(WEIGHING_ORDER + 1);
  solveLevinson(lags, WEIGHING_ORDER, { errors });
  return errors[WEIGHING_ORDER]! + 1;
}

function areEqual(samples: Int32Array, sampleCount: number, one: number, other: number): boolean {
  for (let t = sampleCount - 1; t >= 0; t--) {
    if (samples[one * sampleCount + t] !== samples[other * sampleCount + t]) return false;
  }
  return true;
}
