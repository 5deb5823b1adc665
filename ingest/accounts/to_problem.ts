/**
 * What errors mean to those who sign in.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { StoreUnavailableError } from "../store/store_errors.ts";

/** The problem an error stands for, or undefined when core/service knows better. */
export function toProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof StoreUnavailableError)) return undefined;
  return new ProblemError("store-unavailable", { retryAfterSeconds: 2, cause: error });
}
