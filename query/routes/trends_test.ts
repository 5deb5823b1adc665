import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseSeconds, sampleRate } from "@wavekeep/core/time";
import { decodeTrends, type TrendsAnswer } from "@wavekeep/core/trend";
import { TRENDS_MEDIA_TYPE, TrendsJson } from "@wavekeep/core/wire";
import { type MemoryQuery, memoryQuery } from "../testing/memory_query.ts";
import type { MadeRecording } from "../testing/sealed_recording.ts";
import { addTrends } from "../trend/testing/add_trends.ts";

const SECONDS = 1500;
const PAIR = [{ label: "C3-P3" }, { label: "C4-P4" }];

/** Constant samples: chunks are small, and nothing here looks at them. */
function recordingOf(sequences: readonly number[], more: Partial<MadeRecording> = {}) {
  const stream = { rate: sampleRate(100), channels: PAIR, sequences, value: () => 0 };
  return { segments: [{ start: "100", streams: [stream] }], ...more };
}

const ALL = Array.from({ length: SECONDS }, (_, sequence) => sequence);

async function ask(
  { get }: MemoryQuery,
  { start, end, columns }: { start: string; end: string; columns: number },
  headers: Record<string, string> = {},
): Promise<{ answer: TrendsAnswer; response: Response }> {
  const path = `/trends?patient_id=p1&recording_id=r1&start=${start}&end=${end}&columns=${columns}`;
  const response = await get(path, { headers: { accept: TRENDS_MEDIA_TYPE, ...headers } });
  strictEqual(response.status, 200, response.ok ? "" : await response.text());
  strictEqual(response.headers.get("cache-control"), "private, no-store");
  strictEqual(response.headers.get("content-type"), TRENDS_MEDIA_TYPE);
  return { answer: decodeTrends(new Uint8Array(await response.arrayBuffer())), response };
}

async function made(
  sequences: readonly number[] = ALL,
  options: Parameters<typeof addTrends>[3] = {},
): Promise<MemoryQuery> {
  const query = await memoryQuery();
  const rows = await query.add(recordingOf(sequences));
  await addTrends(query.trends, rows, query.keys, options);
  return query;
}

const near = (actual: number | undefined, expected: number) =>
  ok(
    Math.abs(actual! - expected) < 1e-6 * Math.max(1, Math.abs(expected)),
    `${actual} ${expected}`,
  );

Deno.test("GET /trends has a column for each epoch, and says what each is", async () => {
  const { answer, response } = await ask(await made(), { start: "100", end: "1600", columns: 150 });
  ok(response.headers.get("etag"));
  const { streams: [stream], complete, panels } = answer;
  deepStrictEqual([answer.column_seconds, complete], [10, true]);
  deepStrictEqual([stream!.first_column, stream!.column_count], [0, 150]);
  strictEqual(parseSeconds(stream!.computed_until).numerator, 1600n);
  deepStrictEqual(stream!.sides.left, {
    derivations: [{ name: "C3-P3", path: "(C3-P3)" }],
    aeeg: { name: "C3-P3", path: "(C3-P3)" },
  });
  strictEqual(stream!.left_out.length, 14);
  const { arrays } = stream!;
  for (let epoch = 0; epoch < 150; epoch++) {
    strictEqual(arrays["spectrum_left"]![60 * epoch + 59], (epoch % 7) * 1000);
    near(arrays["assessable_right"]![epoch], 1 - epoch % 10 / 10);
    near(arrays["not_assessable_right"]![epoch], epoch % 10 / 10);
    near(arrays["aeeg_upper_left"]![epoch], 2 * epoch);
    near(arrays["bands_left"]![5 * epoch], 3 * 10 ** (epoch % 7));
    near(arrays["alpha_delta_left"]![epoch], 5 / 3);
    deepStrictEqual([arrays["missing"]![epoch], arrays["not_computed"]![epoch]], [0, 0]);
    strictEqual(arrays["suppression_left"]![epoch], 25);
    strictEqual(arrays["asymmetry_relative"]![epoch], 0.25);
  }
  for (const panel of panels) {
    for (const name of panel.arrays) ok(name in arrays, `${panel.id} is drawn from ${name}`);
    ok(panel.unit && panel.derivation && panel.window && panel.method && panel.algorithm);
    strictEqual(panel.version, answer.algorithm);
  }
});

