/**
 * Layer 4. Spectra of both sides at once: mirrored derivations as one complex signal.
 *
 * Left is the real part, right the imaginary one; the transform of both comes apart by its symmetry, at half
 * the work. Power is added up over windows and derivations, and by pairs for the asymmetry.
 *
 * @see Welch 1967, IEEE Trans Audio Electroacoust 15:70-73
 * @module
 */

import {
  ASYMMETRY_BAND,
  BIN_COUNT,
  binsOfBand,
  EPOCH_SECONDS,
  WINDOW_SECONDS,
} from "./definition.ts";
import type { Trace } from "./epoch_maker.ts";
import { Fourier } from "./fourier.ts";

/** Adds up windows of one epoch. */
export class WelchPair {
  /** Windows of each side. */
  readonly windows: [number, number] = [0, 0];
  /** Sums of densities over them, µV²/Hz. */
  readonly power: readonly [Float64Array, Float64Array] = [
    new Float64Array(BIN_COUNT),
    new Float64Array(BIN_COUNT),
  ];
  /** Windows that both derivations of a pair have. */
  pairWindows = 0;
  /** Lines of pairs that the two sums below are over. */
  pairLines = 0;
  relative = 0;
  absolute = 0;
  readonly #rate: number;
  readonly #fourier: Fourier;
  readonly #hann: Float64Array;
  readonly #toDensity: number;
  readonly #pair = [new Float64Array(BIN_COUNT), new Float64Array(BIN_COUNT)] as const;

  /** @param rate Samples a second of the traces. */
  constructor(rate: number) {
    const length = rate * WINDOW_SECONDS;
    this.#rate = rate;
    this.#fourier = new Fourier(length);
    this.#hann = Float64Array.from(
      { length },
      (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / length),
    );
    const windowPower = this.#hann.reduce((sum, weight) => sum + weight * weight, 0);
    this.#toDensity = 2 / (rate * windowPower);
  }

  /** Begins an epoch. */
  start(): void {
    this.windows[0] = this.windows[1] = 0;
    for (const power of this.power) power.fill(0);
    this.pairWindows =
      this.pairLines =
      this.relative =
      this.absolute =
        0;
  }

  /** Adds a derivation of each side; what has no assessable second adds nothing. */
  add(left: Trace, right: Trace, isPair: boolean): void {
    const [pairLeft, pairRight] = this.#pair;
    let both = 0;
    pairLeft.fill(0);
    pairRight.fill(0);
    for (let at = 0; at + WINDOW_SECONDS <= EPOCH_SECONDS; at++) {
      const hasLeft = left.isAssessable[at]! & left.isAssessable[at + 1]!;
      const hasRight = right.isAssessable[at]! & right.isAssessable[at + 1]!;
      if ((hasLeft | hasRight) === 0) continue;
      this.#load(hasLeft === 1 ? left : undefined, this.#fourier.real, at);
      this.#load(hasRight === 1 ? right : undefined, this.#fourier.imaginary, at);
      const isBoth = isPair && (hasLeft & hasRight) === 1;
      this.windows[0] += hasLeft;
      this.windows[1] += hasRight;
      if (isBoth) both++;
      this.#addPower(isBoth);
    }
    if (both === 0) return;
    this.pairWindows += both;
    const { first, end } = binsOfBand(ASYMMETRY_BAND);
    for (let bin = first; bin < end; bin++) {
      const sum = pairRight[bin]! + pairLeft[bin]!;
      const index = sum === 0 ? 0 : (pairRight[bin]! - pairLeft[bin]!) / sum;
      this.relative += index;
      this.absolute += Math.abs(index);
    }
    this.pairLines += end - first;
  }

  /** Two seconds, their mean taken away, under the window. */
  #load(trace: Trace | undefined, target: Float64Array, at: number): void {
    if (trace === undefined) {
      target.fill(0);
      return;
    }
    const hann = this.#hann;
    const { values } = trace;
    const from = at * this.#rate;
    const length = target.length;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[from + i]!;
    const mean = sum / length;
    for (let i = 0; i < length; i++) target[i] = (values[from + i]! - mean) * hann[i]!;
  }

  #addPower(isBoth: boolean): void {
    const { real, imaginary } = this.#fourier.run();
    const { length } = real;
    const [left, right] = this.power;
    const [pairLeft, pairRight] = this.#pair;
    const scale = this.#toDensity / 4;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      const k = bin + 1;
      const ar = real[k]!, ai = imaginary[k]!, br = real[length - k]!, bi = imaginary[length - k]!;
      const own = scale * ((ar + br) * (ar + br) + (ai - bi) * (ai - bi));
      const other = scale * ((ai + bi) * (ai + bi) + (br - ar) * (br - ar));
      left[bin]! += own;
      right[bin]! += other;
      if (!isBoth) continue;
      pairLeft[bin]! += own;
      pairRight[bin]! += other;
    }
  }
}
