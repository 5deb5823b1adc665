import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { gridRange } from "@wavekeep/core/chunk";
import { parseSeconds, type SampleRate, sampleRate } from "@wavekeep/core/time";
import { firstSampleAtOrAfter, formatSeconds, subtractSeconds } from "@wavekeep/core/time";
import { ENVELOPE_MEDIA_TYPE, EnvelopeJson, type EnvelopeStream } from "@wavekeep/core/wire";
import { type Prng, prng } from "../../core/testing/prng.ts";
import { addSummaries } from "../envelope/testing/add_summaries.ts";
import { planEnvelope } from "../envelope/plan_envelope.ts";
import { readEnvelope } from "../envelope/read_envelope.ts";
import { identityOf } from "../open_recording.ts";
import { type MemoryQuery, memoryQuery } from "../testing/memory_query.ts";
import type { MadeRecording, MadeStream } from "../testing/sealed_recording.ts";
import { readTimelines } from "../window/read_timelines.ts";
import { openByCodes } from "./_request.ts";

const ENVELOPE = "/envelope?patient_id=p1&recording_id=r1";

async function ask(
  { get }: MemoryQuery,
  window: { start: string; end: string; columns: number },
  channels = "",
): Promise<EnvelopeJson> {
  const { start, end, columns } = window;
  const response = await get(`${ENVELOPE}&start=${start}&end=${end}&columns=${columns}${channels}`);
  strictEqual(response.status, 200, response.ok ? "" : await response.text());
  strictEqual(response.headers.get("cache-control"), "private, no-store");
  return EnvelopeJson.parse(await response.json());
}

/** What a stream holds, sample by sample, by the words of core/summary/FORMAT.md. */
class Truth {
  readonly rate: SampleRate;
  readonly rows: number;
  readonly end: number;
  readonly #value: (row: number, index: number) => number;
  /** Chunk of each stored sample. */
  readonly #chunks: { start: number; end: number }[];

  constructor(
    { rate = sampleRate(4), kind, channels = [{}], sequences, statedEnd = 0, value }: MadeStream,
  ) {
    this.rate = rate;
    this.rows = channels.length;
    const round = kind === "binary32" ? Math.fround : (number: number) => number;
    this.#value = (row, index) => round(value!(row, index));
    this.#chunks = sequences.map((entry) => {
      const [sequence, count] = typeof entry === "number" ? [entry, undefined] : entry;
      const grid = gridRange(rate, sequence);
      return { start: grid.start, end: count === undefined ? grid.end : grid.start + count };
    });
    this.end = Math.max(statedEnd, ...this.#chunks.map(({ end }) => end), 0);
  }

  column(row: number, start: number, end: number) {
    let least = Infinity;
    let greatest = -Infinity;
    let notAssessable = 0;
    let stored = 0;
    for (const chunk of this.#chunks) {
      if (chunk.start >= end || chunk.end <= start) continue;
      const values = Array.from(
        { length: chunk.end - chunk.start },
        (_, i) => this.#value(row, chunk.start + i),
      );
      const finite = values.filter(Number.isFinite);
      const rails = [Math.min(...finite), Math.max(...finite)];
      for (const [i, value] of values.entries()) {
        const index = chunk.start + i;
        if (index < start || index >= end) continue;
        stored++;
        if (!Number.isFinite(value)) {
          notAssessable++;
          continue;
        }
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
        if (values.length < 64 || !rails.includes(value)) continue;
        let from = i, to = i;
        while (values[from - 1] === value) from--;
        while (values[to + 1] === value) to++;
        if (to - from + 1 >= Math.max(8, Math.ceil(values.length / 32))) notAssessable++;
      }
    }
    return { least, greatest, notAssessable, holes: end - start - stored };
  }
}

