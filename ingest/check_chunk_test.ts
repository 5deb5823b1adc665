import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc32c } from "@wavekeep/core/checksum";
import {
  Fixture,
  OPEN_RECORDING,
  PATIENT,
  RECORDING,
  withFreshChecksum,
} from "./testing/fixtures.ts";
import { send, slugOf, startTestApp, type TestApp } from "./testing/test_app.ts";

const fixture = new Fixture();

async function openedApp(limits = {}): Promise<TestApp> {
  const started = startTestApp({ limits });
  await send(started.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(started.app, "POST", `/patients/${PATIENT}/recordings/${RECORDING}/segments`, {
    body: fixture.opening(),
  });
  return started;
}

/** A chunk with some bytes set, and a CRC-32C that fits them again. */
function patched(bytes: Uint8Array, changes: Record<number, number>): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  for (const [offset, value] of Object.entries(changes)) changed[Number(offset)] = value;
  return withFreshChecksum(changed, crc32c);
}

interface Row {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sequence?: number;
  readonly stream?: number;
  readonly status: number;
  readonly slug: string;
}

const whole = fixture.chunk(0);
const signed = fixture.chunk(0, { sign: () => new Uint8Array(64) });
const flipped = whole.slice();
flipped[170] = flipped[170]! ^ 1;

/** One bad upload per row; each has one named outcome and stores nothing. */
const ROWS: readonly Row[] = [
  { name: "no bytes", bytes: new Uint8Array(), status: 400, slug: "chunk-truncated" },
  { name: "half a header", bytes: whole.slice(0, 80), status: 400, slug: "chunk-truncated" },
  { name: "half a payload", bytes: whole.slice(0, 170), status: 400, slug: "chunk-truncated" },
  { name: "one byte short", bytes: whole.slice(0, -1), status: 400, slug: "chunk-truncated" },
  {
    name: "one byte more",
    bytes: Uint8Array.from([...whole, 0]),
    status: 400,
    slug: "chunk-corrupt",
  },
  { name: "a flipped bit", bytes: flipped, status: 400, slug: "checksum-mismatch" },
  {
    name: "another magic",
    bytes: patched(whole, { 0: 0x58 }),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "a sample that is not the one digested",
    bytes: patched(whole, { 160: whole[160]! ^ 1 }),
    status: 400,
    slug: "sample-digest-mismatch",
  },
  {
    name: "a newer version",
    bytes: patched(whole, { 4: 2 }),
    status: 415,
    slug: "unsupported-version",
  },
  {
    name: "flags of the future",
    bytes: patched(whole, { 7: 0x80 }),
    status: 415,
    slug: "unsupported-version",
  },
  {
    name: "an unknown codec",
    bytes: patched(whole, { 5: 9 }),
    status: 415,
    slug: "unsupported-codec",
  },
  {
    name: "a parameter set that nobody sent",
    bytes: patched(whole, { 5: 2, 128: 1 }),
    status: 409,
    slug: "parameter-set-missing",
  },
  {
    name: "a parameter set where the codec has none",
    bytes: patched(whole, { 128: 1 }),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "an unknown sample kind",
    bytes: patched(whole, { 6: 9 }),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "more samples than bytes",
    bytes: patched(whole, { 24: 200 }),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "a billion samples",
    bytes: patched(whole, { 27: 0x40 }),
    status: 413,
    slug: "chunk-too-large",
  },
  { name: "a signature", bytes: signed, status: 422, slug: "signature-unexpected" },
  {
    name: "a third channel",
    bytes: fixture.chunk(0, { channelCount: 3 }),
    status: 422,
    slug: "chunk-mismatch",
  },
  {
    name: "another sample kind",
    bytes: fixture.chunk(0, { kind: "binary64", samples: new Float64Array(8) }),
    status: 422,
    slug: "chunk-mismatch",
  },
  {
    name: "a stream the segment has not",
    bytes: fixture.chunk(0, { stream: 5 }),
    stream: 5,
    status: 422,
    slug: "chunk-mismatch",
  },
  {
    name: "a first sample off the grid",
    bytes: fixture.chunk(1, { firstSample: 5 }),
    sequence: 1,
    status: 422,
    slug: "off-grid",
  },
  {
    name: "a sequence without a next one",
    bytes: fixture.chunk(2 ** 31 - 1),
    sequence: 2 ** 31 - 1,
    status: 422,
    slug: "off-grid",
  },
  {
    name: "more samples than the second has",
    bytes: fixture.chunk(1, { sampleCount: 5 }),
    sequence: 1,
    status: 422,
    slug: "off-grid",
  },
  {
    name: "two samples where the rate gives one in two seconds",
    bytes: fixture.chunk(0, { stream: 1, sampleCount: 2 }),
    stream: 1,
    status: 422,
    slug: "off-grid",
  },
  {
    name: "sequence 0 that does not chain to its segment",
    bytes: fixture.chunk(0, { previousDigest: new Uint8Array(32).fill(9) }),
    status: 400,
    slug: "chunk-corrupt",
  },
  {
    name: "a segment nobody opened",
    bytes: new Fixture(9).chunk(0),
    status: 409,
    slug: "segment-unknown",
  },
];

