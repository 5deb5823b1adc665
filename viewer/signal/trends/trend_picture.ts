/**
 * A trend's spectrum as pixels: one for each column and line, blank where there is no value.
 *
 * @module
 */

import type { TrendStream } from "@wavekeep/core/trend";
import type { SpectrogramImage } from "../draw_spectrogram.ts";
import { viridis } from "../viridis.ts";
import type { TrendSide } from "./trend_state.ts";

/** The colours' range, dB re 1 µV²/Hz. */
export const TREND_DB = [-10, 40] as const;

/** What has no value in an array of whole numbers. */
const NO_VALUE = -0x8000;

/** Colours of every level, once. */
let palette: Uint8ClampedArray | undefined;

/** Colours a side's spectrum on the fixed scale; low frequencies at the bottom. */
export function spectrumPicture(
  stream: TrendStream,
  side: TrendSide,
): SpectrogramImage | undefined {
  const values = stream.arrays[`spectrum_${side}`];
  const width = stream["column_count"];
  if (values === undefined || width === 0) return undefined;
  const height = values.length / width;
  palette ??= makePalette();
  const pixels = new Uint8ClampedArray(width * height * 4);
  const [least, greatest] = TREND_DB;
  for (let column = 0; column < width; column++) {
    for (let line = 0; line < height; line++) {
      const value = values[column * height + line]!;
      if (value === NO_VALUE) continue;
      const level = (value / 100 - least) / (greatest - least);
      const color = 3 * Math.round(Math.min(Math.max(level, 0), 1) * 255);
      const at = ((height - 1 - line) * width + column) * 4;
      pixels[at] = palette[color]!;
      pixels[at + 1] = palette[color + 1]!;
      pixels[at + 2] = palette[color + 2]!;
      pixels[at + 3] = 255;
    }
  }
  return { width, height, pixels };
}

function makePalette(): Uint8ClampedArray {
  const colors = new Uint8ClampedArray(256 * 3);
  for (let level = 0; level < 256; level++) colors.set(viridis(level / 255), level * 3);
  return colors;
}
