/**
 * Exports asked for by a machine that signs, whose body is read before the route sees it; and datasets for research
 * whose patient changes their mind.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createApiKeyVerifier, makeApiKey, sealApiKey, signRequest } from "@wavekeep/core/crypto";
import { createApp } from "../app.ts";
import { ExportJobs } from "../bundle/export_jobs.ts";
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

Deno.test("a dataset made for research is given to nobody any more once its patient takes that back", async () => {
  const folder = await Deno.makeTempDir();
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0, 1] }] }] });
  const exports = await ExportJobs.open(query.deps, folder);
  const app = createApp({ ...query.deps, exports });
  const ask = (path: string, body?: unknown) =>
    app.request(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: "Bearer clinician.1", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const allow = (research: "allowed" | "denied") => {
    query.store.consents.set("1/p1", { care: "allowed", research });
    // What was said before is believed for moments.
    query.clock.aheadMs += 3_000;
  };
  try {
    allow("allowed");
    const order = (deidentified: boolean) => ({
      form: "bids",
      deidentified,
      bids: { task: "rest" },
    });
    const ids: string[] = [];
    for (const deidentified of [true, false]) {
      const made = await ask(PATH, order(deidentified));
      strictEqual(made.status, 202);
      ids.push((await made.json()).export_id);
    }
    await exports.settled();
    const [research, care] = ids;
    const before = await ask(`/exports/${research}/file`);
    strictEqual(before.status, 200);
    ok((await before.bytes()).byteLength > 0);
    allow("denied");
    const after = await ask(`/exports/${research}/file`);
    strictEqual(after.status, 422);
    ok((await after.json()).type.endsWith("/export-impossible"));
    // The same recording as it is, for care, is no matter of research.
    const identified = await ask(`/exports/${care}/file`);
    strictEqual(identified.status, 200);
    await identified.body?.cancel();
    strictEqual((await ask(PATH, order(true))).status, 422);
  } finally {
    await exports.close();
    await Deno.remove(folder, { recursive: true });
  }
});
