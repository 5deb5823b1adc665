/**
 * Layer 4. The physical dimension of a signal: what quantity its text names.
 *
 * Sole owner of the unit words found in EDF files. The text is always kept as written; only the
 * quantity is told, because polarity, µV/mm, filters and averages make sense for voltages alone.
 *
 * @module
 */

import { microvoltsPerUnit } from "../recording/mod.ts";

/** What a channel's unit measures. `none` is a blank field or a dash: a number without a dimension. */
export type Quantity =
  | "voltage"
  | "percent"
  | "temperature"
  | "per-minute"
  | "frequency"
  | "angle"
  | "pressure"
  | "bit-field"
  | "none"
  | "unknown";

const QUANTITIES: ReadonlyMap<string, Quantity> = new Map([
  ["%", "percent"],
  ["degC", "temperature"],
  ["DegC", "temperature"],
  ["\u00b0C", "temperature"],
  ["degF", "temperature"],
  ["DegF", "temperature"],
  ["K", "temperature"],
  ["bpm", "per-minute"],
  ["BPM", "per-minute"],
  ["Hz", "frequency"],
  ["deg", "angle"],
  ["mmHg", "pressure"],
  ["cmH2O", "pressure"],
  ["Boolean", "bit-field"],
  ["", "none"],
  ["-", "none"],
]);

/**
 * What the text of a physical dimension means.
 *
 * @returns The quantity and, for voltages, microvolts in one unit (both code points of the micro sign
 * are known); `unknown` for every text that is not in the table, whatever it resembles.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseUnit } from "@wavekeep/core/edf";
 *
 * deepStrictEqual(parseUnit("mV"), { quantity: "voltage", microvolts: 1000 });
 * deepStrictEqual(parseUnit("uVolts"), { quantity: "unknown" });
 * ```
 */
export function parseUnit(
  text: string,
): { readonly quantity: Quantity; readonly microvolts?: number } {
  const unit = text.trim();
  const microvolts = microvoltsPerUnit(unit);
  if (microvolts !== undefined) return { quantity: "voltage", microvolts };
  return { quantity: QUANTITIES.get(unit) ?? "unknown" };
}
