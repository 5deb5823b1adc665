/**
 * Layer 3. Predicting channels from their own past and from each other, in integers.
 *
 * Sole owner of codec 2's prediction arithmetic, which is part of the format: everything is modulo 2^32,
 * which is what `| 0` and Math.imul do. First a channel is whitened by a filter that similar channels
 * share, so that mixtures of channels stay mixtures; then its whitened value is predicted from those of
 * the other channels; what is still left is followed by four taps a channel that adapt within the chunk
 * (sign-sign least mean squares, which needs no division). Encoder and decoder run the same loop and differ in one line.
 *
 * This is the readable form; core/codec/kernel has the fast one and must agree with it on everything.
 *
 * @see core/chunk/FORMAT.md, "Samples"
 * @module
 */

import { CorruptInputError } from "../error.ts";
import type { ParameterSet, PlacedChannel } from "./parameter_set.ts";

/** A chunk between its samples and its residuals. */
export interface PredictionFrame {
  readonly set: ParameterSet;
  /** Model indexes of the coded channels, ascending. */
  readonly coded: readonly number[];
  /** Samples per channel, N. */
  readonly sampleCount: number;
  /** Shape (coded channels, N): samples less the channel's first. Value 0 of each is 0. */
  readonly values: Int32Array;
  /** Shape (N − 1, coded channels), time after time. */
  readonly residuals: Int32Array;
  /** Shape (model channels, N): whitened values, 0 for channels that are not coded. */
  readonly whitened: Int16Array;
}

/** Allocates a frame of zeros. The caller has checked the size. */
export function predictionFrame(
  set: ParameterSet,
  coded: readonly number[],
  sampleCount: number,
): PredictionFrame {
  return {
    set,
    coded,
    sampleCount,
    values: new Int32Array(coded.length * sampleCount),
    residuals: new Int32Array(coded.length * (sampleCount - 1)),
    whitened: new Int16Array(set.channels.length * sampleCount),
  };
}

/** Whether values may be coded under a channel of the set: {@link predictResiduals} wants this of every coded channel. */
export function isWithinModel(values: Int32Array, channel: PlacedChannel): boolean {
  for (let t = 0; t < values.length; t++) {
    if (!isAllowed(values[t]!, channel.rightShift)) return false;
  }
  return true;
}

/** Fills residuals and whitened values from values. */
export function predictResiduals(frame: PredictionFrame): void {
  const { residuals, values, sampleCount, coded } = frame;
  forEachPrediction(frame, (t, k, predicted) => {
    const value = values[k * sampleCount + t]!;
    residuals[(t - 1) * coded.length + k] = value - predicted;
    return value;
  });
}

/**
 * Fills values and whitened values from residuals.
 *
 * @throws {CorruptInputError} A value leaves the range that an encoder codes.
 */
export function restoreValues(frame: PredictionFrame): void {
  const { residuals, values, sampleCount, coded, set } = frame;
  forEachPrediction(frame, (t, k, predicted) => {
    const value = (predicted + residuals[(t - 1) * coded.length + k]!) | 0;
    const channel = set.channels[coded[k]!]!;
    if (!isAllowed(value, channel.rightShift)) {
      throw outOfRange({ time: t, channel: channel.channel, value });
    }
    values[k * sampleCount + t] = value;
    return value;
  });
}

/** The error of a value that no encoder codes. */
export function outOfRange(
  { time, channel, value }: { time: number; channel: number; value: number },
): CorruptInputError {
  return new CorruptInputError(
    `Cannot decode sample ${time} of channel ${channel}: ${value} from the first one is out of range`,
    { field: "sample" },
  );
}

/** Runs the recurrences; `settle` is given each prediction and gives back the value it stands for. */
function forEachPrediction(
  { set, coded, sampleCount, values, whitened }: PredictionFrame,
  settle: (t: number, k: number, predicted: number) => number,
): void {
  const { fractionBits, filters, adaptation } = set;
  const step = adaptation === 0 ? 0 : 1 << (adaptation - 1);
  const taps = coded.map(() => new AdaptiveTaps());
  const half = fractionBits === 0 ? 0 : 1 << (fractionBits - 1);
  for (let t = 1; t < sampleCount; t++) {
    for (let k = 0; k < coded.length; k++) {
      const model = coded[k]!;
      const channel = set.channels[model]!;
      const { predictors } = filters[channel.filter]!;
      const { shift, coefficients } = predictors[Math.min(t, predictors.length - 1)]!;
      let sum = 0;
      for (let j = 0; j < coefficients.length; j++) {
        const past = values[k * sampleCount + t - 1 - j]! >> channel.rightShift;
        sum = (sum + Math.imul(coefficients[j]!, past)) | 0;
      }
      const own = shift >= fractionBits
        ? sum >> (shift - fractionBits)
        : sum << (fractionBits - shift);
      const others = crossSum(set.lags, channel, whitened, sampleCount, t) >> channel.rowShift;
      const trend = taps[k]!.predict();
      const scaled = (((own + others + trend) << channel.rightShift) + half) | 0;
      const value = settle(t, k, scaled >> fractionBits);
      const exact = (value << fractionBits) >> channel.rightShift;
      whitened[model * sampleCount + t] = clamp16((exact - own) | 0);
      const residual = (value - (scaled >> fractionBits)) | 0;
      taps[k]!.adapt(clamp16((exact - own - others) | 0), step * Math.sign(residual));
    }
  }
}

function crossSum(
  lags: number,
  channel: PlacedChannel,
  whitened: Int16Array,
  sampleCount: number,
  t: number,
): number {
  const { coefficients, groupStart, groupLength, indexInGroup } = channel;
  let sum = 0;
  let next = 0;
  for (let lag = 1; lag <= lags; lag++) {
    for (let d = 0; d < groupLength; d++, next++) {
      if (lag > t) continue;
      const value = whitened[(groupStart + d) * sampleCount + t - lag]!;
      sum = (sum + Math.imul(coefficients[next]!, value)) | 0;
    }
  }
  for (let d = 0; d < indexInGroup; d++, next++) {
    const value = whitened[(groupStart + d) * sampleCount + t]!;
    sum = (sum + Math.imul(coefficients[next]!, value)) | 0;
  }
  return sum;
}

/** Four taps on what a channel's other predictions left over; shift 14. */
class AdaptiveTaps {
  readonly #weights = new Int16Array(4);
  /** Newest first. */
  readonly #past = new Int16Array(4);

  predict(): number {
    let sum = 0;
    for (let j = 0; j < 4; j++) sum = (sum + Math.imul(this.#weights[j]!, this.#past[j]!)) | 0;
    return sum >> 14;
  }

  /** Moves every tap by `step` towards what would have been right, then takes in the newest value. */
  adapt(newest: number, step: number): void {
    for (let j = 0; j < 4; j++) {
      this.#weights[j] = clamp16(this.#weights[j]! + step * Math.sign(this.#past[j]!));
    }
    this.#past.copyWithin(1, 0, 3);
    this.#past[0] = newest;
  }
}

function isAllowed(value: number, rightShift: number): boolean {
  const shifted = value >> rightShift;
  return shifted >= -32768 && shifted <= 32767;
}

function clamp16(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}
