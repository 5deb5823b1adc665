/**
 * Devices whose parameter sets get lost, against the real ingest, and what query gives back.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { splitRecords } from "@wavekeep/core/chunk";
import { concatBytes } from "@wavekeep/core/bytes";
import { crossChannel, type StreamEncoder } from "@wavekeep/core/codec";
import { prng, randomParameterSet } from "@wavekeep/core/testing";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { type DecodedRecord, decodeRecords } from "../core/testing/decode_records.ts";
import { type Pipeline, startPipeline } from "../query/testing/pipeline.ts";
import { type DeviceProgress, runDevice } from "./device.ts";
import type { DeviceSource, SourceSegment } from "./device_source.ts";
import { contentDigest, createIngestClient } from "./ingest_client.ts";
import type { Speed } from "./pacer.ts";
import { DEFAULT_RETRY } from "./retry.ts";
import { syntheticSource } from "./synthetic_source.ts";
import { openUploadMemory } from "./upload_memory.ts";

const CODES = { patientId: "p", recordingId: "sets" };
const SECONDS = 20;
const CHUNKS_PER_SET = 9;

/** A generated patient; as a file, when encoders may look ahead. */
function sourceOf({ isContent = true, seconds = SECONDS } = {}): DeviceSource {
  const source = syntheticSource({
    seed: 5,
    blockSeconds: 100,
    startSecondOfDay: 36_000,
    startedAt: { civil: "2026-11-21T10:00:00", zone: "UTC" },
    startedAtMicros: 1_795_255_200_000_000n,
    stretches: [{ key: "s0", startSecond: 0, endSecond: seconds, clock: "disciplined" }],
  });
  const segments = source.segments.map((segment): SourceSegment => ({ ...segment, isContent }));
  return { ...source, segments };
}

/** Codes across channels, with another set after every `CHUNKS_PER_SET` chunks. */
function createEncoder(
  { channelCount, seed = 0 }: { channelCount: number; seed?: number },
): StreamEncoder {
  let count = 0;
  return {
    lookAhead: () => {},
    encode: (samples, sampleCount) => {
      const random = prng(seed + Math.floor(count++ / CHUNKS_PER_SET));
      const parameterSet = randomParameterSet(random, { channelCount });
      const shape = { kind: "int32", channelCount, sampleCount } as const;
      const payload = crossChannel.encode(samples, shape, parameterSet);
      return { codec: "cross-channel", payload, parameterSet };
    },
  };
}

type Send = (request: Request) => Promise<Response>;

interface DeviceRun {
  readonly source?: DeviceSource;
  /** Stands between device and ingest. */
  readonly between?: (request: Request, send: Send) => Promise<Response>;
  readonly speed?: Speed;
  readonly createEncoder?: typeof createEncoder;
  /** Chunks after which the device is killed. */
  readonly killAfter?: number;
  readonly folder?: string;
}

