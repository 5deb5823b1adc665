/**
 * A service behind the viewer, asked in somebody's name while a page is made: typed, checked, in time.
 *
 * Sole owner of what a service's failure is to a page: its own problem, with what is wrong in which field,
 * or `upstream-unavailable`.
 *
 * @module
 */

import { Problem, ProblemError, problemSlug } from "@wavekeep/core/problem";
import type * as z from "zod";

/** Time for an answer to arrive whole. */
const TIMEOUT_MS = 20_000;

/** Who asks, and under which request id. */
export interface Asking {
  readonly token: string;
  readonly requestId: string;
  /** Where they sit, handed on: services see the viewer's address only. */
  readonly userAgent?: string | undefined;
  readonly forwardedFor?: string | undefined;
}

/** A service. Every method throws {@link ProblemError}: the service's own, or `upstream-unavailable`. */
export interface Upstream {
  get<T>(asking: Asking, path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(asking: Asking, path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  /** The answer as it comes, good or not. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * The service `name` at `baseUrl`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import * as z from "zod";
 * import { createUpstream } from "./upstream.ts";
 *
 * const query = createUpstream("query", "http://query", () => Promise.resolve(Response.json([1])));
 * const asking = { token: "t", requestId: "r" };
 * deepStrictEqual(await query.get(asking, "/numbers", z.array(z.int())), [1]);
 * ```
 */
export function createUpstream(
  name: string,
  baseUrl: string,
  fetcher: typeof fetch = fetch,
): Upstream {
  const base = baseUrl.replace(/\/$/, "");

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetcher(base + path, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...init,
        redirect: "manual",
      });
    } catch (cause) {
      throw new ProblemError("upstream-unavailable", {
        detail: `${name} does not answer`,
        retryAfterSeconds: 2,
        cause,
      });
    }
  }

  async function parsed<T>(answer: Response, schema: z.ZodType<T>): Promise<T> {
    if (!answer.ok) throw await problemOf(name, answer);
    const result = schema.safeParse(await answer.json().catch(() => undefined));
    if (result.success) return result.data;
    throw new ProblemError("upstream-unavailable", {
      detail: `${name} answered in a shape the viewer does not know`,
      cause: result.error,
    });
  }

  return {
    ask,
    get: async (asking, path, schema) =>
      await parsed(await ask(path, { headers: headersOf(asking) }), schema),
    post: async (asking, path, body, schema) =>
      await parsed(
        await ask(path, {
          method: "POST",
          headers: { ...headersOf(asking), "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
        schema,
      ),
  };
}

/** Headers of somebody who asks for JSON. */
export function headersOf(asking: Asking): Record<string, string> {
  const { token, requestId, userAgent, forwardedFor } = asking;
  return {
    "accept": "application/json",
    "authorization": `Bearer ${token}`,
    "x-request-id": requestId,
    ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
    ...(forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }),
  };
}

/** What a refusal says. */
export async function problemOf(name: string, answer: Response): Promise<ProblemError> {
  const problem = Problem.safeParse(await answer.json().catch(() => undefined));
  const slug = problem.success ? problemSlug(problem.data) : undefined;
  if (!problem.success || slug === undefined) {
    return new ProblemError("upstream-unavailable", {
      detail: `${name} answered ${answer.status}`,
    });
  }
  const { detail, errors, break_glass: mayBreakGlass } = problem.data;
  const seconds = Number(answer.headers.get("retry-after") ?? NaN);
  return new ProblemError(slug, {
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    // Of a restricted patient: whether the role may open it all the same.
    ...(typeof mayBreakGlass === "boolean" ? { extensions: { "break_glass": mayBreakGlass } } : {}),
  });
}
