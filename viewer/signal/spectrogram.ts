/**
 * Power of a channel over time and frequency, 0 to 70 Hz, by short-time Fourier transform.
 *
 * Frames of about one second under a Hann window, each with its mean taken away, density in dB of
 * 1 µV²/Hz. A frame that would touch a hole does not exist: there the picture is blank. The colour scale
 * is fixed and printed; nothing is scaled to what is seen.
 *
 * @module
 */

import { fft, type FftPlan, planFft } from "./fft.ts";
import type { Run } from "./page_data.ts";

/** Highest frequency shown, Hz. */
export const FREQUENCY_MAX = 70;

/** Ends of the colour scale, dB re 1 µV²/Hz. */
export const POWER_MIN_DB = -20;
export const POWER_MAX_DB = 40;

/** A picture of power: `columnCount` moments by `binCount` frequencies. */
export interface Spectrogram {
  /** Seconds from the start of the page to the centre of the first column. */
  readonly startSeconds: number;
  readonly secondsPerColumn: number;
  readonly columnCount: number;
  readonly hertzPerBin: number;
  readonly binCount: number;
  /** dB, column after column, low frequencies first; NaN where there is no frame. */
  readonly power: Float32Array;
  /** Length of a frame, seconds. */
  readonly frameSeconds: number;
}

/** What to compute. */
export interface SpectrogramOptions {
  /** Stretch of time, seconds from the start of the page. */
  readonly start: number;
  readonly end: number;
  /** Most columns. */
  readonly columnsMax: number;
  /** µV in one unit of the run. */
  readonly microvoltsPerUnit: number;
}

/** Samples of a frame: the power of two nearest above one second's worth, at least 16. */
export function frameLength(secondsPerSample: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(1 / secondsPerSample) - 1e-9));
}

/**
 * Computes a spectrogram.
 *
 * @param runs Of one row, all at one rate.
 * @returns Undefined when there are no samples.
 *
 * @example A 10 Hz sine has its power at 10 Hz
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { spectrogram } from "./spectrogram.ts";
 *
 * const values = Float32Array.from({ length: 2560 }, (_, i) => 50 * Math.sin(2 * Math.PI * i * 10 / 256));
 * const picture = spectrogram([{ startSeconds: 0, secondsPerSample: 1 / 256, values }],
 *   { start: 0, end: 10, columnsMax: 100, microvoltsPerUnit: 1 });
 * const column = picture!.power.subarray(50 * picture!.binCount, 51 * picture!.binCount);
 * strictEqual(column.indexOf(Math.max(...column)) * picture!.hertzPerBin, 10);
 * ```
 */
export function spectrogram(
  runs: readonly Run[],
  options: SpectrogramOptions,
): Spectrogram | undefined {
  const secondsPerSample = runs[0]?.secondsPerSample;
  if (secondsPerSample === undefined) return undefined;
  const length = frameLength(secondsPerSample);
  const frameSeconds = length * secondsPerSample;
  const hertzPerBin = 1 / frameSeconds;
  const binCount = Math.min(length / 2 + 1, Math.floor(FREQUENCY_MAX / hertzPerBin) + 1);
  const secondsPerColumn = Math.max(
    secondsPerSample,
    (options.end - options.start) / options.columnsMax,
  );
  const columnCount = Math.floor((options.end - options.start) / secondsPerColumn + 1e-9);
  const power = new Float32Array(columnCount * binCount).fill(NaN);
  const frame = frameOf(length, secondsPerSample, options.microvoltsPerUnit);
  for (let column = 0; column < columnCount; column++) {
    const centre = options.start + (column + 0.5) * secondsPerColumn;
    const first = centre - frameSeconds / 2;
    for (const run of runs) {
      const index = Math.round((first - run.startSeconds) / secondsPerSample);
      if (index < 0 || index + length > run.values.length) continue;
      frame.density(
        run.values.subarray(index, index + length),
        power.subarray(
          column * binCount,
          (column + 1) * binCount,
        ),
      );
      break;
    }
  }
  return {
    startSeconds: options.start + secondsPerColumn / 2,
    secondsPerColumn,
    columnCount,
    hertzPerBin,
    binCount,
    power,
    frameSeconds,
  };
}

/** One-sided power density of frames of one length, by a Hann window. */
function frameOf(length: number, secondsPerSample: number, microvoltsPerUnit: number) {
  const plan: FftPlan = planFft(length);
  const window = Float64Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / length),
  );
  const windowPower = window.reduce((sum, weight) => sum + weight * weight, 0);
  const toDensity = 2 * secondsPerSample * microvoltsPerUnit ** 2 / windowPower;
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  return {
    density(values: Float32Array, target: Float32Array): void {
      let mean = 0;
      for (const value of values) mean += value;
      mean /= length;
      for (let i = 0; i < length; i++) real[i] = (values[i]! - mean) * window[i]!;
      imaginary.fill(0);
      fft(plan, real, imaginary);
      for (let bin = 0; bin < target.length; bin++) {
        const isEdge = bin === 0 || bin === length / 2;
        const density = (real[bin]! ** 2 + imaginary[bin]! ** 2) * toDensity / (isEdge ? 2 : 1);
        target[bin] = 10 * Math.log10(Math.max(density, 1e-12));
      }
    },
  };
}
