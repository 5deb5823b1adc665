/**
 * Layer 6. What becomes of an entry that ingest would not take.
 *
 * Sole owner of what passes by itself and what never will. A refusal is for good only when ingest said so by the
 * type of its problem: a status alone refuses nothing for ever.
 *
 * @module
 */
import type { ProblemSlug } from "../problem/mod.ts";

/** What to do with it. */
export type Fate =
  /** Keep it aside: the same bytes meet the same answer. */
  | "dispute"
  /** Try again after a while. */
  | "later"
  /** Ingest does not know the recording or the segment: open them once more, then try again. */
  | "reopen"
  /** Send it again with the parameter set that it names. */
  | "with-set"
  /** Ingest has erased the patient: so does the spool. */
  | "erase";

const REOPEN: ReadonlySet<ProblemSlug> = new Set<ProblemSlug>([
  "segment-unknown",
  "segment-not-found",
  "recording-not-found",
]);

/** Refusals that pass by themselves, whatever their status; the digest is that of what was sent, made for each request. */
const PASSING: ReadonlySet<ProblemSlug> = new Set<ProblemSlug>([
  "content-digest-mismatch",
  "parameter-set-limit",
  "too-many-requests",
  "request-timeout",
]);

/**
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { fateOf } from "@wavekeep/core/spool";
 *
 * strictEqual(fateOf("chunk-conflict", 409), "dispute");
 * strictEqual(fateOf("outcome-unknown", 503), "later");
 * strictEqual(fateOf("segment-unknown", 409), "reopen");
 * // Damaged on the way: what is held was checked when it came.
 * strictEqual(fateOf("content-digest-mismatch", 400), "later");
 * ```
 */
export function fateOf(slug: ProblemSlug | undefined, status: number): Fate {
  if (slug === undefined || status >= 500 || PASSING.has(slug)) return "later";
  if (REOPEN.has(slug)) return "reopen";
  if (slug === "parameter-set-missing") return "with-set";
  if (slug === "patient-erased") return "erase";
  return "dispute";
}
