import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { toProblem } from "@wavekeep/core/problem";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import { RefusedError } from "./ingest_client.ts";
import type { Upload } from "./known_sets.ts";
import { SYSTEM_RETRY } from "./retry.ts";
import {
  BULK_LIMITS,
  createUploader,
  PACED_LIMITS,
  type UploadCounts,
  type Uploader,
} from "./uploader.ts";

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
const chunk = (index: number): Upload => ({ chunk: Uint8Array.of(index), set: null });

function checkCounts({ counts }: Uploader, expected: Partial<UploadCounts>): void {
  for (const [name, count] of Object.entries(expected)) {
    strictEqual(counts[name as keyof UploadCounts], count, name);
  }
}

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
  checkCounts(uploader, { stored: 95, repeated: 0, retried: 0, sets: 0, chunkBytes: 95 });
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
  checkCounts(uploader, { stored: 9, repeated: 0, retried: 6, sets: 0, chunkBytes: 9 });
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

Deno.test("createUploader() sends again what was answered with the receipt of another chunk, and gives up at last", async () => {
  const digests = ["a", "b"].map((letter) => letter.repeat(64));
  const [first, second] = digests.map((digest, index) => ({ ...chunk(index), digest }));
  const answerWith = (mixedUp: number) => {
    let attempts = 0;
    return {
      attempts: () => attempts,
      sendChunks: (bytes: Uint8Array): Promise<ChunkOutcome[]> => {
        const isMixedUp = attempts++ < mixedUp;
        return Promise.resolve(Array.from(bytes, (byte) => {
          const named = digests[isMixedUp ? 1 - byte : byte]!;
          return { status: 201, receipt: { ...receipt(1), "chunk_digest": named } };
        }));
      },
    };
  };
  const to = answerWith(2);
  const uploader = createUploader(to, { limits: BULK_LIMITS, deps: DEPS });
  await uploader.add(first!);
  await uploader.add(second!);
  await uploader.flush();
  strictEqual(to.attempts(), 3);
  checkCounts(uploader, { stored: 2, retried: 4 });
  const never = createUploader(answerWith(Infinity), { limits: PACED_LIMITS, deps: DEPS });
  await never.add(first!);
  await rejects(never.flush(), /receipt is of another chunk/);
  checkCounts(never, { stored: 0 });
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

/** A server that wants set 100 + n before chunk n; it keeps sets until it `forgets`. */
function setServer() {
  const sets = new Set<number>();
  const stored: number[] = [];
  const bodies: number[][] = [];
  let isDown = true;
  return {
    sets,
    stored,
    bodies,
    /** Sets that are sent get lost until this is called. */
    mend: () => isDown = false,
    sendChunks(bytes: Uint8Array, count: number): Promise<ChunkOutcome[]> {
      bodies.push([...bytes]);
      const outcomes: ChunkOutcome[] = [];
      for (const byte of bytes) {
        if (byte >= 100) {
          if (!isDown) sets.add(byte);
        } else if (sets.has(100 + byte % 10)) {
          stored.push(byte);
          outcomes.push({ status: 201, receipt: receipt(1) });
        } else {
          const slug = "parameter-set-missing";
          if (count === 1) return Promise.reject(new RefusedError("missing", 409, slug));
          outcomes.push({ status: 409, problem: toProblem(slug, {}) });
        }
      }
      return Promise.resolve(outcomes);
    },
  };
}

function receipt(incarnation: number): NonNullable<ChunkOutcome["receipt"]> {
  return {
    "segment_id": "0".repeat(32),
    stream: 0,
    sequence: 0,
    "chunk_digest": "0".repeat(64),
    "stored_digest": "0".repeat(64),
    "received_at": "2026-11-21T00:00:00Z",
    incarnation,
    "leaf_hash": "0".repeat(64),
    "key_id": null,
    signature: null,
  };
}

/** Chunk n names set n mod 10. */
const named = (index: number): Upload => ({
  chunk: Uint8Array.of(index),
  set: { digest: String(index % 10), record: Uint8Array.of(100 + index % 10) },
});

for (const [name, limits] of [["batches", BULK_LIMITS], ["single chunks", PACED_LIMITS]] as const) {
  Deno.test(`createUploader() sends set and chunk again when a set is missing: ${name}`, async () => {
    const to = setServer();
    const uploader = createUploader(to, {
      limits: { ...limits, inFlightMax: 1 },
      deps: {
        ...DEPS,
        sleep: () => {
          to.mend();
          return Promise.resolve();
        },
      },
    });
    for (const index of [1, 11, 2, 21]) await uploader.add(named(index));
    await uploader.flush();
    deepStrictEqual(to.stored, [1, 11, 2, 21]);
    deepStrictEqual([...to.sets], [101, 102]);
    strictEqual(uploader.counts.sets, 2);
    ok(uploader.counts.retried >= 1);
    // What the server has lost since is sent once more, at once.
    to.sets.clear();
    to.bodies.length = 0;
    await uploader.add(named(31));
    await uploader.flush();
    deepStrictEqual(to.bodies, [[31], [101, 31]]);
  });
}

Deno.test("createUploader() gives up a chunk whose set never arrives", async () => {
  const to = setServer();
  const uploader = createUploader(to, { limits: PACED_LIMITS, deps: DEPS });
  await uploader.add(named(1));
  await rejects(uploader.flush(), (error: unknown) => {
    ok(error instanceof RefusedError);
    strictEqual(error.slug, "parameter-set-missing");
    return true;
  });
  ok(to.bodies.length > 5 && to.bodies.every((body) => body.join() === "101,1"));
});

for (const [name, limits] of [["batches", BULK_LIMITS], ["single chunks", PACED_LIMITS]] as const) {
  Deno.test(`createUploader() does without a set that the server will not take: ${name}`, async () => {
    const bodies: number[][] = [];
    const to = {
      sendChunks(bytes: Uint8Array, count: number): Promise<ChunkOutcome[]> {
        bodies.push([...bytes]);
        const slug = "parameter-set-limit";
        if (count === 1 && bytes[0]! >= 100) {
          return Promise.reject(new RefusedError("full", 429, slug));
        }
        return Promise.resolve(
          [...bytes].filter((byte) => byte < 100).map((byte): ChunkOutcome =>
            byte < 50 ? { status: 429, problem: toProblem(slug, {}) } : { status: 201 }
          ),
        );
      },
    };
    const uploader = createUploader(to, { limits: { ...limits, inFlightMax: 1 }, deps: DEPS });
    const both = (index: number): Upload => ({
      ...named(index),
      withoutSet: () => Uint8Array.of(50 + index),
    });
    for (const index of [1, 11]) await uploader.add(both(index));
    await uploader.flush();
    await uploader.add(both(21));
    await uploader.flush();
    deepStrictEqual(bodies.flat().filter((byte) => 50 <= byte && byte < 100), [51, 61, 71]);
    deepStrictEqual(bodies.at(-1), [71], "not tried again at once");
    checkCounts(uploader, { stored: 3, acrossChannels: 0, sets: 0, chunkBytes: 3 });
  });
}
