import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { OpenSegmentRequest } from "@wavekeep/core/wire";
import { channel, Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { send, slugOf, startTestApp } from "./testing/test_app.ts";

const fixture = new Fixture();
const PATH = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
type Streams = OpenSegmentRequest["streams"];

const streams = fixture.opening().streams;
const changedStreams = (change: (streams: Streams) => void): Streams => {
  const copy = structuredClone(streams);
  change(copy);
  return copy;
};

interface Row {
  readonly name: string;
  readonly body: OpenSegmentRequest;
  readonly status: number;
  readonly slug: string;
  readonly pointer?: string;
}

const base64 = (bytes: Uint8Array) => bytes.toBase64();

const ROWS: readonly Row[] = [
  {
    name: "a record that is cut off",
    body: fixture.opening({ segment_record: base64(fixture.record.slice(0, 60)) }),
    status: 422,
    slug: "segment-record-mismatch",
    pointer: "/body/segment_record",
  },
  {
    name: "a record of another recording",
    body: new Fixture(7, { recordingReference: new Uint8Array(16).fill(1) }).opening(),
    status: 422,
    slug: "segment-record-mismatch",
    pointer: "/body/segment_record",
  },
  {
    name: "a changed physical maximum",
    body: fixture.opening({
      streams: changedStreams((streams) => {
        streams[0]!.channels[1] = {
          ...channel(1, "T8-P8"),
          calibration: {
            digitalMin: -2048,
            digitalMax: 2047,
            physicalMin: "-800",
            physicalMax: "800.0",
          },
        };
      }),
    }),
    status: 422,
    slug: "segment-record-mismatch",
    pointer: "/body/streams/0",
  },
  {
    name: "a stream too few",
    body: fixture.opening({ streams: streams.slice(0, 1) }),
    status: 422,
    slug: "segment-record-mismatch",
    pointer: "/body/streams",
  },
  {
    name: "streams out of order",
    body: fixture.opening({ streams: [...streams].reverse() }),
    status: 422,
    slug: "validation",
    pointer: "/body/streams/0/stream",
  },
  {
    name: "a position that is taken twice",
    body: fixture.opening({
      streams: changedStreams((streams) => {
        streams[1]!.channels = [channel(0, "SpO2")];
      }),
    }),
    status: 422,
    slug: "validation",
    pointer: "/body/streams/1/channels/0/position",
  },
  {
    name: "a calibration of float samples",
    body: fixture.opening({
      streams: changedStreams((streams) => {
        streams[0]!.kind = "binary32";
      }),
    }),
    status: 422,
    slug: "validation",
    pointer: "/body/streams/0/channels/0/calibration",
  },
  {
    name: "a rate beyond 64 bits",
    body: fixture.opening({
      streams: changedStreams((streams) => {
        streams[0]!.rate = { samples: "9999999999999999999", seconds: "1" };
      }),
    }),
    status: 422,
    slug: "validation",
    pointer: "/body/streams/0/rate/samples",
  },
  {
    name: "a record that asks for signatures and has none",
    body: new Fixture(7, { signaturePolicy: "chunk", keyId: new Uint8Array(32).fill(1) }).opening(),
    status: 409,
    slug: "signature-required",
  },
  {
    name: "a signature under the policy without",
    body: fixture.opening({ signature: base64(new Uint8Array(64)) }),
    status: 422,
    slug: "signature-unexpected",
  },
];

for (const { name, body, status, slug, pointer } of ROWS) {
  Deno.test(`openSegment() refuses ${name}: ${status} ${slug}`, async () => {
    const { app, tables } = startTestApp();
    await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
    const answer = await send(app, "POST", PATH, { body });
    deepStrictEqual([answer.status, slugOf(answer.json)], [status, slug]);
    const errors = answer.json.errors as { pointer: string }[] | undefined;
    strictEqual(errors?.[0]?.pointer, pointer);
    strictEqual(tables.segments.length, 0);
  });
}

Deno.test("openSegment() refuses another record under a taken id", async () => {
  const { app, tables } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  strictEqual((await send(app, "POST", PATH, { body: fixture.opening() })).status, 201);
  const other = new Fixture(7, { salt: new Uint8Array(32) }).opening();
  const moved = fixture.opening({ start_seconds: "1" });
  for (const body of [other, moved]) {
    const answer = await send(app, "POST", PATH, { body });
    deepStrictEqual([answer.status, slugOf(answer.json)], [409, "segment-conflict"]);
  }
  strictEqual(tables.segments.length, 1);
});

Deno.test("openSegment() takes two spellings of one time for one time", async () => {
  const { app } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  const first = await send(app, "POST", PATH, { body: fixture.opening({ start_seconds: "1.5" }) });
  const again = await send(app, "POST", PATH, {
    body: fixture.opening({ start_seconds: "+1.500" }),
  });
  deepStrictEqual([first.status, again.status], [201, 200]);
});

Deno.test("openSegment() stores nothing in the clear", async () => {
  const { app, tables, keys } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", PATH, { body: fixture.opening() });
  await send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) });
  const encoder = new TextEncoder();
  const secrets = [
    encoder.encode("T8-P8"),
    encoder.encode("2076-11-06"),
    fixture.chunk(0).slice(160, 184),
  ];
  const sealed = [
    ...tables.segments.flatMap(({ segment, record }) => [
      record,
      ...segment.streams.map(({ descriptorSealed }) => descriptorSealed),
    ]),
    ...[...tables.chunks.values()].map(({ body }) => body),
    ...tables.recordings.map(({ startedAtSealed }) => startedAtSealed!),
  ];
  for (const value of sealed) {
    for (const secret of secrets) strictEqual(value.toHex().includes(secret.toHex()), false);
  }
  strictEqual(sealed.length, 5);
  strictEqual(keys.size, 1);
});
