/**
 * Layer 6. A request body of declared length, read from `node:http` into one array.
 *
 * The adapter's own way joins the parts in one buffer and copies that into another: for batches of
 * hundreds of kilobytes a fifth of all memory that a request takes. Hazard: the length is the sender's
 * word; whoever calls has compared it with a limit.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";

/** The request that stands behind an application's own, where `node:http` serves it. */
export function incomingOf(env: unknown): IncomingMessage | undefined {
  return (env as { incoming?: IncomingMessage } | undefined)?.incoming;
}

/**
 * Reads the body of a request that nobody has begun to read.
 *
 * @param byteLength What its Content-Length says; `node:http` delivers no more than that.
 * @throws {Error} The sender went away before all of it was there.
 */
export function readIncoming(
  incoming: IncomingMessage,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    let offset = 0;
    const fail = (error: Error) => reject(error);
    const failEarly = () => reject(new Error("aborted"));
    incoming.on("data", (part: Uint8Array) => {
      if (part.byteLength === byteLength && part.buffer.byteLength === byteLength) {
        // All of it, in memory of its own.
        bytes = new Uint8Array(part.buffer as ArrayBuffer);
      } else {
        bytes ??= new Uint8Array(byteLength);
        bytes.set(part, offset);
      }
      offset += part.byteLength;
    });
    incoming.on("end", () => {
      incoming.off("error", fail);
      incoming.off("close", failEarly);
      if (offset === byteLength) resolve(bytes ?? new Uint8Array());
      else failEarly();
    });
    incoming.on("error", fail);
    incoming.on("close", failEarly);
    // Cut off before anybody listened: no event comes any more.
    if (incoming.destroyed) failEarly();
  });
}
