import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { IngestStore } from "./store/ingest_store.ts";
import { createSegmentDirectory, type KnownSegment } from "./segment_directory.ts";

function countingStore(known: Set<string>) {
  const asked: string[] = [];
  const store = {
    findSegment: (siteId: number, segmentId: Uint8Array) => {
      const key = `${siteId}/${segmentId[0]}`;
      asked.push(key);
      return Promise.resolve(known.has(key) ? { recording: {} } as KnownSegment : undefined);
    },
  } as Pick<IngestStore, "findSegment"> as IngestStore;
  return { store, asked };
}

/** Every patient's key is there. */
const KEYS = { patientKey: () => Promise.resolve(new Uint8Array(32)) };

const id = (byte: number) => new Uint8Array(16).fill(byte);

Deno.test("find() asks the store once for a segment that is there", async () => {
  const { store, asked } = countingStore(new Set(["1/1"]));
  const directory = createSegmentDirectory(store, KEYS);
  for (let i = 0; i < 3; i++) await directory.find(1, id(1));
  strictEqual(asked.length, 1);
});

Deno.test("find() asks again for a segment that was not there", async () => {
  const known = new Set<string>();
  const { store } = countingStore(known);
  const directory = createSegmentDirectory(store, KEYS);
  strictEqual(await directory.find(1, id(1)), undefined);
  known.add("1/1");
  strictEqual(await directory.find(1, id(1)) !== undefined, true);
});

Deno.test("find() keeps sites apart", async () => {
  const { store } = countingStore(new Set(["1/1"]));
  const directory = createSegmentDirectory(store, KEYS);
  await directory.find(1, id(1));
  strictEqual(await directory.find(2, id(1)), undefined);
});

Deno.test("find() forgets what was not used for longest", async () => {
  const { store, asked } = countingStore(new Set(["1/1", "1/2", "1/3"]));
  const directory = createSegmentDirectory(store, KEYS, 2);
  for (const byte of [1, 2, 1, 3, 1, 2]) await directory.find(1, id(byte));
  strictEqual(asked.join(" "), "1/1 1/2 1/3 1/2");
});

Deno.test("find() by all chunks of a batch at once asks the store for nothing that is there", async () => {
  const { store, asked } = countingStore(new Set(["1/1"]));
  const directory = createSegmentDirectory(store, KEYS);
  await directory.find(1, id(1));
  await Promise.all(Array.from({ length: 48 }, () => directory.find(1, id(1))));
  strictEqual(asked.length, 1);
});

Deno.test("find() asks again when the key of the recording's patient is gone", async () => {
  const { store, asked } = countingStore(new Set(["1/1"]));
  let key: Uint8Array | undefined = new Uint8Array(32);
  const directory = createSegmentDirectory(store, { patientKey: () => Promise.resolve(key) });
  await directory.find(1, id(1));
  await directory.find(1, id(1));
  key = undefined;
  await directory.find(1, id(1));
  strictEqual(asked.length, 2);
});

Deno.test("find() keeps bytes in one piece of their own, and not the pools they came in", async () => {
  const pool = new Uint8Array(8192).map((_, i) => i);
  class Rate {}
  const found = {
    segment: {
      segmentDigest: pool.subarray(10, 42),
      recordingId: "a",
      actor: null,
      streams: [{ stream: 0, rate: new Rate(), descriptorDigest: pool.subarray(100, 132) }],
    },
    recording: { wrappedKey: pool.subarray(7, 67), contentDigest: null, isClosed: false },
  };
  const store = { findSegment: () => Promise.resolve(found) } as unknown as IngestStore;
  const kept =
    (await createSegmentDirectory(store, KEYS).find(1, id(1))) as unknown as typeof found;
  deepStrictEqual(kept, found);
  const { buffer } = kept.segment.segmentDigest;
  strictEqual(buffer.byteLength, 32 + 32 + 60);
  strictEqual(kept.segment.streams[0]!.descriptorDigest.buffer, buffer);
  strictEqual(kept.recording.wrappedKey.buffer, buffer);
});
