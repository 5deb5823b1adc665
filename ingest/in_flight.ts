/**
 * How much may be in memory at once: request bodies are counted before they are read.
 *
 * Thousands of connections with a body of megabytes each are more than any machine has; whoever comes
 * when the budget is spent hears 429 and comes again.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { headerOf, type Principal } from "@wavekeep/core/service";
import type { MiddlewareHandler } from "hono";
import type { IngestLimits } from "./deps.ts";

/**
 * Lets requests through while the bodies under way fit the budget.
 *
 * A body counts with its declared length, one without a length with the largest that is allowed. A
 * single request always passes, whatever the budget. One sender has at most half of it: who drags bodies
 * out, or loses its credential to somebody who does, stops itself and nobody else.
 */
export function limitInFlight(
  limits: Pick<IngestLimits, "bodyBytesMax" | "inFlightBytesMax">,
): MiddlewareHandler {
  let inFlightBytes = 0;
  const ofSenders = new Map<string, number>();
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return await next();
    const declared = Number(headerOf(c, "content-length") ?? NaN);
    const byteLength = declared >= 0 && declared <= limits.bodyBytesMax
      ? declared
      : limits.bodyBytesMax;
    if (inFlightBytes > 0 && inFlightBytes + byteLength > limits.inFlightBytesMax) {
      throw new ProblemError("too-many-requests", {
        detail: `Request bodies of ${inFlightBytes} bytes are under way, ` +
          `${limits.inFlightBytesMax} fit`,
        retryAfterSeconds: 1,
      });
    }
    const principal = c.get("principal") as Principal | undefined;
    const sender = principal && `${principal.siteId}/${principal.subject}`;
    const ownBytes = sender === undefined ? 0 : ofSenders.get(sender) ?? 0;
    if (ownBytes > 0 && ownBytes + byteLength > limits.inFlightBytesMax / 2) {
      throw new ProblemError("too-many-requests", {
        detail: `Request bodies of ${ownBytes} bytes of this sender are under way`,
        retryAfterSeconds: 1,
      });
    }
    inFlightBytes += byteLength;
    if (sender !== undefined) ofSenders.set(sender, ownBytes + byteLength);
    try {
      await next();
    } finally {
      inFlightBytes -= byteLength;
      if (sender !== undefined) {
        const left = ofSenders.get(sender)! - byteLength;
        if (left > 0) ofSenders.set(sender, left);
        else ofSenders.delete(sender);
      }
    }
  };
}
