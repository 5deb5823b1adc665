/**
 * Layer 6. What every application of ours has in front of its routes, in the one right order.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { ProblemError } from "../problem/mod.ts";
import { logAccess } from "./access_log.ts";
import type { TrustedProxies } from "./client_address.ts";
import { allowOrigin, preflightAnswer } from "./cors.ts";
import type { Logger } from "./json_log.ts";
import {
  type ErrorMapper,
  notFoundHandler,
  problemHandler,
  problemResponse,
} from "./problem_handler.ts";
import { setRateHeaders } from "./rate_headers.ts";
import { nameRequest } from "./request_id.ts";
import type { RequestMetrics } from "./service_metrics.ts";
import { requestSpans } from "./telemetry.ts";

/** How an application answers what goes wrong. */
export interface EdgeOptions {
  readonly logger: Logger;
  /** What errors mean to this service's clients. */
  readonly toProblem?: ErrorMapper;
  /** Where requests are counted. */
  readonly metrics?: RequestMetrics;
  /** Proxies whose word about addresses counts; absent: none. */
  readonly trustedProxies?: TrustedProxies;
  /** Origins whose pages may read answers; absent or empty: none. */
  readonly corsOrigins?: readonly string[];
  /** Told of each answer before it leaves; what it returns is waited for. */
  readonly onAnswer?: (c: Context) => Promise<void> | undefined;
}

/** An answer is data: nothing of it runs, loads or is framed, wherever a browser is made to open it. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Installs request id, access log, security headers, and problem documents for errors, unknown paths
 * and wrong methods. Call it before any route is added.
 */
// deno-lint-ignore no-explicit-any -- an application of whatever environment, OpenAPI or not
export function installEdge(app: Hono<any, any, any>, options: EdgeOptions): void {
  const origins = new Set(options.corsOrigins);
  const span = requestSpans();
  if (span !== undefined) app.use(span);
  // One function for what every request gets: each middleware of its own costs two promises.
  app.use(async (c, next) => {
    const startedAt = performance.now();
    const id = nameRequest(c, options.logger);
    if (options.trustedProxies !== undefined) c.set("trustedProxies", options.trustedProxies);
    const preflight = origins.size > 0 ? preflightAnswer(c, origins) : undefined;
    if (preflight !== undefined) return preflight;
    await next();
    // Only an unknown route can be a known one of another method.
    if (c.res.status === 404) await refuseMethod(c, () => Promise.resolve());
    const told = options.onAnswer?.(c);
    if (told !== undefined) await told;
    const { headers } = c.res;
    headers.set("x-request-id", id);
    headers.set("referrer-policy", "no-referrer");
    headers.set("x-content-type-options", "nosniff");
    headers.set("cross-origin-resource-policy", "same-origin");
    if (!headers.has("content-security-policy")) {
      headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    }
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    if (origins.size > 0) allowOrigin(c, origins);
    const verdict = c.get("rateVerdict");
    if (verdict !== undefined) setRateHeaders(c, verdict);
    logAccess(c, startedAt, options.metrics);
  });
  const refuseMethod = methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      c.set("problem", "method-not-allowed");
      const response = problemResponse(
        new ProblemError("method-not-allowed", { detail: `Allowed: ${methods.join(", ")}` }),
        c.get("requestId"),
      );
      response.headers.set("allow", methods.join(", "));
      return response;
    },
  });
  app.onError(problemHandler(options.toProblem));
  app.notFound(notFoundHandler());
}
