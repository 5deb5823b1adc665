/**
 * A quick look at parsed JSON before the schema: a schema lists every misfit, and a body of millions of
 * wrong values would turn into gigabytes of complaints.
 *
 * @module
 */

import type { ProblemItem } from "@wavekeep/core/problem";
import { MISFIT_COUNT_MAX, refuseMisfits } from "./misfits.ts";

/** Most elements of an array that is not a row of samples; the schemas allow fewer. */
const ELEMENT_COUNT_MAX = 10_000;
/** Most samples of one channel in one second. */
const SAMPLE_COUNT_MAX = 1_000_000;

/**
 * Refuses a body that would flood the schema.
 *
 * @throws {ProblemError} `validation`.
 */
export function refuseFlood(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const errors: ProblemItem[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(member)) continue;
    const pointer = `/body/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (member.length > ELEMENT_COUNT_MAX) {
      errors.push({
        detail: `has ${member.length} elements, ${ELEMENT_COUNT_MAX} at most`,
        pointer,
      });
    } else if (name === "samples") {
      checkSamples(member, errors);
    }
    if (errors.length >= MISFIT_COUNT_MAX) break;
  }
  refuseMisfits(errors);
}

function checkSamples(rows: readonly unknown[], errors: ProblemItem[]): void {
  for (const [row, values] of rows.entries()) {
    if (!Array.isArray(values)) continue;
    if (values.length > SAMPLE_COUNT_MAX) {
      const detail = `has ${values.length} samples, ${SAMPLE_COUNT_MAX} at most`;
      errors.push({ detail, pointer: `/body/samples/${row}` });
    }
    for (let column = 0; column < values.length && errors.length < MISFIT_COUNT_MAX; column++) {
      // JSON has no NaN, but 1e999 reads as Infinity.
      if (Number.isFinite(values[column])) continue;
      errors.push({ detail: "is no finite number", pointer: `/body/samples/${row}/${column}` });
    }
    if (errors.length >= MISFIT_COUNT_MAX) return;
  }
}
