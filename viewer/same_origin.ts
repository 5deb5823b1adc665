/**
 * What of the viewer is asked from its own pages alone.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { isSameOrigin } from "@wavekeep/core/service";
import type { Context } from "hono";

/**
 * Refuses a form, or a script's request, that is not of our own pages.
 *
 * @throws {ProblemError} forbidden
 */
export function requireOwnPage(c: Context): void {
  if (!isSameOrigin(c)) {
    throw new ProblemError("forbidden", { detail: "The form was sent from another origin" });
  }
}