/** Holds an answer against the samples, column by column. */
function checkStream(
  stream: EnvelopeStream,
  truth: Truth,
  answer: EnvelopeJson,
  origin: string,
): void {
  const { bounds, first_column: first, column_count: count } = stream;
  strictEqual(bounds.length, count + 1);
  ok(first >= 0 && first + count <= answer.columns);
  const at = (text: string) =>
    Math.max(
      0,
      firstSampleAtOrAfter(truth.rate, subtractSeconds(parseSeconds(text), parseSeconds(origin))),
    );
  ok(bounds[0]! <= Math.min(at(answer.start), truth.end), "no sample of the window is left out");
  ok(bounds.at(-1)! >= Math.min(at(answer.end), truth.end), "no sample of the window is left out");
  for (let column = 0; column < count; column++) {
    const [start, end] = [bounds[column]!, bounds[column + 1]!];
    ok(start <= end && end <= truth.end);
    strictEqual(stream.not_summarised?.[column] ?? 0, 0);
    for (const [row, channel] of stream.channels.entries()) {
      const expected = truth.column(row, start, end);
      deepStrictEqual(
        {
          least: channel.least[column] ?? Infinity,
          greatest: channel.greatest[column] ?? -Infinity,
          notAssessable: channel.not_assessable?.[column] ?? 0,
          holes: stream.holes?.[column] ?? 0,
        },
        expected,
        `column ${column} of ${start} to ${end}`,
      );
    }
  }
}

const RATES = [sampleRate(1), sampleRate(4), sampleRate(64, 5), sampleRate(80), sampleRate(1, 2)];

function randomStream(random: Prng): MadeStream {
  const rate = random.pick(RATES);
  const length = random.pick([3, 70, 200, 700]);
  const sequences: (number | [number, number])[] = [];
  for (let sequence = random.below(3); sequence < length; sequence++) {
    if (random.below(40) === 0) sequence += random.below(100);
    const grid = gridRange(rate, sequence);
    const size = grid.end - grid.start;
    sequences.push(random.below(50) === 0 ? [sequence, 1 + random.below(size)] : sequence);
  }
  const kind = random.pick(["int32", "int32", "binary32", "binary64"] as const);
  const seed = random.u32() & 0xffff;
  const value = (row: number, index: number) => {
    const noise = Math.imul(index + row * 7919 + seed, 0x9e3779b1) >>> 16;
    // A rail now and then, large values, and what is not finite.
    if ((index >> 5) % 5 === row) return row === 0 ? 2047 : -2048;
    if (kind !== "int32" && noise % 50 === 0) return noise % 100 === 0 ? NaN : Infinity;
    return kind === "int32" ? (noise % 4000) - 2000 + (noise === 3 ? 100_000 : 0) : noise / 7;
  };
  const channels = [{}, { unit: random.pick(["uV", "uV", "mV"]) }];
  const statedEnd = random.below(3) === 0 ? gridRange(rate, length + 9).end : undefined;
  return {
    rate,
    kind,
    channels,
    sequences,
    value,
    ...(statedEnd === undefined ? {} : { statedEnd }),
  };
}

function randomWindow(
  random: Prng,
  seconds: number,
): { start: string; end: string; columns: number } {
  const start = random.pick([0, 0, random.below(seconds * 1000) / 1000, -5]);
  const length = random.pick([0.37, 1, 10, 100.5, seconds, seconds * 2]);
  return {
    start: formatSeconds(parseSeconds(start.toFixed(3))),
    end: formatSeconds(parseSeconds((start + length).toFixed(3))),
    columns: random.pick([1, 2, 7, 30, 100, 500]),
  };
}

Deno.test("GET /envelope is what the samples say, whatever was summarised and whatever was lost", async () => {
  const levels = new Set<number | null>();
  for (let seed = 0; seed < 20; seed++) {
    const random = prng(seed);
    const segments = Array.from({ length: 1 + random.below(2) }, (_, segment) => ({
      start: String(segment * 1500),
      streams: Array.from({ length: 1 + random.below(2) }, () => randomStream(random)),
    }));
    const query = await memoryQuery();
    const rows = await query.add({ segments });
    const share = random.pick([0, 0.5, 0.95, 1]);
    const isLive = random.below(2) === 0;
    await addSummaries(
      query.envelopes,
      rows,
      query.keys,
      ({ sequence }) => isLive ? sequence < 150 || random.real() < share : random.real() < share,
    );
    for (const row of query.envelopes.rows) {
      if (random.below(20) === 0) row.body = row.body.slice(1);
    }
    query.envelopes.rows = query.envelopes.rows.filter(() => random.below(20) > 0);
    for (let round = 0; round < 6; round++) {
      const answer = await ask(query, randomWindow(random, 800));
      strictEqual(answer.complete, true);
      for (const stream of answer.streams) {
        levels.add(stream.bucket_sequences);
        const number = rows.segments.findIndex(({ segmentId }) => segmentId === stream.segment_id);
        const { start, streams } = segments[number]!;
        checkStream(stream, new Truth(streams[stream.stream]!), answer, start);
      }
    }
  }
  deepStrictEqual([...levels].sort(), [1, 512, 64, 8, null]);
});