Deno.test("GET /trends says the same from every level", async () => {
  const fine = await ask(await made(ALL, { levels: [0] }), {
    start: "0",
    end: "1700",
    columns: 20,
  });
  strictEqual(fine.response.headers.get("etag"), null, "a coarser level may still come");
  strictEqual(fine.answer.complete, true);
  const coarse = await ask(await made(), { start: "0", end: "1700", columns: 20 });
  deepStrictEqual([coarse.answer.column_seconds, fine.answer.column_seconds], [160, 160]);
  const [a, b] = [fine, coarse].map(({ answer }) => answer.streams[0]!);
  for (const [name, values] of Object.entries(a!.arrays)) {
    for (const [at, value] of values.entries()) {
      const other = b!.arrays[name]![at]!;
      const isNear = Object.is(value, other) ||
        Math.abs(value - other) <= (values instanceof Int16Array ? 1 : 2e-3 * Math.abs(value));
      ok(isNear, `${name} ${at}: ${value} ${other}`);
    }
  }
});

Deno.test("GET /trends: a window that is moved has the same columns", async () => {
  const query = await made();
  const first = (await ask(query, { start: "100", end: "900", columns: 10 })).answer.streams[0]!;
  const moved = (await ask(query, { start: "333.3", end: "1133.3", columns: 10 })).answer
    .streams[0]!;
  strictEqual(moved.first_column, 2);
  for (const [name, values] of Object.entries(first.arrays)) {
    const width = values.length / first.column_count;
    deepStrictEqual(
      moved.arrays[name]!.subarray(0, 8 * width),
      values.subarray(2 * width, 10 * width),
      name,
    );
  }
});

Deno.test("GET /trends: holes are missing, new chunks not computed, neither is zero", async () => {
  const holes = ALL.filter((sequence) => sequence < 200 || sequence >= 250);
  const query = await made(holes, { isComputed: (epoch) => epoch < 100 });
  const { answer, response } = await ask(query, { start: "100", end: "1600", columns: 150 });
  const { arrays, computed_until: until } = answer.streams[0]!;
  deepStrictEqual([answer.complete, until], [false, "1100"]);
  strictEqual(response.headers.get("etag"), null);
  ok(answer.gaps.length > 0);
  for (
    const [epoch, missing, notComputed] of [[19, 0, 0], [20, 1, 0], [24, 1, 0], [25, 0, 0], [
      100,
      0,
      1,
    ]] as const
  ) {
    deepStrictEqual(
      [arrays["missing"]![epoch], arrays["not_computed"]![epoch]],
      [missing, notComputed],
    );
    const isThere = missing + notComputed === 0;
    strictEqual(Number.isNaN(arrays["aeeg_lower_left"]![epoch]), !isThere);
    strictEqual(Number.isNaN(arrays["suppression_left"]![epoch]), !isThere);
    strictEqual(arrays["spectrum_left"]![epoch * 60] === -0x8000, !isThere);
  }
});

Deno.test("GET /trends as JSON says what the binary answer says", async () => {
  const query = await made(ALL, { isComputed: (epoch) => epoch !== 3 });
  const window = { start: "100", end: "1600", columns: 150 };
  const { answer } = await ask(query, window);
  const response = await query.get(
    "/trends?patient_id=p1&recording_id=r1&start=100&end=1600&columns=150",
  );
  const json = TrendsJson.parse(await response.json());
  const [binary] = answer.streams;
  const arrays = Object.fromEntries(
    Object.entries(binary!.arrays).map(([name, values]) => [
      name,
      Array.from(values, (value) => Number.isNaN(value) || value === -0x8000 ? null : value),
    ]),
  );
  deepStrictEqual(json, {
    ...answer,
    "as_of": json.as_of,
    streams: [{ ...binary, arrays }],
  });
});

