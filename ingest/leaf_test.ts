import { notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { type ChunkLeaf, makeChunkLeaf } from "./leaf.ts";

const LEAF: ChunkLeaf = {
  siteId: 0x01020304,
  pseudonym: new Uint8Array(16).fill(1),
  segmentId: new Uint8Array(16).fill(2),
  stream: 0x0506,
  sequence: 0x0708090a,
  chunkDigest: new Uint8Array(32).fill(3),
  storedDigest: new Uint8Array(32).fill(4),
  receivedAtMicros: 5n,
  saltOf: () => new Uint8Array(32).fill(6),
};

const filled = (hex: string, count: number) => hex.repeat(count);

Deno.test("makeChunkLeaf() hashes the bytes of PROTOCOL section 6, written out by hand", () => {
  const content = "01" + "04030201" + filled("02", 16) + "0605" + "0a090807" + filled("03", 32) +
    filled("04", 32) + "0500000000000000";
  const label = new TextEncoder().encode("wavekeep/leaf/v1\0").toHex();
  const inner = createHash("sha256")
    .update(Uint8Array.fromHex(label + filled("06", 32) + content)).digest("hex");
  const entry = "01" + "01" + filled("01", 16) + "0605" + "0a090807" + inner;
  const expected = createHash("sha256").update(Uint8Array.fromHex("00" + entry)).digest("hex");
  const leaf = makeChunkLeaf(LEAF, nodeSha256);
  strictEqual(leaf.leafHash.toHex(), expected);
  strictEqual(leaf.entry.toHex(), entry);
});

Deno.test("makeChunkLeaf() changes with every field", () => {
  const base = makeChunkLeaf(LEAF, nodeSha256).leafHash;
  const changes: Partial<ChunkLeaf>[] = [
    { siteId: 1 },
    { pseudonym: new Uint8Array(16) },
    { segmentId: new Uint8Array(16) },
    { stream: 1 },
    { sequence: 1 },
    { chunkDigest: new Uint8Array(32) },
    { storedDigest: new Uint8Array(32) },
    { receivedAtMicros: 6n },
    { saltOf: () => new Uint8Array(32) },
  ];
  for (const change of changes) {
    notDeepStrictEqual(makeChunkLeaf({ ...LEAF, ...change }, nodeSha256).leafHash, base);
  }
});