const LONG: MadeRecording = {
  segments: [{
    streams: [{ rate: sampleRate(4), sequences: Array.from({ length: 3000 }, (_, k) => k) }],
  }],
};

Deno.test("a long window takes few blocks and no chunk", async () => {
  const query = await memoryQuery();
  const rows = await query.add(LONG);
  await addSummaries(query.envelopes, rows, query.keys);
  const { streams: [stream], gaps } = await ask(query, { start: "0", end: "3000", columns: 100 });
  strictEqual(stream!.bucket_sequences, 8);
  strictEqual(stream!.column_count, 100);
  deepStrictEqual([stream!.holes, stream!.not_summarised, gaps], [null, null, []]);
  strictEqual(query.store.bodiesRead, 0);
});

Deno.test("both forms say the same", async () => {
  const query = await memoryQuery();
  const rows = await query.add({
    segments: [{ streams: [randomStream(prng(3)), randomStream(prng(8))] }],
  });
  await addSummaries(query.envelopes, rows, query.keys);
  for (const [end, columns] of [["2", 40], ["150", 60], ["600.5", 33]] as const) {
    const json = await ask(query, { start: "0", end, columns });
    const response = await query.get(`${ENVELOPE}&start=0&end=${end}&columns=${columns}`, {
      headers: { accept: ENVELOPE_MEDIA_TYPE },
    });
    strictEqual(response.headers.get("content-type"), ENVELOPE_MEDIA_TYPE);
    deepStrictEqual(fromBytes(new Uint8Array(await response.arrayBuffer())), json);
  }
});

/** The binary form, read as FORMAT.md has it. */
function fromBytes(bytes: Uint8Array<ArrayBuffer>): unknown {
  deepStrictEqual([...bytes.subarray(0, 4)], [0x57, 0x4b, 0x4f, 0x31]);
  const headerBytes = new DataView(bytes.buffer).getUint32(4, true);
  strictEqual((8 + headerBytes) % 8, 0);
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
  const array = ({ type, offset, length }: { type: string; offset: number; length: number }) => {
    strictEqual(offset % 8, 0);
    const Numbers = {
      int16: Int16Array,
      int32: Int32Array,
      uint32: Uint32Array,
      float64: Float64Array,
    }[type]!;
    return Array.from(new Numbers(bytes.buffer, 8 + headerBytes + offset, length));
  };
  // deno-lint-ignore no-explicit-any -- it is compared with a parsed answer
  const answer: any = JSON.parse(
    header,
    (key, value) =>
      value !== null && typeof value === "object" && "offset" in value && "type" in value &&
        key !== ""
        ? array(value)
        : value,
  );
  for (const stream of answer.streams) {
    for (const channel of stream.channels) {
      const empty = channel.least.map((least: number, column: number) =>
        Number.isNaN(least) || least > channel.greatest[column]
      );
      for (const name of ["least", "greatest"]) {
        channel[name] = channel[name].map((value: number, column: number) =>
          empty[column] ? null : value
        );
      }
    }
  }
  return answer;
}

Deno.test("what was not looked at is told, and such an answer has no tag", async () => {
  const query = await memoryQuery();
  const rows = await query.add(LONG);
  await addSummaries(query.envelopes, rows, query.keys, ({ sequence }) => sequence < 1000);
  const { recording, timelines } = await query.store.read(1, async (view) => {
    const recording = await openByCodes(view, query.deps, {
      "patient_id": "p1",
      "recording_id": "r1",
    });
    return { recording, timelines: await readTimelines(view, recording, recording.streams) };
  });
  const window = { start: parseSeconds("0"), end: parseSeconds("3000") };
  const inputs = timelines.map((timeline) => ({ timeline, channelCount: 1 }));
  const { streams: [plan] } = planEnvelope(inputs, window, 3);
  const identity = identityOf(recording, recording.streams[0]!)!;
  const read = (limit: number) =>
    readEnvelope(
      query.deps,
      recording.stored.recordingId,
      [{ plan: plan!, identity, rows: [0] }],
      limit,
    );
  const [all] = await read(8000);
  deepStrictEqual([...all!.notSummarised], [0, 0, 0]);
  const [none] = await read(100);
  strictEqual(none!.notSummarised.reduce((a, b) => a + b), 8000);
  deepStrictEqual(none!.notSummarised[0], 0);
  deepStrictEqual([none!.least[0], none!.greatest[0]], [all!.least[0], all!.greatest[0]]);
});

