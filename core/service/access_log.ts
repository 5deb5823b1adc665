/**
 * Layer 6. One line per request: route pattern, status, time. Never the path, never the query string.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { RequestMetrics } from "./service_metrics.ts";
import { describeRequestSpan } from "./telemetry.ts";
import "./context.ts";

/** Logs each request once, when its answer's head is ready. Probes are `debug`. */
export function accessLog(): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    logAccess(c, startedAt);
  };
}

/**
 * @param startedAt When the request came, by `performance.now()`.
 * @param metrics Where it is counted, too.
 */
export function logAccess(c: Context, startedAt: number, metrics?: RequestMetrics): void {
  const route = routePattern(c);
  const elapsedMs = performance.now() - startedAt;
  metrics?.observe(route, c.res.status, elapsedMs / 1000, c.get("problem"));
  describeRequestSpan({
    method: c.req.method,
    route,
    status: c.res.status,
    requestId: c.get("requestId"),
    problem: c.get("problem"),
  });
  const fields = {
    method: c.req.method,
    route,
    status: c.res.status,
    elapsedMs: Math.round(elapsedMs * 100) / 100,
    subject: c.get("principal")?.subject,
  };
  const logger = c.get("logger");
  if (isProbe(route)) logger.debug("request", fields);
  else logger.info("request", fields);
}

function isProbe(route: string): boolean {
  return route === "/livez" || route === "/readyz" || route === "/metrics";
}

/** The pattern of the route that answered, such as `/segments/:segment_id/state`. */
function routePattern(c: Context): string {
  // Middleware is registered for `*`; what is left last is the route itself.
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"))?.path ?? "(no route)";
}
