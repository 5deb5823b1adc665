import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { crc32c } from "@wavekeep/core/checksum";
import { decodeParameterSetRecord, encodeChunk, readChunkHeader } from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { createLogger } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { prng } from "../../core/testing/prng.ts";
import { learntStream } from "../testing/learnt_stream.ts";
import { PLACE_BYTES } from "./desk.ts";
import { inlineVerifier, type VerifyTask } from "./verifier.ts";
import { type WorkerVerifier, workerVerifier } from "./worker_verifier.ts";

const lines: string[] = [];
const logger = createLogger({ service: "test", write: (line) => lines.push(line) });

/** Chunks of a learning encoder, with the sets they name. */
function tasksOf(seed: number, seconds: number): VerifyTask[] {
  const sets = new Map<string, ParameterSet>();
  // Verifying needs no more of the identity than that sequence 0 chains to its segment.
  return learntStream(seed, seconds).chunks.map(({ bytes, newSet, setDigest }) => {
    if (newSet !== null) sets.set(setDigest!, readParameterSet(decodeParameterSetRecord(newSet)));
    const header = readChunkHeader(bytes);
    return {
      bytes,
      set: header.parameterSetDigest === null
        ? undefined
        : { digest: header.parameterSetDigest, set: sets.get(setDigest!)! },
      identity: {
        descriptorDigest: new Uint8Array(32).fill(seed),
        segmentDigest: header.sequence === 0 ? header.previousDigest : new Uint8Array(32).fill(9),
      },
    };
  });
}

/** A first chunk, uncompressed. */
function rawTask(channelCount: number, sampleCount: number): VerifyTask {
  const random = prng(channelCount);
  const identity = { descriptorDigest: random.bytes(32), segmentDigest: random.bytes(32) };
  const { bytes } = encodeChunk({
    ...identity,
    codec: "raw",
    kind: "int32",
    clock: "unknown",
    stream: 0,
    channelCount,
    sequence: 0,
    firstSample: 0,
    sampleCount,
    deviceTimeMicros: null,
    monotonicNs: 0n,
    segmentId: random.bytes(16),
    previousDigest: identity.segmentDigest,
    samples: Int32Array.from({ length: channelCount * sampleCount }, () => random.below(65_536)),
  }, nodeSha256);
  return { bytes, identity, set: undefined };
}

async function withWorkers(
  check: (verifier: WorkerVerifier) => Promise<void>,
  options: { readonly setBytesMax?: number; readonly setIdleMs?: number } = {},
): Promise<void> {
  const verifier = workerVerifier({ count: 2, logger, ...options });
  try {
    await verifier.loaded;
    await check(verifier);
  } finally {
    verifier.close();
  }
}

const TASKS = [...tasksOf(1, 40), ...tasksOf(2, 40)];
const EXPECTED = await Promise.all(TASKS.map((task) => inlineVerifier(nodeSha256).verify(task)));

Deno.test("verify() in workers finds what it finds inline, all at once and one by one", () =>
  withWorkers(async (verifier) => {
    deepStrictEqual(await Promise.all(TASKS.map((task) => verifier.verify(task))), EXPECTED);
    for (const [index, task] of TASKS.slice(0, 10).entries()) {
      deepStrictEqual(await verifier.verify(task), EXPECTED[index]);
    }
  }));

Deno.test("verify() sends a set again that a worker had to forget", () =>
  withWorkers(async (verifier) => {
    ok(new Set(TASKS.map(({ set }) => set?.set)).size > 2, "several sets are used");
    for (let round = 0; round < 2; round++) {
      deepStrictEqual(await Promise.all(TASKS.map((task) => verifier.verify(task))), EXPECTED);
    }
  }, { setBytesMax: 1 }));

Deno.test("verify() keeps no set that chunks have stopped to name", () =>
  withWorkers(async (verifier) => {
    for (const [index, task] of TASKS.entries()) {
      deepStrictEqual(await verifier.verify(task), EXPECTED[index]);
    }
    strictEqual(verifier.setCount, TASKS.at(-1)!.set === undefined ? 0 : 1);
  }, { setIdleMs: 0 }));

Deno.test("verify() of chunks larger than a place, between others, in order and out of it", () =>
  withWorkers(async (verifier) => {
    const large = [rawTask(3, 40_000), rawTask(2, 100_000)];
    for (const { bytes } of large) ok(bytes.byteLength > PLACE_BYTES);
    const tasks = [...TASKS.slice(0, 3), large[0]!, ...TASKS.slice(3, 6), large[1]!, large[0]!];
    const expected = await Promise.all(
      tasks.map((task) => inlineVerifier(nodeSha256).verify(task)),
    );
    for (let round = 0; round < 3; round++) {
      deepStrictEqual(await Promise.all(tasks.map((task) => verifier.verify(task))), expected);
      for (const [index, task] of tasks.entries()) {
        deepStrictEqual(await verifier.verify(task), expected[index]);
      }
    }
  }));

