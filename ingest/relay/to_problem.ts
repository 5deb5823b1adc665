/**
 * What errors mean to the devices of a relay.
 *
 * @module
 */

import { PatientErasedError } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import { SpoolFullError, SpoolUnavailableError } from "@wavekeep/core/spool";
import { toProblem as toIngestProblem } from "../to_problem.ts";

/** A device comes back after this long: room returns in minutes, not in milliseconds. */
const FULL_RETRY_SECONDS = 30;

/** The problem of an error; undefined when nobody foresaw it. */
export function toProblem(error: unknown): ProblemError | undefined {
  if (error instanceof SpoolFullError) {
    return new ProblemError("spool-full", {
      detail: "Nothing of the request was taken; everything held before is kept",
      retryAfterSeconds: FULL_RETRY_SECONDS,
      cause: error,
    });
  }
  if (error instanceof SpoolUnavailableError) {
    return new ProblemError("store-unavailable", { retryAfterSeconds: 2, cause: error });
  }
  if (error instanceof PatientErasedError) return new ProblemError("patient-erased");
  return toIngestProblem(error);
}
