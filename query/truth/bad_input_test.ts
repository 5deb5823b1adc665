// What must be refused, sent over real connections to both services on a real database: a problem document
// that says what and where, no row anywhere, and a service that goes on.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc32c } from "@wavekeep/core/checksum";
import { createLogger, serve, type Serving } from "@wavekeep/core/service";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { inDatabase } from "../../core/testing/test_database.ts";
import {
  Fixture,
  JSON_CHUNK,
  OPEN_RECORDING,
  PATIENT,
  RECORDING,
  withFreshChecksum,
} from "../../ingest/testing/fixtures.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";

interface Refusal {
  readonly status: number;
  readonly slug: string;
  /** Of every member of `errors`. */
  readonly pointers?: readonly string[];
  /** Extension members that say where. */
  readonly says?: Readonly<Record<string, unknown>>;
}

interface Case extends Refusal {
  readonly name: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly path: string;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const fixture = new Fixture();
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** A chunk with one byte changed and a checksum that fits again. */
function changed(offset: number, value: number): Uint8Array<ArrayBuffer> {
  const bytes = fixture.chunk(1);
  bytes[offset] = value;
  return withFreshChecksum(bytes, crc32c);
}

function flipped(offset: number): Uint8Array<ArrayBuffer> {
  const bytes = fixture.chunk(1);
  bytes[offset]! ^= 1;
  return bytes;
}

/** A JSON chunk as text, with members replaced and raw text put in. */
function json(changes: Record<string, unknown>, from = "", to = ""): string {
  return JSON.stringify({ ...JSON_CHUNK, ...changes }).replace(from, to);
}

const eeg = (query: string) => `/eeg?patient_id=${PATIENT}&recording_id=${RECORDING}&${query}`;
const putChunk = { method: "PUT", path: fixture.path(1) } as const;
const postJson = { method: "POST", path: "/ingest" } as const;
const get = (path: string) => ({ method: "GET", path }) as const;

const CASES: readonly Case[] = [
  {
    name: "a chunk cut off in its payload",
    ...putChunk,
    body: fixture.chunk(1).slice(0, 170),
    status: 400,
    slug: "chunk-truncated",
    says: { offset: 0 },
  },
  {
    name: "a chunk cut off in its header",
    ...putChunk,
    body: fixture.chunk(1).slice(0, 31),
    status: 400,
    slug: "chunk-truncated",
    says: { offset: 0 },
  },
  { name: "no byte at all", ...putChunk, body: "", status: 400, slug: "chunk-truncated" },
  {
    name: "a chunk with something behind it",
    ...putChunk,
    body: fixture.batch(1, 2),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "a flipped bit",
    ...putChunk,
    body: flipped(165),
    status: 400,
    slug: "checksum-mismatch",
  },
  {
    name: "a body that is not its Content-Digest",
    ...putChunk,
    body: fixture.chunk(1),
    headers: { "content-digest": `sha-256=:${"A".repeat(43)}=:` },
    status: 400,
    slug: "content-digest-mismatch",
    pointers: ["/header/content-digest"],
  },
  {
    name: "samples that are not their digest",
    ...putChunk,
    body: changed(96, 0),
    status: 400,
    slug: "sample-digest-mismatch",
  },
  {
    name: "an unknown codec",
    ...putChunk,
    body: changed(5, 9),
    status: 415,
    slug: "unsupported-codec",
    says: { feature: "codec", value: 9 },
  },
  {
    name: "a later format version",
    ...putChunk,
    body: changed(4, 2),
    status: 415,
    slug: "unsupported-version",
  },
  {
    name: "something that is no chunk",
    ...putChunk,
    body: new Uint8Array(200).fill(65),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "a chunk off the grid",
    ...putChunk,
    body: fixture.chunk(1, { firstSample: 5 }),
    status: 422,
    slug: "off-grid",
    says: { "expected_first_sample": 4, "sample_count_max": 4 },
  },
  {
    name: "a chunk longer than its second",
    ...putChunk,
    body: fixture.chunk(1, { sampleCount: 5 }),
    status: 422,
    slug: "off-grid",
  },
  {
    name: "a chunk with another number of channels",
    ...putChunk,
    body: fixture.chunk(1, { channelCount: 3 }),
    status: 422,
    slug: "chunk-mismatch",
    says: { "expected_channel_count": 2, "actual_channel_count": 3 },
  },
  {
    name: "a chunk sent to another place",
    ...putChunk,
    path: fixture.path(2),
    body: fixture.chunk(1),
    status: 422,
    slug: "chunk-mismatch",
    pointers: ["/path/sequence"],
  },
  {
    name: "a chunk of a segment that nobody opened",
    method: "POST",
    path: "/ingest",
    body: new Fixture(8).chunk(0),
    headers: { "content-type": CHUNKS_MEDIA_TYPE },
    status: 409,
    slug: "segment-unknown",
  },
  {
    name: "NaN in JSON",
    ...postJson,
    body: json({}, "1.5", "NaN"),
    status: 400,
    slug: "malformed-json",
  },
  {
    name: "1e999 in JSON",
    ...postJson,
    body: json({}, "1.5", "1e999"),
    status: 422,
    slug: "validation",
    pointers: ["/body/samples/0/0"],
  },
  {
    name: "null for a sample",
    ...postJson,
    body: json({}, "-2", "null"),
    status: 422,
    slug: "validation",
    pointers: ["/body/samples/1/1"],
  },
  {
    name: "JSON that ends early",
    ...postJson,
    body: json({}).slice(0, -20),
    status: 400,
    slug: "malformed-json",
  },
  {
    name: "JSON that is not UTF-8",
    ...postJson,
    body: Uint8Array.of(0x22, 0xff, 0x22),
    status: 400,
    slug: "malformed-json",
  },
  {
    name: "a channel list that does not fit the recording",
    ...postJson,
    body: json({ start: 4, end: 5, channels: ["FP1-F7", "T8-P8", "T8-P9"] }),
    status: 422,
    slug: "channel-list-mismatch",
    pointers: ["/body/channels/2"],
  },
  {
    name: "fewer channels than the recording has",
    ...postJson,
    body: json({
      start: 4,
      end: 5,
      channels: ["FP1-F7", "T8-P8"],
      samples: [[1, 2, 3, 4], [1, 2, 3, 4]],
    }),
    status: 422,
    slug: "channel-list-mismatch",
    pointers: ["/body/channels"],
  },
  {
    name: "a JSON chunk for a recording that a device writes",
    ...postJson,
    body: json({ "recording_id": RECORDING }),
    status: 422,
    slug: "channel-list-mismatch",
    pointers: ["/body/channels/0"],
  },
  {
    name: "channels without samples",
    ...postJson,
    body: json({ channels: ["FP1-F7", "T8-P8", "T8-P8", "ECG"] }),
    status: 422,
    slug: "validation",
    pointers: ["/body/samples"],
  },
  {
    name: "channels of different lengths",
    ...postJson,
    body: json({ samples: [[1, 2, 3, 4], [1, 2, 3], [1, 2, 3, 4]] }),
    status: 422,
    slug: "validation",
    pointers: ["/body/samples/1"],
  },
  {
    name: "a start between two samples",
    ...postJson,
    body: json({ start: 4.1, end: 5.1 }),
    status: 422,
    slug: "off-grid",
    pointers: ["/body/start"],
  },
  {
    name: "a start inside a second",
    ...postJson,
    body: json({ start: 4.25, end: 5.25 }),
    status: 422,
    slug: "off-grid",
    pointers: ["/body/start"],
  },
  {
    name: "a start before the recording",
    ...postJson,
    body: json({ start: -1, end: 0 }),
    status: 422,
    slug: "off-grid",
    pointers: ["/body/start"],
  },
  {
    name: "a chunk that ends before it starts",
    ...postJson,
    body: json({ start: 4, end: 3 }),
    status: 422,
    slug: "validation",
    pointers: ["/body/end"],
  },
  {
    name: "a name for a patient",
    ...postJson,
    body: json({ "patient_id": "Jane Doe" }),
    status: 422,
    slug: "validation",
    pointers: ["/body/patient_id"],
  },
  {
    name: "a body larger than the limit",
    ...postJson,
    body: " ".repeat(BODY_BYTES_MAX + 1),
    status: 413,
    slug: "body-too-large",
    says: { "limit_bytes": BODY_BYTES_MAX },
  },
  {
    name: "10,000 brackets",
    ...postJson,
    body: "[".repeat(10_000) + "]".repeat(10_000),
    status: 422,
    slug: "validation",
    pointers: ["/body"],
  },
  {
    name: "a compressed body",
    ...postJson,
    body: json({}),
    headers: { "content-encoding": "gzip" },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    name: "XML",
    ...postJson,
    body: "<eeg/>",
    headers: { "content-type": "application/xml" },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    name: "a window that ends before it starts",
    ...get(eeg("start=2&end=1")),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/end"],
  },
  {
    name: "an empty window",
    ...get(eeg("start=2&end=2.0")),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/end"],
  },
  {
    name: "ten million samples at once",
    // Two channels at 4 Hz and one at 0.5 Hz.
    ...get(eeg("start=0&end=1200000")),
    status: 422,
    slug: "window-too-large",
    pointers: ["/query/end"],
    says: { "asked_samples": 10_200_000, "limit_samples": 4_000_000 },
  },
  {
    name: "a window longer than a number can tell",
    ...get(eeg(`start=0&end=${"9".repeat(300)}`)),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/end"],
  },
  {
    name: "a time that is none",
    ...get(eeg("start=now&end=1")),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/start"],
  },
  {
    name: "NaN for a time",
    ...get(eeg("start=0&end=NaN")),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/end"],
  },
  {
    name: "no end",
    ...get(eeg("start=0")),
    status: 422,
    slug: "validation",
    pointers: ["/query/end"],
  },
  {
    name: "a channel that is not there",
    ...get(eeg("start=0&end=1&channels=T8-P8,XYZ")),
    status: 422,
    slug: "channel-not-found",
    pointers: ["/query/channels"],
  },
  {
    name: "a coordinate that is not there",
    ...get(eeg("start=0&end=1&coordinate=ticks")),
    status: 422,
    slug: "validation",
    pointers: ["/query/coordinate"],
  },
  {
    name: "samples of a segment that is not there",
    ...get(eeg(`start=0&end=1&coordinate=sample&segment_id=${"0".repeat(32)}`)),
    status: 404,
    slug: "segment-not-found",
  },
  {
    name: "a recording that is not there",
    ...get("/eeg?patient_id=nobody&recording_id=nothing&start=0&end=1"),
    status: 404,
    slug: "recording-not-found",
  },
  {
    name: "an export that ends before it starts",
    ...get(`/patients/${PATIENT}/recordings/${RECORDING}/export.edf?start=5&end=2`),
    status: 422,
    slug: "window-invalid",
    pointers: ["/query/end"],
  },
];

/** Rows of every table, partitions in their parents. */
async function rowCounts({ database }: Pipeline): Promise<Record<string, number>> {
  return await inDatabase(database.ownerUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select relname as name from pg_class
        where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p')
          and not relispartition order by 1`,
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      // Derived, and written when there is time for it.
      if (name === "envelope" || name === "trend") continue;
      const { rows } = await client.query(`select count(*)::int as n from wavekeep.${name}`);
      counts[name] = rows[0].n;
    }
    return counts;
  });
}

/** Sends one case and lists what is wrong with the answer. */
async function judge(urls: Record<string, string>, one: Case, token: string): Promise<string[]> {
  const isQuery = one.method === "GET";
  const isJson = one.path === "/ingest";
  const response = await fetch(`${isQuery ? urls["query"] : urls["ingest"]}${one.path}`, {
    method: one.method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(isQuery ? {} : { "content-type": isJson ? "application/json" : CHUNKS_MEDIA_TYPE }),
      ...one.headers,
    },
    ...(one.body === undefined ? {} : { body: one.body }),
  });
  const text = await response.text();
  const found = JSON.parse(text);
  const wrong: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    try {
      deepStrictEqual(actual, expected);
    } catch {
      wrong.push(`${one.name}: ${what} is ${JSON.stringify(actual)}: ${text.slice(0, 300)}`);
    }
  };
  expect("media type", response.headers.get("content-type"), "application/problem+json");
  expect("status", [response.status, found.status], [one.status, one.status]);
  expect("type", found.type.split("/").at(-1), one.slug);
  // That a recording is not there is all there is to say.
  if (one.slug !== "recording-not-found") expect("detail", typeof found.detail, "string");
  expect("instance", typeof found.instance, "string");
  if (one.pointers !== undefined) {
    expect("errors", found.errors?.map((e: { pointer: string }) => e.pointer), one.pointers);
  }
  for (const [name, value] of Object.entries(one.says ?? {})) expect(name, found[name], value);
  return wrong;
}

async function withServices(
  test: (pipeline: Pipeline, urls: { ingest: string; query: string }) => Promise<void>,
): Promise<void> {
  const pipeline = await startPipeline("bad_input");
  if (pipeline === undefined) return;
  const logger = createLogger({ service: "test", level: "error", write: () => {} });
  const servings: Serving[] = [];
  try {
    for (const app of [pipeline.ingest, pipeline.query]) {
      servings.push(await serve(app, { port: 0, logger }));
    }
    const token = await pipeline.token({ role: "device" });
    const send = async (method: string, path: string, body: BodyInit, type: string) => {
      const response = await fetch(servings[0]!.url + path, {
        method,
        body,
        headers: { authorization: `Bearer ${token}`, "content-type": type },
      });
      const text = await response.text();
      strictEqual(response.status, 201, text);
    };
    const segments = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
    await send("POST", "/recordings", JSON.stringify(OPEN_RECORDING), "application/json");
    await send("POST", segments, JSON.stringify(fixture.opening()), "application/json");
    await send("PUT", fixture.path(0), fixture.chunk(0), CHUNKS_MEDIA_TYPE);
    await send("POST", "/ingest", json({}), "application/json");
    await test(pipeline, { ingest: servings[0]!.url, query: servings[1]!.url });
  } finally {
    for (const serving of servings) await serving.close(0);
    await pipeline.close();
  }
}

Deno.test("bad input is refused with what and where, and stores nothing", async () => {
  await withServices(async (pipeline, urls) => {
    const before = await rowCounts(pipeline);
    const tokens = {
      device: await pipeline.token({ role: "device" }),
      clinician: await pipeline.token({ role: "clinician" }),
    };
    const wrong: string[] = [];
    for (const one of CASES) {
      const token = one.method === "GET" ? tokens.clinician : tokens.device;
      wrong.push(...await judge(urls, one, token));
    }
    strictEqual(wrong.join("\n"), "");
    deepStrictEqual(await rowCounts(pipeline), before);
    for (const url of Object.values(urls)) {
      const { status } = await fetch(`${url}/readyz`).then(async (response) => {
        await response.body?.cancel();
        return response;
      });
      strictEqual(status, 200, "still ready");
    }
  });
});

Deno.test("an upload that breaks off in the middle stores nothing and harms nobody", async () => {
  await withServices(async (pipeline, urls) => {
    const before = await rowCounts(pipeline);
    const token = await pipeline.token({ role: "device" });
    const bytes = fixture.chunk(1);
    const { hostname, port } = new URL(urls.ingest);
    const head = (length: string) =>
      `PUT ${fixture.path(1)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: ${CHUNKS_MEDIA_TYPE}\r\n${length}\r\n\r\n`;
    const shapes: [string, Uint8Array][] = [
      [head(`content-length: ${bytes.length}`), bytes.subarray(0, 100)],
      [head(`content-length: ${bytes.length}`), bytes.subarray(0, bytes.length - 1)],
      [head("transfer-encoding: chunked"), new TextEncoder().encode("40\r\nWKC1")],
    ];
    for (const [text, body] of shapes) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(new TextEncoder().encode(text));
      await connection.write(body);
      connection.close();
    }
    // The same chunk whole, on a connection of its own: the breaks before it were noticed by then.
    const response = await fetch(urls.ingest + fixture.path(1), {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": CHUNKS_MEDIA_TYPE },
      body: bytes,
    });
    const { results } = await response.json();
    strictEqual(results[0].status, 201, "it was not there before");
    const after = await rowCounts(pipeline);
    deepStrictEqual(
      Object.entries(after).filter(([name, count]) => count !== before[name]),
      [["chunk", before["chunk"]! + 1], ["event", before["event"]! + 1]],
    );
    ok(
      !pipeline.log.some((line) => line.includes('"level":"error"')),
      "nothing for a person to see",
    );
  });
});
