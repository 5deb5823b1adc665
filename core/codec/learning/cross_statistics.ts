/**
 * Layer 3. Covariances of a stream under one way of whitening it.
 *
 * Sole owner of the whitening plan: which channels are modelled, in which groups, under which filters.
 * Another plan needs other statistics; so a plan is changed seldom.
 *
 * @module
 */

import type { ReflectionFilter } from "../reflection_filter.ts";
import { preciseLog2, residualBits, roughExp2 } from "./bits.ts";
import { addCovariance } from "./covariance.ts";
import type { GroupCovariance } from "./cross_regression.ts";
import { whitenChannel } from "./whiten.ts";

/** Mean square of a whitened value below which channels are equally quiet. */
const LEAST_ENERGY = 1;

/** A channel of the model. */
export interface PlannedChannel {
  readonly channel: number;
  readonly filter: number;
  readonly rightShift: number;
  readonly lowBits: number;
}

/** How a stream is whitened. */
export interface WhiteningPlan {
  readonly filters: readonly ReflectionFilter[];
  readonly channels: readonly PlannedChannel[];
  readonly fractionBits: number;
  readonly groupSize: number;
  /** Lags that covariances are kept for. */
  readonly lags: number;
}

/** Covariances under a plan. */
export class CrossStatistics {
  readonly plan: WhiteningPlan;
  readonly groups: readonly GroupCovariance[];
  /** Sum of the weights of samples. */
  weight = 0;
  /** Samples of a channel seen, less what was faded. */
  sampleCount = 0;

  constructor(plan: WhiteningPlan) {
    this.plan = plan;
    const groups: GroupCovariance[] = [];
    for (let start = 0; start < plan.channels.length; start += plan.groupSize) {
      const channelCount = Math.min(plan.groupSize, plan.channels.length - start);
      const sums = new Float64Array((plan.lags + 1) * channelCount * channelCount);
      groups.push({ channelCount, sums });
    }
    this.groups = groups;
  }

  /** Bytes that this holds. */
  get byteLength(): number {
    return this.groups.reduce((sum, { sums }) => sum + sums.byteLength, 0);
  }

  /**
   * Takes in a chunk.
   *
   * @param samples Shape (channels of the stream, sampleCount).
   */
  observe(samples: Int32Array, sampleCount: number): void {
    const whitened = whitenChunk(samples, sampleCount, this.plan);
    const weight = chunkWeight(whitened, sampleCount);
    let start = 0;
    for (const { channelCount, sums } of this.groups) {
      const end = start + channelCount * sampleCount;
      addCovariance(whitened.subarray(start, end), sampleCount, weight, sums);
      start = end;
    }
    this.weight += weight * (sampleCount - 1);
    this.sampleCount += sampleCount - 1;
  }

  /** Bits per time of whitened values, channel by channel. */
  whitenedBits(): number {
    const { channels, fractionBits } = this.plan;
    let bits = 0;
    let first = 0;
    for (const { channelCount, sums } of this.groups) {
      for (let c = 0; c < channelCount; c++) {
        const unit = 4 ** (channels[first + c]!.rightShift - fractionBits) / this.weight;
        bits += residualBits(sums[c * channelCount + c]! * unit);
      }
      first += channelCount;
    }
    return bits;
  }

  /** Makes what was seen count less by a factor. */
  fade(factor: number): void {
    for (const { sums } of this.groups) {
      for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! * factor;
    }
    this.weight *= factor;
    this.sampleCount *= factor;
  }
}

/** Whitened values of the plan's channels, 0 for a channel that the codec would not code. */
function whitenChunk(
  samples: Int32Array,
  sampleCount: number,
  { filters, channels, fractionBits }: WhiteningPlan,
): Int16Array {
  const whitened = new Int16Array(channels.length * sampleCount);
  const past = new Int16Array(sampleCount);
  const values = new Int32Array(sampleCount);
  channels.forEach(({ channel, filter, rightShift, lowBits }, i) => {
    const start = channel * sampleCount;
    if (!takeValues(samples.subarray(start, start + sampleCount), lowBits, rightShift, values)) {
      return;
    }
    const target = whitened.subarray(i * sampleCount, (i + 1) * sampleCount);
    whitenChannel(values, { filter: filters[filter]!, rightShift, fractionBits }, target, past);
  });
  return whitened;
}

/**
 * One over the geometric mean of the channels' energies. Bits follow the logarithm of energy, so a loud
 * second must not count more than a quiet one.
 */
function chunkWeight(whitened: Int16Array, sampleCount: number): number {
  const channelCount = whitened.length / sampleCount;
  let sum = 0;
  for (let c = 0; c < channelCount; c++) {
    let energy = 0;
    const end = (c + 1) * sampleCount;
    for (let i = c * sampleCount; i < end; i++) energy += whitened[i]! * whitened[i]!;
    sum += preciseLog2(energy / sampleCount + LEAST_ENERGY);
  }
  return roughExp2(-sum / channelCount);
}

/** Fills values from samples; false when the codec would not code the channel. */
function takeValues(
  samples: Int32Array,
  lowBits: number,
  rightShift: number,
  values: Int32Array,
): boolean {
  const first = samples[0]!;
  const low = -32_768 * 2 ** (rightShift + lowBits);
  const high = 32_768 * 2 ** (rightShift + lowBits);
  let union = 0;
  for (let t = 0; t < samples.length; t++) {
    const value = samples[t]! - first;
    if (value < low || value >= high) return false;
    union |= value;
    values[t] = value >> lowBits;
  }
  return (union & ((1 << lowBits) - 1)) === 0;
}
