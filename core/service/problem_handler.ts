/**
 * Layer 6. Errors become problem documents (RFC 9457) here, and only here.
 *
 * Each service hands in what the errors of core mean to its clients; what nobody knows is a 500 whose
 * detail is only the request id, while the log keeps the story under that id. Errors are logged once,
 * here, where they stop.
 *
 * @module
 */
import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import {
  PROBLEM_MEDIA_TYPE,
  ProblemError,
  type ProblemItem,
  type ProblemSlug,
  toProblem,
} from "../problem/mod.ts";
import { isClientGone } from "./client_gone.ts";
import { CommitOutcomeUnknownError, isStoreUnavailable } from "./postgres.ts";
import "./context.ts";

/** What an error means to the clients of one service; undefined when it is not the service's to say. */
export type ErrorMapper = (error: unknown) => ProblemError | undefined;

/** Slugs for what Hono itself throws. */
const SLUG_BY_STATUS: Readonly<Record<number, ProblemSlug>> = {
  400: "malformed-json",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  406: "not-acceptable",
  408: "request-timeout",
  413: "body-too-large",
  415: "unsupported-media-type",
};

/** For `app.onError`. */
export function problemHandler(mapper: ErrorMapper = () => undefined): ErrorHandler {
  return (error, c) => {
    const problem = toProblemError(error, mapper);
    logProblem(c, problem, error);
    c.set("problem", problem.slug);
    return problemResponse(problem, c.get("requestId"));
  };
}

/** For `app.notFound`. */
export function notFoundHandler(): NotFoundHandler {
  return (c) => {
    c.set("problem", "not-found");
    return problemResponse(new ProblemError("not-found"), c.get("requestId"));
  };
}

/** The answer that carries a problem. */
export function problemResponse(error: ProblemError, requestId: string | undefined): Response {
  // 500 says nothing but where to look: the message may hold anything.
  const details = error.slug === "internal"
    ? { detail: requestId === undefined ? "" : `Request ${requestId}` }
    : error.details;
  const headers = new Headers({
    "content-type": PROBLEM_MEDIA_TYPE,
    "cache-control": "no-store",
  });
  const retryAfter = error.details.retryAfterSeconds ?? (error.status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  if (error.status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(toProblem(error.slug, details, requestId)), {
    status: error.status,
    headers,
  });
}

/**
 * The problem an error stands for.
 *
 * @param mapper Asked first, so that a service may also reword a general error.
 */
export function toProblemError(error: unknown, mapper: ErrorMapper): ProblemError {
  if (error instanceof ProblemError) return error;
  const mapped = mapper(error);
  if (mapped !== undefined) return mapped;
  if (error instanceof z.ZodError) return validationProblem(error, "/body");
  if (error instanceof CommitOutcomeUnknownError) {
    return new ProblemError("outcome-unknown", { cause: error });
  }
  if (isStoreUnavailable(error)) return new ProblemError("store-unavailable", { cause: error });
  if (isClientGone(error)) return new ProblemError("request-timeout", { cause: error });
  if (error instanceof HTTPException) {
    return new ProblemError(SLUG_BY_STATUS[error.status] ?? "internal", { cause: error });
  }
  return new ProblemError("internal", { cause: error });
}

/**
 * A schema's complaints as one problem that lists them all.
 *
 * @param base Where the schema was applied: `/body`, `/query`, `/path` or `/header`.
 */
export function validationProblem(error: z.ZodError, base: string): ProblemError {
  const errors: ProblemItem[] = error.issues.map((issue) => ({
    detail: issue.message,
    pointer: [base, ...issue.path.map(escapePointer)].join("/"),
  }));
  return new ProblemError("validation", {
    detail: `${errors.length} ${errors.length === 1 ? "value does" : "values do"} not fit`,
    errors,
    cause: error,
  });
}

/** For the `defaultHook` of OpenAPIHono and the hook of its validators. */
export function validationHook(
  result: { success: boolean; target?: string; error?: unknown },
): undefined {
  if (result.success) return;
  const base = { json: "/body", param: "/path" }[result.target ?? "json"] ?? `/${result.target}`;
  throw validationProblem(result.error as z.ZodError, base);
}

/** @see RFC 6901 section 3 */
function escapePointer(step: PropertyKey): string {
  return String(step).replaceAll("~", "~0").replaceAll("/", "~1");
}

function logProblem(c: Context, problem: ProblemError, error: unknown): void {
  const fields = { problem: problem.slug, status: problem.status };
  if (problem.slug === "request-timeout" && isClientGone(error)) {
    c.var.logger?.info("client went away", fields);
  } else if (problem.status >= 500) {
    const level = problem.status === 503 ? "warn" : "error";
    c.var.logger?.[level]("request failed", { ...fields, error: problem.cause ?? error });
  } else {
    c.var.logger?.info("request refused", { ...fields, detail: problem.details.detail });
  }
}
