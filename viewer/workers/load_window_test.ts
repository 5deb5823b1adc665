import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import { encodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { ChunkStore } from "../signal/chunk_store.ts";
import { RECORDED_VIEW } from "../signal/page_view.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import {
  CROSS_CHANNELS,
  type CrossChannelChunk,
  crossChannelChunks,
  someSet,
} from "../testing/cross_channel_chunks.ts";
import { loadWindow, WindowError } from "./load_window.ts";
import { SetStore } from "./set_store.ts";

const SEGMENT = new Uint8Array(16).fill(9);
const SECONDS = 4;
const OTHER_SET = encodeParameterSetRecord(someSet(2).bytes);

function modelOf(): RecordingModel {
  const id = formatHex(SEGMENT);
  const rate = { samples: "256", seconds: "1" };
  const channels = Array.from(
    { length: CROSS_CHANNELS },
    (_, row) => ({ row, calibration: null }),
  );
  const streams = [{ stream: 0, rate, endSample: SECONDS * 256, channels }];
  const segments = [{ id, number: 0, start: "0", end: SECONDS, clock: "unknown", streams }];
  return { patientId: "p 1", recordingId: "r1", rows: [], segments } as unknown as RecordingModel;
}

/** A query that holds these chunks and their sets; `refuse` may answer for it. */
function queryOf(
  chunks: readonly CrossChannelChunk[],
  refuse: (path: string) => number | undefined,
) {
  const asked: string[] = [];
  const records = new Map(
    chunks.map(({ set: { bytes } }) => [
      formatHex(parameterSetDigest(bytes, nodeSha256)),
      encodeParameterSetRecord(bytes),
    ]),
  );
  const answer = (path: string): Response => {
    asked.push(path);
    const status = refuse(path);
    if (status !== undefined) return Response.json({ title: "refused" }, { status });
    const url = new URL(path, "http://viewer");
    if (!url.pathname.endsWith("/eeg")) {
      const record = records.get(url.pathname.split("/").at(-1)!);
      return record === undefined
        ? Response.json({ title: "No such parameter set" }, { status: 404 })
        : new Response(record);
    }
    const [start, end] = ["start", "end"].map((name) => Number(url.searchParams.get(name)));
    const wanted = chunks.slice(start, Math.ceil(end!)).map(({ bytes }) => bytes);
    const sets = url.searchParams.get("parameter_sets") === "inline" ? [...records.values()] : [];
    return new Response(concatBytes(...sets, ...wanted));
  };
  return {
    asked,
    records,
    fetch: ((path: string) => Promise.resolve(answer(path))) as unknown as typeof fetch,
  };
}

function setUp(
  chunks = crossChannelChunks(someSet(1), { segmentId: SEGMENT, count: SECONDS }),
  refuse: (path: string) => number | undefined = () => undefined,
) {
  const query = queryOf(chunks, refuse);
  const store = new ChunkStore({ bytesMax: 1 << 24 });
  const sets = new SetStore({ bytesMax: 1 << 20 });
  const options = {
    store,
    sets,
    model: modelOf(),
    revision: 1,
    signal: new AbortController().signal,
    fetch: query.fetch,
    view: RECORDED_VIEW,
  };
  const load = (start: number, seconds: number) => loadWindow(start, seconds, options);
  const keyOf = (sequence: number) => ({ segmentId: formatHex(SEGMENT), stream: 0, sequence });
  return { query, chunks, store, sets, load, keyOf, options };
}

const isEeg = (path: string) => path.startsWith("/api/query/eeg?");

Deno.test("loadWindow() decodes chunks across channels, with the sets of the first answer", async () => {
  const { query, chunks, store, load, keyOf } = setUp();
  await load(0, 1.5);
  await load(1.5, 2.5);
  for (const [sequence, { samples }] of chunks.entries()) {
    deepStrictEqual(store.get(keyOf(sequence))?.samples, samples, `chunk ${sequence}`);
  }
  ok(query.asked.every(isEeg), "no set was asked for by name");
  ok(query.asked[0]!.includes("parameter_sets=inline"));
  ok(query.asked.slice(1).every((path) => path.includes("parameter_sets=omit")));
});

Deno.test("loadWindow() asks by name for a set that is new, once", async () => {
  const { query, sets, load, store, keyOf, chunks } = setUp();
  sets.put(OTHER_SET);
  await load(0, 4);
  deepStrictEqual(store.get(keyOf(3))?.samples, chunks[3]!.samples);
  const names = query.asked.filter((path) => !isEeg(path));
  deepStrictEqual(
    names,
    [...query.records.keys()].map((digest) =>
      `/api/query/patients/p%201/recordings/r1/parameter-sets/${digest}`
    ),
  );
});

Deno.test("loadWindow() shows chunks as damaged whose set is lost or not what its name says", async () => {
  for (const status of [404, 500]) {
    const { load, sets, store, keyOf } = setUp(
      undefined,
      (path) => isEeg(path) ? undefined : status,
    );
    sets.put(OTHER_SET);
    await load(0, 4);
    strictEqual(store.state(keyOf(0), 1), "damaged");
    strictEqual(store.get(keyOf(0)), undefined);
  }
  const { query, load, sets, store, keyOf } = setUp();
  sets.put(OTHER_SET);
  for (const digest of query.records.keys()) query.records.set(digest, OTHER_SET);
  await load(0, 4);
  strictEqual(store.state(keyOf(0), 1), "damaged");
});

Deno.test("loadWindow() fails when query is away, and remembers nothing of it", async () => {
  let isAway = true;
  const { load, sets, store, keyOf } = setUp(
    undefined,
    (path) => isAway && !isEeg(path) ? 503 : undefined,
  );
  sets.put(OTHER_SET);
  await rejects(
    load(0, 4),
    (error: unknown) => error instanceof WindowError && error.status === 503,
  );
  strictEqual(store.state(keyOf(0), 1), "unknown");
  isAway = false;
  await load(0, 4);
  strictEqual(store.state(keyOf(0), 1), "present");
});
