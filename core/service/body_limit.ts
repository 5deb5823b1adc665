/**
 * Layer 6. Request bodies, bounded by the bytes that are read and not by what a header claims.
 *
 * Hazard: a compressed body is refused, because its true size is known only after it has been spent.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { ProblemError } from "../problem/mod.ts";

/**
 * Refuses bodies above `bytesMax` with 413: at once when the length is declared, otherwise as soon as
 * one byte too many has arrived. Afterwards the routes read the body as usual.
 */
export function bodyLimit(bytesMax: number): MiddlewareHandler {
  return async (c, next) => {
    const encoding = c.req.header("content-encoding") ?? "identity";
    if (encoding.toLowerCase() !== "identity") {
      throw new ProblemError("unsupported-media-type", {
        detail: "Request bodies must not be compressed",
      });
    }
    const declared = c.req.header("content-length");
    if (declared !== undefined) {
      // node:http reads no more than was declared, so this is enough.
      if (Number(declared) > bytesMax) throw tooLarge(bytesMax);
    } else {
      await readBody(c, bytesMax);
    }
    await next();
  };
}

/**
 * The whole body, wherever it is by now: of a signed request it was read before its route, and its stream is
 * nothing that a route could read again. Whoever asks afterwards, or asks Hono, gets the same bytes.
 *
 * @throws {ProblemError} `body-too-large`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { readBody } from "@wavekeep/core/service";
 * import { Hono } from "hono";
 *
 * const app = new Hono();
 * app.post("/", async (c) => {
 *   const bytes = await readBody(c, 1_000);
 *   return c.json([bytes.byteLength, await c.req.text()]);
 * });
 * const answer = await app.request("/", { method: "POST", body: "twice" });
 * strictEqual(await answer.text(), '[5,"twice"]');
 * ```
 */
export async function readBody(c: Context, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  // The cache holds promises, whatever its type says.
  const cache = c.req.bodyCache as { arrayBuffer?: unknown };
  if (cache.arrayBuffer === undefined) {
    const { body } = c.req.raw;
    const read = body === null ? new Uint8Array() : await readBounded(body, bytesMax);
    cache.arrayBuffer = Promise.resolve(read.buffer);
  }
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.byteLength > bytesMax) throw tooLarge(bytesMax);
  return bytes;
}

/**
 * Reads a stream to its end, or cancels it and throws once it exceeds `bytesMax`. It stays locked: a second reader
 * is to fail and not to find nothing.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  const reader = body.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    byteLength += value.byteLength;
    if (byteLength > bytesMax) {
      // Not awaited: the rest of the body may take its time, the answer must not.
      reader.cancel().catch(() => {});
      throw tooLarge(bytesMax);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError("body-too-large", {
    detail: `Request bodies may have ${bytesMax} bytes`,
    extensions: { limit_bytes: bytesMax },
  });
}