for (const { name, bytes, sequence = 0, stream = 0, status, slug } of ROWS) {
  Deno.test(`checkChunk() refuses ${name}: ${status} ${slug}`, async () => {
    const { app, tables } = await openedApp();
    const segmentId = slug === "segment-unknown" ? new Fixture(9).hex : fixture.hex;
    const path = `/segments/${segmentId}/streams/${stream}/chunks/${sequence}`;
    const put = await send(app, "PUT", path, { body: bytes });
    deepStrictEqual([put.status, slugOf(put.json)], [status, slug]);
    ok(String(put.json.detail).length > 10, "the detail says what and where");
    // The same through the batch route, next to a good chunk that is not taken down with it, unless
    // the row of chunks itself is broken: then nothing is stored.
    const body = Uint8Array.from([...fixture.chunk(7), ...bytes]);
    const batch = await send(app, "POST", "/ingest", { body });
    const stored = [...tables.chunks.values()].map(({ sequence }) => sequence);
    if (batch.status === 207) {
      const results = batch.json.results as { status: number }[];
      deepStrictEqual(results.map(({ status }) => status), [201, status]);
      deepStrictEqual(stored, [7]);
    } else if (name === "no bytes") deepStrictEqual(stored, [7]);
    else deepStrictEqual(stored, []);
  });
}

Deno.test("checkChunk() refuses every proper prefix of an upload, and stores nothing", async () => {
  const { app, tables } = await openedApp();
  for (let length = 0; length < whole.byteLength; length++) {
    const body = whole.slice(0, length);
    const { status, json } = await send(app, "PUT", fixture.path(0), { body });
    deepStrictEqual([status, slugOf(json)], [400, "chunk-truncated"], `prefix of ${length}`);
  }
  strictEqual(tables.chunks.size, 0);
});

Deno.test("checkChunk() refuses every flipped bit of an upload, and stores nothing", async () => {
  const { app, tables } = await openedApp();
  for (let bit = 0; bit < whole.byteLength * 8; bit += 5) {
    const body = whole.slice();
    body[bit >> 3]! ^= 1 << (bit & 7);
    const { status } = await send(app, "POST", "/ingest", { body });
    ok(status === 400 || status === 415, `bit ${bit}: ${status}`);
  }
  strictEqual(tables.chunks.size, 0);
});

Deno.test("checkChunk() refuses a chunk above the limit before it looks inside", async () => {
  const { app } = await openedApp({ chunkBytesMax: 100 });
  const { status, json } = await send(app, "PUT", fixture.path(0), { body: whole });
  deepStrictEqual([status, slugOf(json), json.limit_bytes], [413, "chunk-too-large", 100]);
});

Deno.test("checkChunk() takes a second that was cut off, and streams below 1 Hz", async () => {
  const { app, tables } = await openedApp();
  const short = fixture.chunk(2, { sampleCount: 1 });
  strictEqual((await send(app, "PUT", fixture.path(2), { body: short })).status, 201);
  const slow = fixture.chunk(3, { stream: 1 });
  strictEqual((await send(app, "PUT", fixture.path(3, 1), { body: slow })).status, 201);
  strictEqual(tables.chunks.size, 2);
});

Deno.test("acceptBatch() refuses an empty body and too many chunks", async () => {
  const { app, tables } = await openedApp({ batchChunksMax: 2 });
  const empty = await send(app, "POST", "/ingest", { body: new Uint8Array() });
  deepStrictEqual([empty.status, slugOf(empty.json)], [400, "chunk-truncated"]);
  const many = await send(app, "POST", "/ingest", { body: fixture.batch(0, 1, 2) });
  deepStrictEqual([many.status, slugOf(many.json)], [413, "body-too-large"]);
  strictEqual(tables.chunks.size, 0);
});
