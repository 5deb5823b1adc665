/**
 * Layer 2. Which units are voltages.
 *
 * Without zod, unlike its neighbours: the browser's worker imports this file.
 *
 * @module
 */

/** Units of electric potential, in both code points of the micro sign. */
const VOLTAGE_SCALES: ReadonlyMap<string, number> = new Map([
  ["nV", 1e-3],
  ["uV", 1],
  ["\u00b5V", 1],
  ["\u03bcV", 1],
  ["mV", 1e3],
  ["V", 1e6],
]);

/**
 * Microvolts in one unit, or undefined when the unit is not a voltage. Only voltages have polarity,
 * µV/mm, filters and an average reference (EEG_RULES section 2).
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { microvoltsPerUnit } from "@wavekeep/core/recording";
 *
 * strictEqual(microvoltsPerUnit("mV"), 1000);
 * strictEqual(microvoltsPerUnit("DegC"), undefined);
 * ```
 */
export function microvoltsPerUnit(unit: string): number | undefined {
  return VOLTAGE_SCALES.get(unit.trim());
}