async function run(pipeline: Pipeline, options: DeviceRun = {}): Promise<DeviceProgress> {
  const { between = (request, send) => send(request) } = options;
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "wavekeep-sets-" });
  const memory = await openUploadMemory(folder, { siteId: pipeline.database.siteId, ...CODES });
  const stop = new AbortController();
  let made = 0;
  const send: Send = async (request) => await pipeline.ingest.fetch(request);
  try {
    return await runDevice({
      codes: CODES,
      source: options.source ?? sourceOf(),
      client: createIngestClient({
        url: "http://ingest",
        token: () => pipeline.token({ role: "device" }),
        policy: { ...DEFAULT_RETRY, patienceMs: 10_000 },
        fetch: async (input, init) => await between(new Request(input, init), send),
      }),
      memory,
      createEncoder: options.createEncoder ?? createEncoder,
      speed: options.speed ?? "max",
      stop: stop.signal,
      onProgress: () => {
        if (made++ >= (options.killAfter ?? Infinity)) stop.abort();
      },
    });
  } finally {
    memory.close();
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** The request with other records in its body. */
function withBody(request: Request, records: readonly Uint8Array[]): Request {
  const body = concatBytes(...records);
  const headers = new Headers(request.headers);
  headers.set("content-digest", contentDigest(body));
  headers.delete("content-length");
  return new Request(request.url, { method: request.method, headers, body });
}

/** Sets and chunks of a chunk request; undefined for other requests. */
async function recordsOf(request: Request) {
  if (request.headers.get("content-type") !== CHUNKS_MEDIA_TYPE) return undefined;
  const records = [...splitRecords(await request.clone().bytes())];
  const of = (kind: "chunk" | "parameter-set") =>
    records.filter((record) => record.kind === kind).map(({ bytes }) => bytes);
  return { sets: of("parameter-set"), chunks: of("chunk") };
}

/** SHA-256 of all samples in order. */
function digestOf(parts: Iterable<Int32Array>): string {
  const hash = createHash("sha256");
  for (const samples of parts) hash.update(new Uint8Array(Int32Array.from(samples).buffer));
  return hash.digest("hex");
}

/** What query gives back is what the source said, and names sets. */
async function checkStored(pipeline: Pipeline, seconds = SECONDS): Promise<void> {
  const stored = await readStored(pipeline, seconds);
  ok(stored.every(({ header }) => header.codec === "cross-channel"));
  await checkSamples(pipeline, seconds);
}

async function checkSamples(pipeline: Pipeline, seconds: number): Promise<void> {
  const stored = await readStored(pipeline, seconds);
  strictEqual(stored.length, seconds);
  const made: Int32Array[] = [];
  for await (const { samples } of sourceOf({ seconds }).segments[0]!.chunks([0])) {
    made.push(samples);
  }
  strictEqual(digestOf(stored.map(({ samples }) => samples as Int32Array)), digestOf(made));
}

/** What is there, decoded with the sets that come with it and no others. */
async function readStored(pipeline: Pipeline, seconds: number): Promise<DecodedRecord[]> {
  const answer = await pipeline.get(
    `/eeg?patient_id=p&recording_id=sets&start=0&end=${seconds}`,
    { headers: { accept: CHUNKS_MEDIA_TYPE } },
  );
  strictEqual(answer.status, 200);
  return [...decodeRecords(await answer.bytes())];
}

function onPipeline(name: string, test: (pipeline: Pipeline) => Promise<void>): void {
  Deno.test(`parameter sets of a device: ${name}`, async () => {
    const pipeline = await startPipeline("sets");
    if (pipeline === undefined) return;
    try {
      await test(pipeline);
    } finally {
      await pipeline.close();
    }
  });
}

onPipeline("they go with the first chunk that names them, once", async (pipeline) => {
  let sets = 0;
  const done = await run(pipeline, {
    between: async (request, send) => {
      sets += (await recordsOf(request))?.sets.length ?? 0;
      return await send(request);
    },
  });
  deepStrictEqual([done.setsSent, done.chunksAcrossChannels], [3, SECONDS]);
  ok(sets >= 3, "a set may be in both requests that are under way at once");
  deepStrictEqual(
    [done.chunksStored, done.chunksRepeated, done.chunksRetried],
    [SECONDS, 0, 0],
  );
  await checkStored(pipeline);
});

onPipeline("those that get lost on the way are asked for and sent again", async (pipeline) => {
  let losses = 2;
  const done = await run(pipeline, {
    between: async (request, send) => {
      const records = await recordsOf(request);
      if (records === undefined || records.sets.length === 0 || losses-- <= 0) {
        return await send(request);
      }
      return await send(withBody(request, records.chunks));
    },
  });
  ok(losses < 2);
  ok(done.chunksRetried > 0);
  strictEqual(done.chunksStored, SECONDS);
  await checkStored(pipeline);
});

onPipeline("ingest restarts between a set and its chunk", async (pipeline) => {
  let restarts = 0;
  const done = await run(pipeline, {
    between: async (request, send) => {
      const records = await recordsOf(request);
      if (records === undefined || records.sets.length === 0) return await send(request);
      // The sets go to one process, a chunk that names one of them to the next.
      const first = records.chunks.slice(0, -1);
      const before = await send(withBody(request, [...records.sets, ...first]));
      restarts++;
      await pipeline.restartIngest();
      const after = await send(withBody(request, records.chunks.slice(-1)));
      const results = [...(await before.json()).results, ...(await after.json()).results];
      return Response.json({ results }, { status: 201 });
    },
  });
  ok(restarts > 0);
  deepStrictEqual([done.chunksStored, done.chunksRetried], [SECONDS, 0]);
  await checkStored(pipeline);
});

onPipeline("a device that makes too many sends the same chunks without them", async (pipeline) => {
  const seconds = 120;
  const done = await run(pipeline, {
    source: sourceOf({ seconds }),
    // Another set for every chunk.
    createEncoder: (options) => {
      let seed = 0;
      const encode: StreamEncoder["encode"] = (samples, count) =>
        createEncoder({ ...options, seed: ++seed }).encode(samples, count);
      return { encode, lookAhead: () => {} };
    },
  });
  strictEqual(done.chunksStored, seconds);
  // 64 before any chunk, twice when two requests ask at once, and one more for every 30 chunks.
  ok(done.setsSent >= 64 && done.setsSent <= 132, `${done.setsSent} sets`);
  strictEqual(done.chunksAcrossChannels, done.setsSent);
  const codecs = (await readStored(pipeline, seconds)).map(({ header }) => header.codec);
  strictEqual(codecs.filter((codec) => codec === "cross-channel").length, done.setsSent);
  strictEqual(codecs.filter((codec) => codec === "predictive").length, seconds - done.setsSent);
  await checkSamples(pipeline, seconds);
});

onPipeline("a live device that is killed again and again sends one chain", async (pipeline) => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-sets-" });
  const seconds = 60;
  try {
    let stored = 0;
    for (const killAfter of [7, 13, 20, Infinity]) {
      const source = sourceOf({ isContent: false, seconds });
      const done = await run(pipeline, { folder, source, killAfter });
      stored += done.chunksStored;
      strictEqual(done.chunksRepeated, 0);
    }
    strictEqual(stored, seconds);
    await checkStored(pipeline, seconds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

onPipeline("what a live device has just sent can be read", async (pipeline) => {
  let most = 0;
  const done = await run(pipeline, {
    source: sourceOf({ isContent: false }),
    speed: 40,
    between: async (request, send) => {
      const count = (await recordsOf(request))?.chunks.length ?? 0;
      const answer = await send(request);
      if (count > 0) most = Math.max(most, (await readStored(pipeline, SECONDS)).length);
      return answer;
    },
  });
  strictEqual(done.chunksStored, SECONDS);
  strictEqual(most, SECONDS);
  await checkStored(pipeline);
});

onPipeline("an encoder sees what comes of a file, and of nothing else", async (pipeline) => {
  for (const [isContent, blocks] of [[true, [60, 60, 10]], [false, [5]]] as const) {
    const seconds = blocks.reduce((sum: number, block) => sum + block, 0);
    const seen: string[] = [];
    await run(pipeline, {
      source: sourceOf({ isContent, seconds }),
      createEncoder: (options) => {
        const encoder = createEncoder(options);
        return {
          lookAhead: () => void seen.push("look"),
          encode: (samples, count) => {
            seen.push("encode");
            return encoder.encode(samples, count);
          },
        };
      },
    });
    const times = (what: string, count: number) => new Array<string>(count).fill(what);
    deepStrictEqual(
      seen,
      blocks.flatMap((n) => [...times("look", isContent ? n : 0), ...times("encode", n)]),
    );
  }
});

onPipeline("a chunk that is coded anew is the chunk that is there", async (pipeline) => {
  await run(pipeline);
  const again = await run(pipeline, {
    // Other sets, from another encoder.
    createEncoder: ({ channelCount }) => createEncoder({ channelCount, seed: 100 }),
    between: async (request, send) => {
      const answer = await send(request);
      if (!request.url.endsWith("/state")) return answer;
      // As if nothing were known to be stored.
      const state = await answer.json();
      for (const stream of state.streams) {
        Object.assign(stream, { "high_water": 0, "high_water_digest": null, "chunk_count": 0 });
      }
      return Response.json(state);
    },
  });
  deepStrictEqual([again.chunksStored, again.chunksRepeated], [0, SECONDS]);
});
