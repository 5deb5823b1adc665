import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { encodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { someSet } from "../testing/cross_channel_chunks.ts";
import { SetStore } from "./set_store.ts";

const digestOf = (bytes: Uint8Array) => parameterSetDigest(bytes, nodeSha256);

Deno.test("SetStore gives back by digest what it was given", () => {
  const { bytes } = someSet(1);
  const store = new SetStore({ bytesMax: 1 << 20 });
  strictEqual(store.has(digestOf(bytes)), false);
  strictEqual(store.get(digestOf(bytes)), undefined);
  strictEqual(store.put(encodeParameterSetRecord(bytes)), true);
  deepStrictEqual(store.get(digestOf(bytes))?.bytes, bytes);
  strictEqual(store.put(encodeParameterSetRecord(bytes)), true);
  strictEqual(store.count, 1);
});

Deno.test("SetStore takes no record that is damaged anywhere", () => {
  const { bytes } = someSet(1);
  const record = encodeParameterSetRecord(bytes);
  const store = new SetStore({ bytesMax: 1 << 20 });
  for (let at = 0; at < record.byteLength; at++) {
    const damaged = record.slice();
    damaged[at]! ^= 1 << (at & 7);
    strictEqual(store.put(damaged), false, `byte ${at}`);
    strictEqual(store.put(record.subarray(0, at)), false, `${at} bytes`);
  }
  strictEqual(store.count, 0);
});

Deno.test("SetStore forgets the sets used longest ago, never the newest", () => {
  const sets = [1, 2, 3].map((seed) => someSet(seed).bytes);
  const [a, b, c] = sets.map(digestOf);
  strictEqual(new Set([a, b, c].map((digest) => formatHex(digest!))).size, 3);
  const most = Math.max(...sets.map(({ byteLength }) => byteLength));
  const store = new SetStore({ bytesMax: 2 * most });
  for (const set of sets.slice(0, 2)) store.put(encodeParameterSetRecord(set));
  store.get(a!);
  store.put(encodeParameterSetRecord(sets[2]!));
  deepStrictEqual([a, b, c].map((digest) => store.has(digest!)), [true, false, true]);
  const tiny = new SetStore({ bytesMax: 1 });
  for (const set of sets) tiny.put(encodeParameterSetRecord(set));
  deepStrictEqual([a, b, c].map((digest) => tiny.has(digest!)), [false, false, true]);
});
