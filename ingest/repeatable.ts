/**
 * The answer to things with client-chosen ids: stored, repeated, or the id is taken by something else.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Done } from "@wavekeep/core/wire";
import type { Repeatable } from "./store/ingest_store.ts";

/**
 * One answer for a request whose parts are stored together.
 *
 * @param pointer Where the id of part `index` stands in the request.
 * @throws {ProblemError} `idempotency-conflict`: some id is stored with other content, and so nothing
 * of the request was stored.
 */
export function doneOrConflict(
  outcomes: readonly Repeatable[],
  pointer: (index: number) => string,
): Done {
  const errors = outcomes.flatMap((outcome, index) =>
    outcome === "conflict"
      ? [{ detail: "is stored with other content", pointer: pointer(index) }]
      : []
  );
  if (errors.length > 0) {
    throw new ProblemError("idempotency-conflict", {
      detail: "An id is stored with other content; nothing of the request was stored",
      errors,
    });
  }
  return { status: outcomes.includes("stored") ? "stored" : "repeated" };
}
