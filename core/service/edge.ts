/**
 * Layer 6. What every application of ours has in front of its routes, in the one right order.
 *
 * @module
 */
import type { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { ProblemError } from "../problem/mod.ts";
import { logAccess } from "./access_log.ts";
import type { Logger } from "./json_log.ts";
import {
  type ErrorMapper,
  notFoundHandler,
  problemHandler,
  problemResponse,
} from "./problem_handler.ts";
import { nameRequest } from "./request_id.ts";
import type { RequestMetrics } from "./service_metrics.ts";

/** How an application answers what goes wrong. */
export interface EdgeOptions {
  readonly logger: Logger;
  /** What errors mean to this service's clients. */
  readonly toProblem?: ErrorMapper;
  /** Where requests are counted. */
  readonly metrics?: RequestMetrics;
}

/**
 * Installs request id, access log, security headers, and problem documents for errors, unknown paths
 * and wrong methods. Call it before any route is added.
 */
// deno-lint-ignore no-explicit-any -- an application of whatever environment, OpenAPI or not
export function installEdge(app: Hono<any, any, any>, options: EdgeOptions): void {
  // One function for what every request gets: each middleware of its own costs two promises.
  app.use(async (c, next) => {
    const startedAt = performance.now();
    const id = nameRequest(c, options.logger);
    await next();
    // Only an unknown route can be a known one of another method.
    if (c.res.status === 404) await refuseMethod(c, () => Promise.resolve());
    const { headers } = c.res;
    headers.set("x-request-id", id);
    headers.set("referrer-policy", "no-referrer");
    headers.set("x-content-type-options", "nosniff");
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
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
