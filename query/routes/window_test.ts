import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import { toPhysical } from "@wavekeep/core/calibration";
import {
  decodeParameterSetRecord,
  parameterSetDigest,
  readChunkHeader,
  splitRecords,
} from "@wavekeep/core/chunk";
import { nodeSha256, seal } from "@wavekeep/core/crypto";
import { sampleRate } from "@wavekeep/core/time";
import {
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  WindowColumns,
  WindowJson,
} from "@wavekeep/core/wire";
import { chunksOf, decodeRecords } from "../../core/testing/decode_records.ts";
import { crossChannelStream } from "../testing/cross_channel_stream.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { type MadeRecording, sampleValue } from "../testing/sealed_recording.ts";

const EEG = "/eeg?patient_id=p1&recording_id=r1";
const whole = { segments: [{ streams: [{ sequences: [0, 1, 2, 3] }] }] };
const gap = { segments: [{ streams: [{ sequences: [0, 2] }] }] };

async function checkProblem(
  path: string,
  expected: { slug: string; status: number; pointer?: string },
  recording: MadeRecording = whole,
): Promise<Record<string, unknown>> {
  const { get } = await memoryQuery(recording);
  const response = await get(path);
  const body = await response.json();
  strictEqual(body.type, `https://wavekeep.example/problems/${expected.slug}`);
  strictEqual(response.status, expected.status);
  strictEqual(response.headers.get("content-type"), "application/problem+json");
  if (expected.pointer !== undefined) strictEqual(body.errors[0].pointer, expected.pointer);
  return body;
}

Deno.test("GET /eeg answers the plan's shape in physical units", async () => {
  const { get } = await memoryQuery(whole);
  const response = await get(`${EEG}&start=0.5&end=1.25`);
  strictEqual(response.status, 200);
  const body = WindowJson.parse(await response.json());
  const gain = 1600 / 4095;
  deepStrictEqual(
    body.channels["C0"]!.map(({ timestamp }) => timestamp),
    [0.5, 0.75, 1],
  );
  body.channels["C0"]!.forEach(({ value }, index) => {
    ok(Math.abs(value! - ((sampleValue(0, 2 + index) + 2048) * gain - 800)) < 1e-9);
  });
  deepStrictEqual(body.gaps, []);
  deepStrictEqual(body.units, { C0: "uV" });
  deepStrictEqual(body.coordinate, {
    kind: "seconds",
    origin: "recording-start",
    started_at: { civil: "2076-11-06T13:43:04", zone: null },
    start: "0.5",
    end: "1.25",
  });
});

Deno.test("GET /eeg names repeated labels in file order, whatever stream they are in", async () => {
  const { get } = await memoryQuery({
    segments: [{
      streams: [
        {
          sequences: [0],
          channels: [{ label: "T8-P8", position: 0 }, { label: "T8-P8", position: 2 }],
        },
        {
          sequences: [0],
          rate: sampleRate(1),
          channels: [{ label: "Temp", position: 1, unit: "DegC" }],
        },
      ],
    }],
  });
  const body = await (await get(`${EEG}&start=0&end=1`)).json();
  deepStrictEqual(Object.keys(body.channels), ["T8-P8", "Temp", "T8-P8#2"]);
  deepStrictEqual(body.units, { "T8-P8": "uV", "Temp": "DegC", "T8-P8#2": "uV" });
  const one = await (await get(`${EEG}&start=0&end=1&channels=T8-P8%232,@1`)).json();
  deepStrictEqual(Object.keys(one.channels), ["Temp", "T8-P8#2"]);
});

Deno.test("GET /eeg says what is missing and puts nothing in its place", async () => {
  const { get } = await memoryQuery(gap);
  const body = await (await get(`${EEG}&start=0&end=10`)).json();
  deepStrictEqual(body.gaps.map((hole: { kind: string; start: string; end: string }) => hole), [{
    kind: "pending",
    start: "1",
    end: "2",
    uncertainty: "0",
    segment_id: body.gaps[0].segment_id,
    stream: 0,
    reason: null,
  }]);
  const times = body.channels["C0"].map(({ timestamp }: { timestamp: number }) => timestamp);
  deepStrictEqual(times, [0, 0.25, 0.5, 0.75, 2, 2.25, 2.5, 2.75]);
});

