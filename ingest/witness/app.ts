/**
 * The witness over HTTP: `POST /add-checkpoint`, and nothing else.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import type { Witness } from "./witness.ts";

/** A note, 63 hashes, and room. */
const BODY_BYTES_MAX = 64 * 1024;

/** What `serve` takes. */
export function witnessApp(
  witness: Witness,
  logger: Logger,
): { fetch(request: Request): Promise<Response> } {
  return {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname !== "/add-checkpoint") return plain(404, "there is nothing here\n");
      if (request.method !== "POST") return plain(405, "POST only\n", { allow: "POST" });
      const body = await limitedBytes(request);
      if (body === undefined) return plain(413, `more than ${BODY_BYTES_MAX} bytes\n`);
      try {
        const answer = await witness.addCheckpoint(body);
        const { status, contentType } = answer;
        if (status === 200) logger.debug("checkpoint signed");
        // A log that asks from another size is a matter of course; what else is refused, somebody looks at.
        else if (status === 409 && !contentType.startsWith("text/plain")) {
          logger.info("another size was signed", { status, signedSize: answer.body.trim() });
        } else logger.warn("checkpoint refused", { status, why: answer.body.trim() });
        return plain(status, answer.body, { "content-type": contentType });
      } catch (error) {
        logger.error("checkpoint could not be judged", { error });
        return plain(500, "the witness failed; nothing was signed\n");
      }
    },
  };
}

async function limitedBytes(request: Request): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of request.body ?? []) {
    byteLength += chunk.byteLength;
    if (byteLength > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return await new Blob(chunks as BlobPart[]).bytes();
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
  });
}
