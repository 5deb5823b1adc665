/**
 * Noise with a given spectrum, as endless loops.
 *
 * A table is one period of noise made from random phases, so it joins itself without a seam. Two
 * tables of coprime lengths are added: the sum repeats after 175 days at 256 Hz, and any sample of it
 * costs two look-ups.
 *
 * @module
 */

import { transform } from "./fourier.ts";
import { PURPOSE, unit } from "./hash.ts";

/** 2^16 and 3^10: coprime, and easy to transform. */
const LENGTHS = [65_536, 59_049] as const;

/** Amplitude at a frequency in hertz; any scale, because tables have unit variance. */
export type Spectrum = (hertz: number) => number;

/** Noise of unit variance, addressed by sample. */
export interface Noise {
  /**
   * Writes samples `start` to `start + out.length` of the voice `voice`; voices are shifts of the
   * same loops, unrelated to each other over any stretch a person could look at.
   */
  fill(out: Float64Array, start: number, voice: number): void;
}

/** Makes noise of the given spectrum for one sample rate. */
export function createNoise(seed: number, spectrum: Spectrum, sampleRateHz: number): Noise {
  const tables = LENGTHS.map((length, which) =>
    periodicNoise(seed * 2 + which, spectrum, sampleRateHz, length)
  );
  const [first, second] = [tables[0]!, tables[1]!];
  return {
    fill(out, start, voice) {
      let a = (start + shift(seed, voice * 2, LENGTHS[0])) % LENGTHS[0];
      let b = (start + shift(seed, voice * 2 + 1, LENGTHS[1])) % LENGTHS[1];
      for (let i = 0; i < out.length; i++) {
        out[i] = (first[a]! + second[b]!) * Math.SQRT1_2;
        if (++a === LENGTHS[0]) a = 0;
        if (++b === LENGTHS[1]) b = 0;
      }
    },
  };
}

function shift(seed: number, index: number, length: number): number {
  return Math.floor(unit(seed, PURPOSE.offset, index) * length);
}

/** One period: random phases under the spectrum, transformed, scaled to unit variance. */
function periodicNoise(
  seed: number,
  spectrum: Spectrum,
  sampleRateHz: number,
  length: number,
): Float32Array {
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  for (let k = 1; k <= length / 2; k++) {
    const amplitude = spectrum(k * sampleRateHz / length);
    const phase = 2 * Math.PI * unit(seed, PURPOSE.noise, k);
    re[k] = amplitude * Math.cos(phase);
    im[k] = amplitude * Math.sin(phase);
  }
  // The real part of a one-sided spectrum's transform is the noise.
  const wave = transform({ re, im }).re;
  let sum = 0;
  for (const value of wave) sum += value * value;
  const scale = 1 / Math.sqrt(sum / length);
  return Float32Array.from(wave, (value) => value * scale);
}