Deno.test("GET /eeg scales each sample by its own channel, in the stated range and beyond", async () => {
  const narrow = { digitalMin: 2, digitalMax: 5, physicalMin: "0", physicalMax: "3" };
  const wide = { digitalMin: -8388608, digitalMax: 8388607, physicalMin: "-1", physicalMax: "1" };
  const calibrations = [narrow, { ...narrow, physicalMax: "30" }, narrow, wide];
  const values = [2, 5, 3, 3, 1, 6, -7, 2];
  const { get } = await memoryQuery({
    segments: [{
      streams: [{
        sequences: [0, 1],
        channels: calibrations.map((calibration) => ({ calibration })),
        value: (row, index) => row === 2 ? -values[index]! : values[index]!,
      }],
    }],
  });
  const { channels } = await (await get(`${EEG}&start=0&end=2`)).json();
  calibrations.forEach((calibration, row) => {
    const digital = values.map((value) => row === 2 ? -value : value);
    deepStrictEqual(
      channels[`C${row}`].map(({ value }: { value: number }) => value),
      [...toPhysical(digital, calibration)].map((value) => value),
    );
  });
});

Deno.test("GET /eeg gives null where a channel has no usable calibration", async () => {
  const calibration = { digitalMin: 5, digitalMax: 5, physicalMin: "0", physicalMax: "1" };
  const { get } = await memoryQuery({
    segments: [{
      streams: [{ sequences: [0], channels: [{ calibration }, { calibration: null }] }],
    }],
  });
  const body = await (await get(`${EEG}&start=0&end=0.25`)).json();
  deepStrictEqual(body.channels, {
    C0: [{ timestamp: 0, value: null }],
    C1: [{ timestamp: 0, value: null }],
  });
});

Deno.test("GET /eeg gives float samples as they are, and null for what JSON has not", async () => {
  const values = [1.5, NaN, -Infinity, 1e-300];
  const { get } = await memoryQuery({
    segments: [{ streams: [{ sequences: [0], kind: "binary64", value: (_, i) => values[i]! }] }],
  });
  const json = WindowJson.parse(await (await get(`${EEG}&start=0&end=1`)).json());
  deepStrictEqual(json.channels["C0"]!.map(({ value }) => value), [1.5, null, null, 1e-300]);
  const accept = { accept: COLUMNS_MEDIA_TYPE };
  const answer = await get(`${EEG}&start=0&end=1`, { headers: accept });
  const columns = WindowColumns.parse(await answer.json());
  deepStrictEqual(columns.runs[0]!.columns["C0"], [1.5, null, null, 1e-300]);
});

Deno.test("GET /eeg answers columns of digital integers, run by run", async () => {
  const { get } = await memoryQuery(gap);
  const response = await get(`${EEG}&start=0.5&end=2.5`, {
    headers: { accept: COLUMNS_MEDIA_TYPE },
  });
  strictEqual(response.headers.get("content-type"), COLUMNS_MEDIA_TYPE);
  const body = WindowColumns.parse(await response.json());
  deepStrictEqual(
    body.runs.map((run) => [run.first_sample, run.sample_count, run.start_seconds, run.columns]),
    [
      [2, 2, "0.5", { C0: [2, 3] }],
      [8, 2, "2", { C0: [8, 9] }],
    ],
  );
  strictEqual(body.channels[0]?.name, "C0");
  strictEqual(body.runs[0]?.channels["C0"]?.calibration?.physicalMax, "800");
});

