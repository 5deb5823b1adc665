import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { toProblem } from "@wavekeep/core/problem";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import { RefusedError } from "./ingest_client.ts";
import { SYSTEM_RETRY } from "./retry.ts";
import { BULK_LIMITS, createUploader, PACED_LIMITS } from "./uploader.ts";

/** A server that stores single bytes as chunks; `answer` may refuse. */
function server(answer: (chunk: number, attempt: number) => number = () => 201) {
  const stored = new Map<number, number>();
  const attempts = new Map<number, number>();
  const batches: number[] = [];
  let open = 0;
  let openMax = 0;
  return {
    stored,
    batches,
    openMax: () => openMax,
    /** Requests that were under way when a refusal came end by themselves. */
    async idle(): Promise<void> {
      while (open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    async sendChunks(bytes: Uint8Array, count: number): Promise<ChunkOutcome[]> {
      openMax = Math.max(openMax, ++open);
      batches.push(count);
      await new Promise((resolve) => setTimeout(resolve, 1));
      open--;
      return Array.from(bytes, (chunk): ChunkOutcome => {
        const attempt = (attempts.get(chunk) ?? 0) + 1;
        attempts.set(chunk, attempt);
        const status = stored.has(chunk) ? 200 : answer(chunk, attempt);
        if (status === 201) stored.set(chunk, (stored.get(chunk) ?? 0) + 1);
        return status < 300 ? { status } : {
          status,
          problem: toProblem(status === 503 ? "store-unavailable" : "chunk-conflict", {}),
        };
      });
    },
  };
}

const DEPS = { ...SYSTEM_RETRY, sleep: () => Promise.resolve() };
const chunk = (index: number) => Uint8Array.of(index);

Deno.test("createUploader() sends every chunk once, in batches, with bounded requests", async () => {
  const to = server();
  const uploader = createUploader(to, {
    limits: { batchChunksMax: 10, batchBytesMax: 1000, inFlightMax: 3 },
    deps: DEPS,
  });
  for (let i = 0; i < 95; i++) await uploader.add(chunk(i));
  await uploader.flush();
  strictEqual(to.stored.size, 95);
  deepStrictEqual(to.batches.toSorted((a, b) => a - b), [5, ...new Array(9).fill(10)]);
  ok(to.openMax() <= 3);
  deepStrictEqual(uploader.counts, { stored: 95, repeated: 0, retried: 0 });
});

Deno.test("createUploader() sends one chunk a request when paced", async () => {
  const to = server();
  const uploader = createUploader(to, { limits: PACED_LIMITS, deps: DEPS });
  for (let i = 0; i < 5; i++) await uploader.add(chunk(i));
  await uploader.flush();
  deepStrictEqual(to.batches, [1, 1, 1, 1, 1]);
});

Deno.test("createUploader() starts a new batch before it would be too large", async () => {
  const to = server();
  const limits = { batchChunksMax: 100, batchBytesMax: 3, inFlightMax: 1 };
  const uploader = createUploader(to, { limits, deps: DEPS });
  for (let i = 0; i < 7; i++) await uploader.add(chunk(i));
  await uploader.flush();
  deepStrictEqual(to.batches, [3, 3, 1]);
});

Deno.test("createUploader() sends only the chunks again that failed for the moment", async () => {
  const to = server((index, attempt) => index % 3 === 0 && attempt < 3 ? 503 : 201);
  const uploader = createUploader(to, { limits: BULK_LIMITS, deps: DEPS });
  for (let i = 0; i < 9; i++) await uploader.add(chunk(i));
  await uploader.flush();
  deepStrictEqual(to.batches, [9, 3, 3]);
  deepStrictEqual(uploader.counts, { stored: 9, repeated: 0, retried: 6 });
});

Deno.test("createUploader() stops at a chunk that is refused for good", async () => {
  const to = server((index) => index === 2 ? 409 : 201);
  const uploader = createUploader(to, { limits: PACED_LIMITS, deps: DEPS });
  await rejects(
    async () => {
      for (let i = 0; i < 50; i++) await uploader.add(chunk(i));
      await uploader.flush();
    },
    (error: Error) =>
      error instanceof RefusedError && error.slug === "chunk-conflict" &&
      /different chunk is stored/.test(error.message),
  );
  await to.idle();
  ok(to.stored.size < 20, "what follows a refusal is not sent for long");
});

Deno.test("createUploader() waits at the gate before each batch", async () => {
  const to = server();
  let gates = 0;
  const gate = () => Promise.resolve(void gates++);
  const uploader = createUploader(to, { limits: PACED_LIMITS, deps: DEPS, gate });
  for (let i = 0; i < 3; i++) await uploader.add(chunk(i));
  await uploader.flush();
  strictEqual(gates, 3);
});
