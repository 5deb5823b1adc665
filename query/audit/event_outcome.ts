/**
 * How an event went, by its kind alone.
 *
 * Kinds are named so that the last word says it: `…refused`, `…failed`; what says nothing was done.
 *
 * @module
 */

import type { AuditOutcome } from "@wavekeep/core/wire";

/** Refused, by kinds whose names say it in another way. */
const REFUSED = /(^|[.-])(refused|locked-out|rate-limited|replay|conflict)$/;

/**
 * The outcome of a kind of event.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { outcomeOfKind } from "./event_outcome.ts";
 *
 * strictEqual(outcomeOfKind("access.shown"), "shown");
 * strictEqual(outcomeOfKind("security.sign-in-failed"), "failed");
 * strictEqual(outcomeOfKind("recording.opened"), "done");
 * ```
 */
export function outcomeOfKind(kind: string): AuditOutcome {
  switch (kind) {
    case "access.granted":
      return "granted";
    case "access.shown":
      return "shown";
    case "access.not-found":
      return "not-found";
  }
  if (/(^|[.-])failed$/.test(kind)) return "failed";
  return REFUSED.test(kind) ? "refused" : "done";
}