Deno.test("GET /eeg answers stored chunks as they were sent, oldest first", async () => {
  const { get } = await memoryQuery(gap);
  const response = await get(`${EEG}&start=0.5&end=2.5`, {
    headers: { accept: CHUNKS_MEDIA_TYPE },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const decoded = [...decodeRecords(bytes)];
  deepStrictEqual(decoded.map(({ header }) => header.sequence), [0, 2]);
  deepStrictEqual([...decoded[1]!.samples], [8, 9, 10, 11]);
});

Deno.test("GET /eeg takes clock times and sample indexes", async () => {
  const { get } = await memoryQuery({
    segments: [{
      start: "10",
      streams: [{ sequences: [0, 1] }, { sequences: [0], rate: sampleRate(1) }],
    }],
  });
  const clock = await (await get(
    `${EEG}&coordinate=clock&start=2076-11-06T13:43:14&end=2076-11-06T13:43:14.5`,
  )).json();
  deepStrictEqual([clock.coordinate.start, clock.coordinate.end], ["10", "10.5"]);
  strictEqual(clock.channels["C0"].length, 2);
  const list = await (await get("/patients/p1/recordings/r1")).json();
  const segment = list.segments[0].segment_id;
  const samples = await (await get(
    `${EEG}&coordinate=sample&segment_id=${segment}&stream=0&start=3&end=6`,
  )).json();
  deepStrictEqual(Object.keys(samples.channels), ["C0"]);
  deepStrictEqual(
    samples.channels["C0"].map(({ timestamp }: { timestamp: number }) => timestamp),
    [10.75, 11, 11.25],
  );
});

Deno.test("GET /eeg refuses windows that cannot be meant, and says where", async () => {
  const invalid = (pointer: string) => ({ slug: "window-invalid", status: 422, pointer });
  await checkProblem(`${EEG}&start=2&end=2`, invalid("/query/end"));
  await checkProblem(`${EEG}&start=2&end=1`, invalid("/query/end"));
  await checkProblem(`${EEG}&start=x&end=1`, invalid("/query/start"));
  await checkProblem(`${EEG}&start=0&end=1e3`, invalid("/query/end"));
  await checkProblem(`${EEG}&start=NaN&end=1`, invalid("/query/start"));
  await checkProblem(`${EEG}&coordinate=sample&start=0&end=1`, invalid("/query/segment_id"));
  await checkProblem(
    `${EEG}&coordinate=clock&start=2076-02-30T00:00:00&end=1`,
    invalid("/query/start"),
  );
  await checkProblem(
    `${EEG}&coordinate=clock&start=2076-11-06T13:43:04&end=2076-11-06T13:43:05`,
    invalid("/query/coordinate"),
    { ...whole, startedAt: null },
  );
  await checkProblem(`${EEG}&start=0&end=${"9".repeat(30)}`, {
    slug: "window-invalid",
    status: 422,
  });
});

Deno.test("GET /eeg refuses ten million samples and says how many were asked", async () => {
  const body = await checkProblem(`${EEG}&start=0&end=2500000`, {
    slug: "window-too-large",
    status: 422,
  });
  strictEqual(body.asked_samples, 10_000_000);
  strictEqual(body.limit_samples, 4_000_000);
});

Deno.test("GET /eeg refuses unknown channels, recordings and parameters", async () => {
  await checkProblem(`${EEG}&start=0&end=1&channels=C0,Cz`, {
    slug: "channel-not-found",
    status: 422,
    pointer: "/query/channels",
  });
  await checkProblem(`/eeg?patient_id=p1&recording_id=nope&start=0&end=1`, {
    slug: "recording-not-found",
    status: 404,
  });
  await checkProblem(`/eeg?patient_id=p%201&recording_id=r1&end=1`, {
    slug: "validation",
    status: 422,
    pointer: "/query/patient_id",
  });
});

Deno.test("GET /eeg gives 406 for what it cannot make", async () => {
  const { get } = await memoryQuery(whole);
  const response = await get(`${EEG}&start=0&end=1`, { headers: { accept: "text/csv" } });
  strictEqual(response.status, 406);
});

Deno.test("GET /eeg has a strong tag that stands for its bytes, and answers 304", async () => {
  const query = await memoryQuery(whole);
  const path = `${EEG}&start=0&end=1`;
  const first = await query.get(path);
  const etag = first.headers.get("etag")!;
  ok(/^"[^"]+"$/.test(etag));
  strictEqual(first.headers.get("cache-control"), "private, no-store");
  strictEqual(first.headers.get("vary"), "Accept");
  query.store.asOf = "2026-11-21T01:00:00.000000Z";
  const again = await query.get(path);
  strictEqual(again.headers.get("etag"), etag);
  deepStrictEqual(await again.text(), await first.text());
  const read = query.store.bodiesRead;
  const unchanged = await query.get(path, { headers: { "if-none-match": etag } });
  strictEqual(unchanged.status, 304);
  strictEqual(unchanged.headers.get("etag"), etag);
  strictEqual(query.store.bodiesRead, read, "a conditional request reads no body");
  const columns = await query.get(path, { headers: { accept: COLUMNS_MEDIA_TYPE } });
  ok(columns.headers.get("etag") !== etag);
  await columns.body?.cancel();
});

Deno.test("GET /eeg never gives a damaged chunk: JSON is a problem, chunks break off", async () => {
  for (const accept of ["application/json", COLUMNS_MEDIA_TYPE, CHUNKS_MEDIA_TYPE]) {
    const query = await memoryQuery(whole);
    const { chunks } = query.store.recordings[0]!;
    const damaged = chunks[0]!.body.slice();
    damaged[damaged.length >> 1]! ^= 1;
    chunks[0] = { ...chunks[0]!, body: damaged };
    const response = await query.get(`${EEG}&start=0&end=4`, { headers: { accept } });
    strictEqual(response.status, 500);
    const body = await response.json();
    strictEqual(body.type, "https://wavekeep.example/problems/integrity-failed");
    deepStrictEqual([body.failed, body.stream, body.sequence], ["seal", 0, 0]);
    const { recordingId } = query.store.recordings[0]!.recording;
    ok(!JSON.stringify(body).includes(recordingId), "the server's id stays inside");
    ok(
      query.log.some((line) =>
        line.includes(`stored chunk 0 of stream 0`) && line.includes(recordingId)
      ),
    );
  }
});

Deno.test("GET /eeg finds a chunk that was sealed in another one's place", async () => {
  const query = await memoryQuery(whole);
  const { chunks } = query.store.recordings[0]!;
  chunks[1] = { ...chunks[1]!, body: chunks[2]!.body };
  const response = await query.get(`${EEG}&start=0&end=4`);
  strictEqual((await response.json()).failed, "seal");
});

Deno.test("GET /eeg finds a swapped digest column", async () => {
  const query = await memoryQuery(whole);
  const { chunks } = query.store.recordings[0]!;
  chunks[1] = { ...chunks[1]!, chunkDigest: chunks[2]!.chunkDigest };
  strictEqual((await (await query.get(`${EEG}&start=0&end=4`)).json()).failed, "chunk-digest");
  chunks[1] = { ...chunks[1]!, storedDigest: chunks[2]!.storedDigest };
  strictEqual((await (await query.get(`${EEG}&start=0&end=4`)).json()).failed, "stored-digest");
});

Deno.test("GET /eeg breaks a chunk answer off at a chunk that went bad in the middle", async () => {
  const sequences = Array.from({ length: 300 }, (_, k) => k);
  const channels = Array.from({ length: 40 }, () => ({}));
  const query = await memoryQuery({
    segments: [{
      streams: [{ sequences, channels, value: (row, i) => (row * 7919 + i * 104_729) % 30_011 }],
    }],
  });
  const { chunks } = query.store.recordings[0]!;
  chunks[250] = { ...chunks[250]!, body: seal(new Uint8Array(32), "elsewhere", Uint8Array.of(1)) };
  const response = await query.get(`${EEG}&start=0&end=300`, {
    headers: { accept: CHUNKS_MEDIA_TYPE },
  });
  strictEqual(response.status, 200);
  let failure: unknown;
  await response.arrayBuffer().catch((error) => failure = error);
  ok(failure instanceof Error, "the body does not end as if it were whole");
  ok(query.log.some((line) => line.includes("chunk answer broken off")));
});

Deno.test("GET /eeg tells an erased patient's holes, and gives no sample", async () => {
  const query = await memoryQuery(gap);
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  const response = await query.get(`${EEG}&start=0&end=4`);
  strictEqual(response.status, 200);
  const body = WindowJson.parse(await response.json());
  deepStrictEqual(body.channels, {});
  deepStrictEqual(body.coordinate.started_at, null);
  deepStrictEqual(
    body.gaps.map(({ kind, start, end }) => `${kind} ${start}-${end}`),
    ["erased 0-1", "pending 1-2", "erased 2-3"],
  );
});

const acrossChannels = () => ({
  segments: [{ streams: [crossChannelStream([0, 1, 2, 3], { chunksPerSet: 2 })] }],
});

Deno.test("GET /eeg gives each parameter set once, before the first chunk that names it", async () => {
  const { get } = await memoryQuery({
    segments: [{
      streams: [crossChannelStream([0, 1, 3], { chunksPerSet: 2 }), {
        sequences: [0, 1],
        rate: sampleRate(1),
      }],
    }],
  });
  const accept = { headers: { accept: CHUNKS_MEDIA_TYPE } };
  const whole = await (await get(`${EEG}&start=0&end=4`, accept)).bytes();
  const known = new Set<string>();
  let sets = 0;
  for (const { kind, bytes } of splitRecords(whole)) {
    if (kind === "parameter-set") {
      sets++;
      known.add(formatHex(parameterSetDigest(decodeParameterSetRecord(bytes), nodeSha256)));
      continue;
    }
    const { parameterSetDigest: digest } = readChunkHeader(bytes);
    ok(digest === null || known.has(formatHex(digest)));
  }
  deepStrictEqual([sets, known.size], [2, 2]);
  const decoded = [...decodeRecords(whole)];
  deepStrictEqual(decoded.map(({ header }) => [header.stream, header.sequence]), [
    [0, 0],
    [0, 1],
    [0, 3],
    [1, 0],
    [1, 1],
  ]);
  deepStrictEqual(decoded.map(({ header }) => header.codec), [
    ...new Array(3).fill("cross-channel"),
    ...new Array(2).fill("predictive"),
  ]);
  const bare = await (await get(`${EEG}&start=0&end=4&parameter_sets=omit`, accept)).bytes();
  deepStrictEqual(bare, concatBytes(...chunksOf(whole)));
});

Deno.test("GET /eeg decodes chunks across channels for JSON, reading each set once", async () => {
  const { get, store } = await memoryQuery(acrossChannels());
  const columns = WindowColumns.parse(
    await (await get(`${EEG}&start=0&end=4&channels=C3,C5`, {
      headers: { accept: COLUMNS_MEDIA_TYPE },
    })).json(),
  );
  const range = [...Array(16).keys()];
  deepStrictEqual(columns.runs[0]!.columns["C3"], range.map((i) => sampleValue(3, i)));
  deepStrictEqual(columns.runs[0]!.columns["C5"], range.map((i) => sampleValue(5, i)));
  strictEqual(store.setsRead, 2);
  const body = WindowJson.parse(await (await get(`${EEG}&start=0&end=1&channels=C0`)).json());
  strictEqual(body.channels["C0"]!.length, 4);
});

Deno.test("GET /eeg names a set that is lost, in every form that needs it", async () => {
  const { get, store } = await memoryQuery(acrossChannels());
  const [hex] = store.recordings[0]!.parameterSets.keys();
  store.recordings[0]!.parameterSets.clear();
  for (const accept of ["application/json", COLUMNS_MEDIA_TYPE, CHUNKS_MEDIA_TYPE]) {
    const response = await get(`${EEG}&start=0&end=4`, { headers: { accept } });
    strictEqual(response.status, 500, accept);
    const problem = await response.json();
    deepStrictEqual([problem.failed, problem.parameter_set], ["present", hex], accept);
    ok(!("sequence" in problem));
  }
  const bare = await get(`${EEG}&start=0&end=4&parameter_sets=omit`, {
    headers: { accept: CHUNKS_MEDIA_TYPE },
  });
  strictEqual([...chunksOf(await bare.bytes())].length, 4);
});
