/**
 * Layer 6. A name for every request, shared by the log, the answer and the problem document.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { headerOf } from "./incoming_body.ts";
import type { Logger } from "./json_log.ts";
import "./context.ts";

/** A caller may name its request by a hexadecimal id; anything else could carry identity into a log. */
const FOREIGN_ID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/;

/** Sets `requestId` and `logger` in the context and `X-Request-Id` on the answer. */
export function requestId(logger: Logger): MiddlewareHandler {
  return async (c, next) => {
    const id = nameRequest(c, logger);
    await next();
    c.res.headers.set("x-request-id", id);
  };
}

/** Sets `requestId` and `logger` in the context; the id is for the answer's head. */
export function nameRequest(c: Context, logger: Logger): string {
  const foreign = headerOf(c, "x-request-id");
  const id = foreign !== undefined && FOREIGN_ID.test(foreign) ? foreign : crypto.randomUUID();
  c.set("requestId", id);
  c.set("logger", logger.child({ requestId: id }));
  return id;
}
