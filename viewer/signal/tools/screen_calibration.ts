/**
 * CSS pixels in a millimetre of this screen, from a bank card or a ruler held against it.
 *
 * Sole owner of the sizes that are compared. A browser does not know its screen: 96 CSS pixels an inch is a
 * convention, so µV/mm is said to be not calibrated until somebody has measured.
 *
 * @module
 */

/** An ID-1 card, millimetres. @see ISO/IEC 7810 */
export const CARD_MM = { width: 85.6, height: 53.98 } as const;

/** Length of the line to hold a ruler against, CSS pixels. */
export const RULER_PIXELS = 480;

/** CSS pixels in a millimetre that any screen has: a phone at arm's length to a wall projector. */
const PIXELS_PER_MM = { min: 1.5, max: 16 } as const;

/** Keeps a measurement within what a screen can be. */
export function plausiblePixelsPerMm(cssPixelsPerMm: number): number {
  return Math.min(Math.max(PIXELS_PER_MM.min, cssPixelsPerMm), PIXELS_PER_MM.max);
}

/** From the width at which the drawn card covers the real one. */
export function pixelsPerMmOfCard(widthPixels: number): number {
  return plausiblePixelsPerMm(widthPixels / CARD_MM.width);
}

/**
 * From what a ruler says of the line; undefined for what is no length, or of no screen.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { pixelsPerMmOfRuler, RULER_PIXELS } from "./screen_calibration.ts";
 *
 * strictEqual(pixelsPerMmOfRuler("120"), RULER_PIXELS / 120);
 * strictEqual(pixelsPerMmOfRuler("120,0"), RULER_PIXELS / 120);
 * strictEqual(pixelsPerMmOfRuler("5"), undefined);
 * ```
 */
export function pixelsPerMmOfRuler(millimetres: string): number | undefined {
  const length = Number(millimetres.trim().replace(",", "."));
  if (!Number.isFinite(length) || length <= 0) return undefined;
  const found = RULER_PIXELS / length;
  return plausiblePixelsPerMm(found) === found ? found : undefined;
}
