/**
 * Layer 5. Problem documents: the one shape of every HTTP error (RFC 9457).
 *
 * Servers build them, clients parse them. Clients branch on `type`, never on the status alone.
 * A detail never holds patient identity, annotation text or sample values.
 *
 * @module
 */

import * as z from "zod";
import { PROBLEM_TYPE_BASE, PROBLEMS, type ProblemSlug } from "./catalogue.ts";

/** One failure inside a request: what, and where (JSON pointer, query parameter or header field). */
export const ProblemItem = z.object({
  detail: z.string(),
  /** `/body/channels/3`, `/query/start`, `/header/content-digest`. */
  pointer: z.string(),
});
export type ProblemItem = z.infer<typeof ProblemItem>;

/** A problem document as it crosses the wire. Extension members are allowed. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** The request id, under which the log tells the inside story. */
  instance: z.string().optional(),
  errors: z.array(ProblemItem).optional(),
});
export type Problem = z.infer<typeof Problem>;

type Extension = string | number | boolean | null;
type ExtensionRow = Readonly<Record<string, Extension>>;

/** What one occurrence adds to its type. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly ProblemItem[];
  /** Seconds after which trying again makes sense; sent as Retry-After. */
  readonly retryAfterSeconds?: number;
  /** Typed extension members, such as `stored_chunk_digest`, or `stretches`. */
  readonly extensions?: Readonly<Record<string, Extension | readonly ExtensionRow[]>>;
  readonly cause?: unknown;
}

/**
 * A problem on its way to the client: thrown anywhere below a route, answered by the problem handler.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { ProblemError } from "@wavekeep/core/problem";
 *
 * const error = new ProblemError("off-grid", { detail: "Sample 3 is not the start of a second" });
 * strictEqual(error.status, 422);
 * ```
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly slug: ProblemSlug;
  readonly details: ProblemDetails;

  constructor(slug: ProblemSlug, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[slug].title, { cause: details.cause });
    this.slug = slug;
    this.details = details;
  }

  /** HTTP status of this problem's type. */
  get status(): number {
    return PROBLEMS[this.slug].status;
  }
}

/**
 * The document of one occurrence.
 *
 * @param slug The problem type.
 * @param details What this occurrence adds.
 * @param instance The request id.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { toProblem } from "@wavekeep/core/problem";
 *
 * strictEqual(toProblem("recording-not-found", {}, "r1").status, 404);
 * ```
 */
export function toProblem(slug: ProblemSlug, details: ProblemDetails, instance?: string): Problem {
  const { status, title } = PROBLEMS[slug];
  return {
    ...details.extensions,
    type: PROBLEM_TYPE_BASE + slug,
    title,
    status,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(instance === undefined ? {} : { instance }),
    ...(details.errors === undefined ? {} : { errors: [...details.errors] }),
  };
}

/** The slug of a received problem, or undefined when its type is not one of ours. */
export function problemSlug(problem: Problem): ProblemSlug | undefined {
  if (!problem.type.startsWith(PROBLEM_TYPE_BASE)) return undefined;
  const slug = problem.type.slice(PROBLEM_TYPE_BASE.length);
  return Object.hasOwn(PROBLEMS, slug) ? slug as ProblemSlug : undefined;
}

/** Media type of a problem document. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";
