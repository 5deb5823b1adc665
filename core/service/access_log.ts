/**
 * Layer 6. One line per request: route pattern, status, time. Never the path, never the query string.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import "./context.ts";

/** Logs each request once, when its answer's head is ready. Health probes are `debug`. */
export function accessLog(): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    logAccess(c, startedAt);
  };
}

/** @param startedAt When the request came, by `performance.now()`. */
export function logAccess(c: Context, startedAt: number): void {
  const route = routePattern(c);
  const fields = {
    method: c.req.method,
    route,
    status: c.res.status,
    elapsedMs: Math.round((performance.now() - startedAt) * 100) / 100,
    subject: c.get("principal")?.subject,
  };
  const logger = c.get("logger");
  if (route === "/livez" || route === "/readyz") logger.debug("request", fields);
  else logger.info("request", fields);
}

/** The pattern of the route that answered, such as `/segments/:segment_id/state`. */
function routePattern(c: Context): string {
  // Middleware is registered for `*`; what is left last is the route itself.
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"))?.path ?? "(no route)";
}
