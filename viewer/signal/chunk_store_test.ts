import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ChunkStore } from "./chunk_store.ts";

const key = (sequence: number) => ({ segmentId: "a", stream: 0, sequence });
const chunk = (value: number) => ({
  kind: "int32" as const,
  firstSample: 0,
  sampleCount: 25,
  samples: new Int32Array(25).fill(value),
});

Deno.test("ChunkStore keeps the chunks used last", () => {
  const store = new ChunkStore({ bytesMax: 300 });
  for (const sequence of [1, 2, 3]) store.put(key(sequence), chunk(sequence));
  store.get(key(1));
  store.put(key(4), chunk(4));
  deepStrictEqual([1, 2, 3, 4].map((n) => store.state(key(n), 0)), [
    "present",
    "unknown",
    "present",
    "present",
  ]);
  strictEqual(store.byteLength, 300);
});

Deno.test("ChunkStore counts a chunk that is put twice once", () => {
  const store = new ChunkStore({ bytesMax: 1000 });
  store.put(key(1), chunk(1));
  store.put(key(1), chunk(1));
  strictEqual(store.byteLength, 100);
});

Deno.test("ChunkStore asks for an absent chunk again only with a new revision", () => {
  const store = new ChunkStore({ bytesMax: 1000 });
  store.putMissing(key(9), "absent", 3);
  strictEqual(store.state(key(9), 3), "absent");
  strictEqual(store.state(key(9), 4), "unknown");
  store.put(key(9), chunk(9));
  strictEqual(store.state(key(9), 4), "present");
});

Deno.test("ChunkStore keeps one chunk that is larger than it may be", () => {
  const store = new ChunkStore({ bytesMax: 10 });
  store.put(key(1), chunk(1));
  strictEqual(store.state(key(1), 0), "present");
});
