/**
 * Layer 6. What `node:http` has of a request, read without going through the adapter: headers, and a body of
 * declared length in one array.
 *
 * The adapter's own way joins the parts in one buffer and copies that into another: for batches of
 * hundreds of kilobytes a fifth of all memory that a request takes. Hazard: the length is the sender's
 * word; whoever calls has compared it with a limit.
 *
 * @module
 */
import type { Context } from "hono";
import type { IncomingMessage } from "node:http";

/** The request that stands behind an application's own, where `node:http` serves it. */
export function incomingOf(env: unknown): IncomingMessage | undefined {
  return (env as { incoming?: IncomingMessage } | undefined)?.incoming;
}

/**
 * A header of a request, as `c.req.header` has it: of what every request is asked for. Where `node:http` has
 * parsed the head, it is looked up there and no more; going through Headers takes ten times as long.
 *
 * @param name In lower case.
 */
export function headerOf(c: Context, name: string): string | undefined {
  const headers: IncomingMessage["headers"] | undefined = incomingOf(c.env)?.headers;
  const value = headers?.[name];
  // Another server than `node:http`; or a list, which only cookies are.
  if (headers === undefined || Array.isArray(value)) return c.req.header(name);
  return value;
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
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  let offset = 0;
  const take = (part: Uint8Array) => {
    if (part.byteLength === byteLength) {
      bytes = ownBytes(part);
    } else {
      bytes ??= new Uint8Array(byteLength);
      bytes.set(part, offset);
    }
    offset += part.byteLength;
  };
  // A chunk has come with its head: then there is nothing to wait for, and no stream to be set going.
  if (incoming.complete && !incoming.destroyed) {
    // One part at a time, however many there are.
    for (let part; offset < byteLength && (part = incoming.read() as Uint8Array | null) !== null;) {
      take(part);
    }
    if (bytes !== undefined && offset === byteLength) return Promise.resolve(bytes);
  }
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(error);
    const failEarly = () => reject(new Error("aborted"));
    incoming.on("data", take);
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

/** All of a body, as it is when it came in memory of its own. */
function ownBytes(part: Uint8Array): Uint8Array<ArrayBuffer> {
  return part.buffer.byteLength === part.byteLength
    ? new Uint8Array(part.buffer as ArrayBuffer)
    : new Uint8Array(part);
}