Deno.test("verify() of more channels than a place has room for", () =>
  withWorkers(async (verifier) => {
    const wide = rawTask(4_000, 8);
    const tasks = [TASKS[0]!, wide, TASKS[1]!, wide];
    const expected = await Promise.all(
      tasks.map((task) => inlineVerifier(nodeSha256).verify(task)),
    );
    deepStrictEqual(await Promise.all(tasks.map((task) => verifier.verify(task))), expected);
    deepStrictEqual(await verifier.verify(wide), expected[1]);
  }));

Deno.test("verify() of a damaged chunk fails as it does inline, and takes no other down", () =>
  withWorkers(async (verifier) => {
    const broken = TASKS.map((task, index) => {
      if (index % 3 !== 0) return task;
      const bytes = task.bytes.slice();
      bytes[200]! ^= 1;
      if (index % 2 === 0) {
        // A checksum that was made after the damage: then a digest or the payload tells.
        const view = new DataView(bytes.buffer);
        view.setUint32(bytes.length - 4, crc32c(bytes.subarray(0, bytes.length - 4)), true);
      }
      return { ...task, bytes };
    });
    const outcomes = await Promise.allSettled(broken.map((task) => verifier.verify(task)));
    const inline = await Promise.allSettled(
      broken.map((task) => inlineVerifier(nodeSha256).verify(task)),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const expected = inline[index]!;
      strictEqual(outcome.status, expected.status);
      if (outcome.status === "fulfilled" || expected.status === "fulfilled") {
        deepStrictEqual(outcome, expected);
        continue;
      }
      ok(isCoreError(outcome.reason));
      strictEqual(outcome.reason.tag, expected.reason.tag);
      strictEqual(outcome.reason.message, expected.reason.message);
    }
    strictEqual(outcomes.filter(({ status }) => status === "rejected").length, 27);
  }));

Deno.test("verify() does not take the bytes away from their owner", () =>
  withWorkers(async (verifier) => {
    const [task] = TASKS;
    const before = task!.bytes.slice();
    await verifier.verify(task!);
    deepStrictEqual(task!.bytes, before);
  }));

Deno.test("a worker that fails takes its chunks with it, and another one goes on", () =>
  withWorkers(async (verifier) => {
    const poison = {
      ...TASKS[0]!,
      set: { digest: new Uint8Array(32), set: { bytes: new Uint8Array(3) } as ParameterSet },
    };
    await rejects(verifier.verify(poison), /Verifying worker failed/);
    ok(lines.some((line) => line.includes("verifying worker failed")));
    deepStrictEqual(await Promise.all(TASKS.map((task) => verifier.verify(task))), EXPECTED);
  }));

Deno.test("verify() of batches starts another worker; of chunks that came alone, never", () =>
  withWorkers(async (verifier) => {
    for (const [index, task] of TASKS.entries()) {
      deepStrictEqual(await verifier.verify(task), EXPECTED[index]);
    }
    strictEqual(verifier.workerCount, 1);
    // A line that one does not end.
    for (let round = 0; round < 5; round++) {
      await Promise.all(TASKS.map((task) => verifier.verify(task)));
    }
    strictEqual(verifier.workerCount, 1);
    // And again, for as long as another needs to load.
    for (let round = 0; verifier.workerCount < 2 && round < 200; round++) {
      await Promise.all(TASKS.map((task) => verifier.verify({ ...task, isOneOfMany: true })));
    }
    strictEqual(verifier.workerCount, 2);
    deepStrictEqual(await Promise.all(TASKS.map((task) => verifier.verify(task))), EXPECTED);
  }));

Deno.test("verify() does not wait for workers that still load", async () => {
  const verifier = workerVerifier({ count: 1, logger });
  try {
    deepStrictEqual(await verifier.verify(TASKS[0]!), EXPECTED[0]);
  } finally {
    verifier.close();
  }
});

Deno.test("close() ends a worker that sleeps", async () => {
  const threads = () => [...Deno.readDirSync("/proc/self/task")].length;
  const verifier = workerVerifier({ count: 1, logger });
  await verifier.loaded;
  // It has a desk now, and nothing to do.
  deepStrictEqual(await verifier.verify(TASKS[0]!), EXPECTED[0]);
  const before = threads();
  verifier.close();
  // A thread that is asleep for good would still be there when all patience has ended.
  for (let round = 0; threads() >= before && round < 500; round++) await sleep(20);
  ok(threads() < before);
});

Deno.test("close() fails what is under way, and what comes after", async () => {
  const verifier = workerVerifier({ count: 1, logger });
  await verifier.loaded;
  const waiting = verifier.verify(TASKS[0]!);
  verifier.close();
  await rejects(waiting, /workers have ended/);
  await rejects(verifier.verify(TASKS[0]!), /workers have ended/);
});