Deno.test("GET /trends: a tag holds until something comes", async () => {
  const query = await memoryQuery();
  const rows = await query.add(recordingOf(ALL));
  await addTrends(query.trends, rows, query.keys);
  const path = "/trends?patient_id=p1&recording_id=r1&start=100&end=1600&columns=150";
  const first = await query.get(path);
  const etag = first.headers.get("etag")!;
  const again = await query.get(path, { headers: { "if-none-match": etag } });
  deepStrictEqual([again.status, again.headers.get("etag")], [304, etag]);
  strictEqual(await (await query.get(path)).text(), await first.text());
  rows.chunks.pop();
  const changed = await query.get(path, { headers: { "if-none-match": etag } });
  strictEqual(changed.status, 200);
  notStrictEqual(changed.headers.get("etag"), etag);
});

Deno.test("GET /trends leaves a damaged block out and tells the log", async () => {
  const query = await made();
  query.trends.rows.find(({ level }) => level === 0)!.body = Uint8Array.of(1, 2, 3);
  const { answer } = await ask(query, { start: "100", end: "1600", columns: 150 });
  deepStrictEqual([answer.complete, answer.streams[0]!.computed_until], [false, "100"]);
  ok(query.log.some((line) => line.includes("stored trend damaged")));
});

Deno.test("GET /trends: what cannot be had is said", async () => {
  const query = await memoryQuery({
    segments: [{
      streams: [
        { rate: sampleRate(64), channels: [{ label: "SpO2", type: "saturation" }], sequences: [0] },
        { rate: sampleRate(32), channels: PAIR, sequences: [0] },
        { rate: sampleRate(1_000_000), channels: PAIR, sequences: [[0, 1]] },
        { rate: sampleRate(154), channels: PAIR, sequences: [0] },
        { rate: sampleRate(1001, 10), channels: PAIR, sequences: [0] },
        { rate: sampleRate(100), channels: [{ label: "EEG X1" }], sequences: [0] },
      ],
    }],
  });
  const { answer } = await ask(query, { start: "0", end: "10", columns: 5 });
  deepStrictEqual(answer.streams, []);
  deepStrictEqual(answer.unavailable.map(({ reason }) => reason), [
    "no calibrated EEG channel",
    "32 samples a second are fewer than 100",
    "1000000 samples a second are more than 65536",
    "154 samples a second have another factor than 2, 3 and 5",
    "100.1000 samples a second are not a whole number",
    "no derivation of the longitudinal montage: no usable channel has Fp1",
  ]);
});

Deno.test("GET /trends holds no more columns than it says, over all streams", async () => {
  const stream = { rate: sampleRate(100), channels: PAIR, sequences: [39_999], value: () => 0 };
  const query = await memoryQuery({
    segments: Array.from({ length: 11 }, () => ({ start: "0", streams: [stream] })),
  });
  const path = "/trends?patient_id=p1&recording_id=r1&start=0&end=40000&columns=";
  const refused = await query.get(`${path}4000`);
  strictEqual(refused.status, 422);
  const { type, asked_columns: asked, errors } = await refused.json();
  ok(type.endsWith("/window-too-large"));
  deepStrictEqual([asked, errors[0].pointer], [44_000, "/query/columns"]);
  strictEqual((await query.get(`${path}400`)).status, 200);
});

Deno.test("GET /trends of an erased patient has nothing but the gap", async () => {
  const query = await made();
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  const { answer } = await ask(query, { start: "100", end: "1600", columns: 150 });
  deepStrictEqual([answer.streams, answer.unavailable], [[], []]);
  ok(answer.gaps.length > 0);
});

Deno.test("GET /trends wants the rights that samples want", async () => {
  const { get } = await made();
  const path = "/trends?patient_id=p1&recording_id=r1&start=100&end=1600&columns=150";
  strictEqual((await get(path, { token: "nobody" })).status, 401);
  strictEqual((await get(path, { token: "device.1" })).status, 403);
  strictEqual((await get(path, { token: "clinician.2" })).status, 404);
  strictEqual((await get(path.replace("columns=150", "columns=0"))).status, 422);
  strictEqual((await get(path.replace("end=1600", "end=100"))).status, 422);
  strictEqual((await get(path, { headers: { accept: "image/png" } })).status, 406);
});