Deno.test("columns finer than seconds come from samples while they are few, else there are fewer columns", async () => {
  const { recording, timelines } = await (async () => {
    const query = await memoryQuery(LONG);
    return await query.store.read(1, async (view) => {
      const recording = await openByCodes(view, query.deps, {
        "patient_id": "p1",
        "recording_id": "r1",
      });
      return { recording, timelines: await readTimelines(view, recording, recording.streams) };
    });
  })();
  ok(recording.key !== undefined);
  const inputs = timelines.map((timeline) => ({ timeline, channelCount: 1 }));
  const window = { start: parseSeconds("10.5"), end: parseSeconds("20.25") };
  const fine = planEnvelope(inputs, window, 20);
  deepStrictEqual([fine.columnCount, fine.streams[0]!.level], [20, null]);
  const coarse = planEnvelope(inputs, window, 20, 10);
  deepStrictEqual([coarse.columnCount, coarse.streams[0]!.level], [9, 0]);
  deepStrictEqual(coarse.streams[0]!.sampleBounds, [40, 44, 48, 52, 56, 60, 68, 72, 76, 84]);
});

Deno.test("an answer is tagged, and a client that has it is told so until something comes", async () => {
  const query = await memoryQuery();
  const rows = await query.add(LONG);
  await addSummaries(query.envelopes, rows, query.keys);
  const last = rows.chunks.pop();
  const path = `${ENVELOPE}&start=0&end=4000&columns=10`;
  const first = await query.get(path);
  const etag = first.headers.get("etag")!;
  const text = await first.text();
  strictEqual((await query.get(path, { headers: { "if-none-match": etag } })).status, 304);
  strictEqual(await (await query.get(path)).text(), text);
  rows.chunks.push(last!);
  const later = await query.get(path, { headers: { "if-none-match": etag } });
  strictEqual(later.status, 200);
  notStrictEqual(later.headers.get("etag"), etag);
});

Deno.test("an erased patient has holes of that kind and no number", async () => {
  const query = await memoryQuery();
  const rows = await query.add(LONG);
  await addSummaries(query.envelopes, rows, query.keys);
  await query.keys.destroyPatientKey(rows.recording.patientUuid);
  const { streams: [stream], gaps } = await ask(query, { start: "0", end: "3000", columns: 10 });
  deepStrictEqual(stream!.channels, []);
  strictEqual(stream!.holes!.reduce((a, b) => a + b), 12_000);
  deepStrictEqual(gaps.map(({ kind }) => kind), ["erased"]);
});

Deno.test("an access is written down before an envelope is answered", async () => {
  const query = await memoryQuery(LONG);
  await ask(query, { start: "0", end: "10", columns: 3 });
  strictEqual(query.audit.accesses.length, 1);
});

Deno.test("GET /envelope says what is wrong with a request", async () => {
  const query = await memoryQuery(LONG);
  for (
    const [path, status, slug] of [
      [`${ENVELOPE}&start=0&end=10`, 422, "validation"],
      [`${ENVELOPE}&start=0&end=10&columns=0`, 422, "validation"],
      [`${ENVELOPE}&start=0&end=10&columns=10001`, 422, "validation"],
      [`${ENVELOPE}&start=10&end=10&columns=5`, 422, "window-invalid"],
      [`${ENVELOPE}&start=0&end=10&columns=5&channels=none`, 422, "channel-not-found"],
      [
        `/envelope?patient_id=p1&recording_id=r9&start=0&end=10&columns=5`,
        404,
        "recording-not-found",
      ],
    ] as const
  ) {
    const response = await query.get(path);
    const body = await response.json();
    strictEqual(body.type.split("/").at(-1), slug, path);
    strictEqual(response.status, status, path);
  }
  strictEqual(
    (await query.get(`${ENVELOPE}&start=0&end=1&columns=5`, { token: "device.1" })).status,
    403,
  );
});
