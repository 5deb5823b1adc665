/**
 * What a schema cannot see, told the way a schema would: every misfit at once, each with its pointer.
 *
 * @module
 */

import { ProblemError, type ProblemItem } from "@wavekeep/core/problem";

/** Misfits of one request are listed up to here; a broken array could have millions. */
export const MISFIT_COUNT_MAX = 50;

/** @throws {ProblemError} `validation`, when there is any. */
export function refuseMisfits(errors: readonly ProblemItem[]): void {
  if (errors.length === 0) return;
  throw new ProblemError("validation", {
    detail: `${errors.length} ${errors.length === 1 ? "value does" : "values do"} not fit`,
    errors: errors.slice(0, MISFIT_COUNT_MAX),
  });
}
