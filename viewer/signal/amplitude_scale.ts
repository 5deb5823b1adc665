/**
 * Physical units to pixels: sensitivity in µV/mm for voltages, a declared range for the rest.
 *
 * Nothing here looks at the samples: a page is never scaled to what is on it. Voltages are drawn
 * negative up unless the reader says otherwise, everything else positive up, and every row says its scale.
 *
 * @module
 */

import type { RowModel } from "./recording_model.ts";

/** µV/mm steps on offer, most sensitive first. */
export const SENSITIVITIES = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200] as const;

/** µV/mm a page opens with. */
export const SENSITIVITY_DEFAULT = 7;

/** CSS pixels in a millimetre where nobody has measured the screen: 96 CSS pixels to the inch. */
export const CSS_PIXELS_PER_MM = 96 / 25.4;

/**
 * µV/mm of voltages that are no EEG. They are another size, so they keep a scale of their own whatever the
 * page's is, and say so.
 */
export const TYPE_SENSITIVITIES: Readonly<Partial<Record<RowModel["type"], number>>> = {
  ecg: 70,
  eog: 10,
  emg: 5,
  respiration: 70,
};

/** How values of one row become device pixels. */
export interface RowScale {
  /** Device pixels downwards per unit of the row. Positive: negative up. */
  readonly pixelsPerUnit: number;
  /** The value on the row's baseline. */
  readonly baseline: number;
  /** What stands beside the row, such as `70 µV/mm` or `0 to 100 %`; empty for the page's own scale. */
  readonly text: string;
}

/** Sizes a row is drawn at. */
export interface AmplitudeOptions {
  /** µV/mm of the page. */
  readonly sensitivity: number;
  /** Device pixels in a millimetre of this screen. */
  readonly pixelsPerMm: number;
  /** Height of a row, device pixels. */
  readonly rowHeight: number;
  /** 2 draws twice as large; the row says so. */
  readonly factor?: number;
  /** Voltages are drawn positive up; negative up otherwise. */
  readonly isPositiveUp?: boolean;
}

/**
 * The scale of a row.
 *
 * @example 70 µV at 7 µV/mm is ten millimetres, downwards
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { rowScale } from "./amplitude_scale.ts";
 *
 * const row = { name: "Fp1", label: "Fp1", type: "eeg", unit: "uV", side: "left",
 *   microvoltsPerUnit: 1, range: null, isPhysical: true } as const;
 * const scale = rowScale(row, { sensitivity: 7, pixelsPerMm: 4, rowHeight: 40 });
 * strictEqual(70 * scale.pixelsPerUnit, 40);
 * ```
 */
export function rowScale(row: RowModel, options: AmplitudeOptions): RowScale {
  const { sensitivity, pixelsPerMm, rowHeight, factor = 1, isPositiveUp = false } = options;
  const times = factor === 1 ? "" : `${factor}×`;
  if (row.microvoltsPerUnit !== null && row.isPhysical) {
    const own = TYPE_SENSITIVITIES[row.type];
    const microvoltsPerMm = (own ?? sensitivity) / factor;
    const direction = isPositiveUp ? -1 : 1;
    return {
      pixelsPerUnit: direction * row.microvoltsPerUnit * pixelsPerMm / microvoltsPerMm,
      baseline: 0,
      text: own === undefined ? times : `${formatValue(microvoltsPerMm)} µV/mm`,
    };
  }
  const unit = row.isPhysical ? row.unit || "units" : "digital steps";
  if (row.range === null) {
    return {
      pixelsPerUnit: -pixelsPerMm * factor,
      baseline: 0,
      text: `${formatValue(1 / factor)} ${unit}/mm, positive up`,
    };
  }
  const { min, max } = row.range;
  const range = `${formatValue(Math.min(min, max))} to ${formatValue(Math.max(min, max))} ${unit}`;
  return {
    pixelsPerUnit: -rowHeight * 0.8 * factor / Math.abs(max - min),
    baseline: (min + max) / 2,
    text: times === "" ? range : `${times}, ${range}`,
  };
}

/** One step more or less sensitive. `steps` > 0 makes traces larger. */
export function stepSensitivity(sensitivity: number, steps: number): number {
  const index = SENSITIVITIES.findIndex((step) => step >= sensitivity);
  const from = index === -1 ? SENSITIVITIES.length - 1 : index;
  const target = Math.min(Math.max(0, from - steps), SENSITIVITIES.length - 1);
  return SENSITIVITIES[target] ?? SENSITIVITY_DEFAULT;
}

/** A round number of µV for the scale bar, 7 to 20 mm tall at this sensitivity. */
export function scaleBarMicrovolts(sensitivity: number): number {
  for (const step of [10, 20, 50, 100, 200, 500, 1000, 2000]) {
    if (step / sensitivity >= 7) return step;
  }
  return 5000;
}

function formatValue(value: number): string {
  return String(Number(value.toPrecision(6)));
}
