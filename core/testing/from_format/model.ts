/**
 * Testing. The sample arithmetic of codec 2 as FORMAT.md tells it, for the second decoder and encoder.
 *
 * @module
 */

import { expect } from "./bits.ts";
import type { PlainSet } from "./parameter_set.ts";

/** What a channel's y is expected to be at one time, and the parts that its later values need. */
export interface PlainPrediction {
  /** y less the residual. */
  readonly expected: bigint;
  readonly own: bigint;
  readonly others: bigint;
}

/** The running state of one chunk: what is known of each model channel up to now. */
export class PlainModel {
  readonly #set: PlainSet;
  readonly #y: bigint[][];
  readonly #v: bigint[][];
  /** ρ of the page. */
  readonly #cross: bigint[][];
  /** ω of the page. */
  readonly #taps: bigint[][];

  constructor(set: PlainSet) {
    this.#set = set;
    this.#y = set.model.map(() => [0n]);
    this.#v = set.model.map(() => [0n]);
    this.#cross = set.model.map(() => [0n]);
    this.#taps = set.model.map(() => [0n, 0n, 0n, 0n]);
  }

  predict(model: number, t: number): PlainPrediction {
    const { fractionBits: F, lags, filters } = this.#set;
    const { rightShift: d, group, indexInGroup, rowShift, coefficients, filter } = this.#set
      .model[model]!;
    const past = this.#y[model]!;
    const predictors = filters[filter]!;
    const predictor = predictors[Math.min(t, predictors.length - 1)]!;
    let sum = 0n;
    predictor.coefficients.forEach((b, j) => sum += b * (past[t - 1 - j]! >> d));
    sum = int32(sum);
    const own = predictor.shift >= F
      ? sum >> (predictor.shift - F)
      : int32(sum * 2n ** (F - predictor.shift));
    let cross = 0n;
    let next = 0;
    const whitened = (other: number, time: number) => this.#v[other]![time] ?? 0n;
    for (let lag = 1; lag <= lags; lag++) {
      for (const other of group) cross += coefficients[next++]! * whitened(other, t - lag);
    }
    for (const other of group.slice(0, indexInGroup)) {
      cross += coefficients[next++]! * whitened(other, t);
    }
    const others = int32(cross) >> rowShift;
    let adapted = 0n;
    this.#taps[model]!.forEach((tap, i) => adapted += tap * this.#crossAt(model, t - 1 - i));
    const trend = int32(adapted) >> 14n;
    const half = F === 0n ? 0n : 2n ** (F - 1n);
    return { expected: int32((own + others + trend) * 2n ** d + half) >> F, own, others };
  }

  /** Takes y and the residual of this model channel at this time. */
  commit(model: number, t: number, y: bigint, e: bigint, { own, others }: PlainPrediction): void {
    const { rightShift: d } = this.#set.model[model]!;
    const { fractionBits: F, adaptation } = this.#set;
    expect(fitsModel(y, d), "y out of range");
    const step = adaptation === 0n ? 0n : 2n ** (adaptation - 1n);
    this.#taps[model] = this.#taps[model]!.map((tap, i) =>
      clamp16(tap + step * sign(e) * sign(this.#crossAt(model, t - 1 - i)))
    );
    this.#y[model]![t] = y;
    const scaled = y * 2n ** F >> d;
    this.#v[model]![t] = clamp16(int32(scaled - own));
    this.#cross[model]![t] = clamp16(int32(scaled - own - others));
  }

  #crossAt(model: number, t: number): bigint {
    return this.#cross[model]![t] ?? 0n;
  }
}

/** Whether a coded channel may take this value. */
export function fitsModel(y: bigint, rightShift: bigint): boolean {
  const shifted = y >> rightShift;
  return shifted >= -32768n && shifted <= 32767n;
}

/** The signed 32-bit integer that is equal modulo 2^32. */
export function int32(value: bigint): bigint {
  return BigInt.asIntN(32, value);
}

function clamp16(value: bigint): bigint {
  return value < -32768n ? -32768n : value > 32767n ? 32767n : value;
}

function sign(value: bigint): bigint {
  return value < 0n ? -1n : value > 0n ? 1n : 0n;
}
