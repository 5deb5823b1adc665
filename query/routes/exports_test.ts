/**
 * Exports asked for by a machine that signs: its body is read before the route sees it.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createApiKeyVerifier, makeApiKey, sealApiKey, signRequest } from "@wavekeep/core/crypto";
import { createApp } from "../app.ts";
import type { QueryDeps } from "../deps.ts";
import { memoryQuery } from "../testing/memory_query.ts";

const SEALING_KEY = new Uint8Array(32);
const KEY = makeApiKey((byteLength) => randomBytes(byteLength));
const PATH = "/patients/p1/recordings/r1/exports";

Deno.test("a signed POST of an export is read as it was signed, with a declared length or without", async () => {
  const { deps } = await memoryQuery({ patientCode: "p1", recordingCode: "r1", segments: [] });
  const { verifySigned } = createApiKeyVerifier({
    sealingKey: SEALING_KEY,
    store: {
      find: () =>
        Promise.resolve({
          siteId: 1,
          role: "clinician",
          scopes: ["recordings:export"],
          digest: undefined,
          sealed: sealApiKey(SEALING_KEY, KEY),
          expiresAt: Number.MAX_SAFE_INTEGER,
          isEnded: false,
        }),
      useNonce: () => Promise.resolve(true),
    },
  });
  const sizes: (readonly number[])[] = [];
  const exports = {
    start: (order: { earlierSizes: readonly number[] }) => {
      sizes.push(order.earlierSizes);
      return Promise.resolve({
        ...{ id: "0".repeat(32), state: "waiting", progress: 0 },
        ...{ byteLength: null, expiresAtMs: null, reason: null },
      });
    },
  } as unknown as NonNullable<QueryDeps["exports"]>;
  const app = createApp({ ...deps, exports, signatures: verifySigned });
  const post = async (body: string, more: Record<string, string> = {}, sent = body) => {
    const headers: Record<string, string> = {
      "host": "query.test",
      "content-type": "application/json",
      "content-digest": `sha-256=:${createHash("sha256").update(body).digest("base64")}:`,
    };
    const signature = signRequest(
      {
        ...{ method: "POST", target: PATH, scheme: "http", authority: "query.test" },
        header: (name) => headers[name],
      },
      {
        keyId: KEY.apiKeyId,
        secret: new TextEncoder().encode(KEY.text),
        now: Math.floor(Date.now() / 1000),
      },
    );
    const answer = await app.request(`http://query.test${PATH}`, {
      method: "POST",
      headers: { ...headers, ...signature, ...more },
      body: sent,
    });
    await answer.body?.cancel();
    return answer.status;
  };
  const body = JSON.stringify({ known_sizes: [7, 19] });
  strictEqual(await post(body), 202);
  strictEqual(await post(body, { "content-length": String(body.length) }), 202);
  strictEqual(JSON.stringify(sizes), "[[7,19],[7,19]]");
  strictEqual(await post("{"), 400);
  strictEqual(await post(body, {}, body.replace("7", "8")), 400, "another body than was signed");
  strictEqual(await post(" ".repeat(64 * 1024) + body), 413);
  strictEqual(sizes.length, 2);
});
