/** Tiles and bundles: paths, which tiles a log has, and proofs read from them alone. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { flipBits, properPrefixes } from "../testing/corrupt.ts";
import { decodeEntryBundle, encodeEntryBundle } from "./entry_bundle.ts";
import { consistencyProof, inclusionProof, rootOf } from "./make_proof.ts";
import { hashLeaf, hashNode } from "./merkle_hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { formatTilePath, newTiles, parseTilePath, type TileId } from "./tile.ts";
import { decodeTile, encodeTile, nodesFromTiles, tilesOfPlans } from "./tile_hashes.ts";
import { planConsistency, planInclusion } from "./tree_plan.ts";
import { verifyConsistency, verifyInclusion } from "./verify_proof.ts";

function checkPath(path: string, tile: TileId): void {
  deepStrictEqual(parseTilePath(path), tile);
  strictEqual(formatTilePath(tile), path);
}

Deno.test("paths of tiles, as the specification and Go's package spell them", () => {
  checkPath("tile/0/001", { level: 0, index: 1, width: 256 });
  checkPath("tile/0/001.p/5", { level: 0, index: 1, width: 5 });
  checkPath("tile/5/x123/x456/078", { level: 5, index: 123456078, width: 256 });
  checkPath("tile/5/x123/x456/078.p/2", { level: 5, index: 123456078, width: 2 });
  checkPath("tile/0/x001/x234/067", { level: 0, index: 1234067, width: 256 });
  checkPath("tile/entries/x003/x057/500", { level: "entries", index: 3057500, width: 256 });
  checkPath("tile/63/000.p/255", { level: 63, index: 0, width: 255 });
  checkPath("tile/0/x001/000", { level: 0, index: 1000, width: 256 });
});

const BAD_PATHS = [
  "",
  "tile",
  "tile/0",
  "tile/0/1",
  "tile/0/0001",
  "tile/0/x000/001",
  "tile/0/x001",
  "tile/0/001/002",
  "tile/00/001",
  "tile/-1/001",
  "tile/64/001",
  "tile/data/001",
  "tile/0/001.p/0",
  "tile/0/001.p/05",
  "tile/0/001.p/256",
  "tile/0/001.p/",
  "tile/0/001/",
  "/tile/0/001",
  "tile/0/001\n",
  "tile/0/x123/456/078",
  "tile/0/x999/x999/x999/x999/x999/x999/999",
];
for (const path of BAD_PATHS) {
  Deno.test(`parseTilePath() refuses ${JSON.stringify(path)}`, () => {
    throws(() => parseTilePath(path), (err) => isCoreError(err, "CorruptInputError"));
  });
}

Deno.test("parseTilePath() takes any text apart or throws a typed error", () => {
  const anyPath = fc.array(
    fc.constantFrom(
      "tile",
      "/",
      "x",
      "001",
      "999",
      "entries",
      ".p/",
      "0",
      "7",
      "63",
      "é",
      "\n",
      "-",
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(anyPath, fc.string()), (path) => {
    try {
      strictEqual(formatTilePath(parseTilePath(path)), path);
    } catch (err) {
      ok(isCoreError(err), String(err));
    }
  }));
});

Deno.test("parseTilePath() knows an index above 2^53", () => {
  const path = "tile/0/x999/x999/x999/x999/x999/999";
  throws(() => parseTilePath(path), (err) => isCoreError(err, "LimitExceededError"));
});

Deno.test("newTiles() of 70,000 leaves are the specification's 277", () => {
  const counts: Record<string, number> = {};
  for (const { level, width } of newTiles(0, 70_000)) {
    const name = `${level}: ${width}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  deepStrictEqual(counts, { "0: 256": 273, "0: 112": 1, "1: 256": 1, "1: 17": 1, "2: 1": 1 });
  deepStrictEqual([...newTiles(0, 0)], []);
  deepStrictEqual([...newTiles(7, 7)], []);
  strictEqual([...newTiles(0, 256)].map(formatTilePath).join(), "tile/0/000,tile/1/000.p/1");
});

const SIZE = 66_000;
const tree = new MerkleTree(sha256);
for (let i = 0; i < SIZE; i++) tree.append(hashLeaf(Uint8Array.of(i, i >> 8, i >> 16), sha256));

/** What a log has published that signed these sizes one after the other. */
function publish(sizes: readonly number[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let before = 0;
  for (const size of sizes) {
    for (const tile of newTiles(before, size)) {
      files.set(formatTilePath(tile), encodeTile(tile, tree.nodeHashOf));
    }
    before = size;
  }
  return files;
}

Deno.test("proofs made from published tiles alone, over three levels of tiles", () => {
  const sizes = [1, 255, 256, 257, 1000, 65_535, 65_536, 65_537, SIZE];
  const files = publish(sizes);
  for (const [at, size] of sizes.entries()) {
    const root = tree.root(size);
    const nodeHashOf = nodesFromTiles(size, (path) => files.get(path), sha256);
    deepStrictEqual(rootOf(size, nodeHashOf, sha256), root);
    for (const index of [0, 1, 255, 256, 40_000, size - 2, size - 1]) {
      if (index < 0 || index >= size) continue;
      const proof = inclusionProof({ index, size }, nodeHashOf, sha256);
      const leafHash = tree.nodeHashOf({ level: 0, index });
      verifyInclusion({ index, size, leafHash, proof, root }, sha256);
    }
    for (const oldSize of sizes.slice(0, at)) {
      const proof = consistencyProof({ oldSize, newSize: size }, nodeHashOf, sha256);
      const oldRoot = tree.root(oldSize);
      verifyConsistency({ oldSize, oldRoot, newSize: size, newRoot: root, proof }, sha256);
    }
  }
});

Deno.test("a client needs the tiles that tilesOfPlans() lists, each of them, and no other", () => {
  const files = publish([SIZE]);
  const plans = [...planInclusion(65_999, SIZE), ...planConsistency(65_000, SIZE)];
  const paths = tilesOfPlans(plans, SIZE).map(formatTilePath);
  ok(paths.length <= 6, paths.join());
  const prove = (held: ReadonlySet<string>) => {
    const nodeHashOf = nodesFromTiles(
      SIZE,
      (path) => held.has(path) ? files.get(path) : undefined,
      sha256,
    );
    inclusionProof({ index: 65_999, size: SIZE }, nodeHashOf, sha256);
    consistencyProof({ oldSize: 65_000, newSize: SIZE }, nodeHashOf, sha256);
  };
  prove(new Set(paths));
  for (const missing of paths) {
    throws(
      () => prove(new Set(paths.filter((path) => path !== missing))),
      (err) => isCoreError(err, "InvalidSelectionError"),
    );
  }
});

Deno.test("a changed bit in any tile of a proof leads to another root", () => {
  const files = publish([SIZE]);
  const root = tree.root();
  const index = 12_345;
  const leafHash = tree.nodeHashOf({ level: 0, index });
  for (const tile of tilesOfPlans(planInclusion(index, SIZE), SIZE)) {
    const path = formatTilePath(tile);
    const damaged = new Map(files);
    // Every hash of the tile but the leaf's own, which a proof does not read.
    const bytes = files.get(path)!.map((byte) => byte ^ 1);
    damaged.set(path, bytes);
    const nodeHashOf = nodesFromTiles(SIZE, (name) => damaged.get(name), sha256);
    const proof = inclusionProof({ index, size: SIZE }, nodeHashOf, sha256);
    throws(
      () => verifyInclusion({ index, size: SIZE, leafHash, proof, root }, sha256),
      (err) => isCoreError(err, "ChecksumMismatchError"),
    );
  }
});

Deno.test("nodesFromTiles() refuses a node that is not complete", () => {
  const files = publish([300]);
  const nodeHashOf = nodesFromTiles(300, (path) => files.get(path), sha256);
  throws(() => nodeHashOf({ level: 3, index: 37 }), (err) => isCoreError(err));
  throws(() => nodeHashOf({ level: 9, index: 0 }), (err) => isCoreError(err));
  deepStrictEqual(
    nodeHashOf({ level: 1, index: 149 }),
    hashNode(
      tree.nodeHashOf({ level: 0, index: 298 }),
      tree.nodeHashOf({ level: 0, index: 299 }),
      sha256,
    ),
  );
});

Deno.test("a full tile has 8,192 bytes; every other length is refused", () => {
  const tile: TileId = { level: 0, index: 3, width: 256 };
  const bytes = encodeTile(tile, tree.nodeHashOf);
  strictEqual(bytes.byteLength, 8192);
  deepStrictEqual(decodeTile(tile, bytes)[7], tree.nodeHashOf({ level: 0, index: 3 * 256 + 7 }));
  const partial = { ...tile, width: 3 };
  const short = encodeTile(partial, tree.nodeHashOf);
  for (const prefix of properPrefixes(short)) {
    throws(() => decodeTile(partial, prefix), (err) => isCoreError(err, "TruncatedInputError"));
  }
  throws(() => decodeTile(partial, bytes), (err) => isCoreError(err, "CorruptInputError"));
});

const bundle = encodeEntryBundle([
  Uint8Array.of(1, 2, 3),
  new Uint8Array(0),
  new Uint8Array(300).fill(9),
]);

Deno.test("a bundle has big-endian lengths, and every prefix is truncated", () => {
  strictEqual(bundle.subarray(0, 9).toHex(), "000301020300" + "00" + "012c");
  strictEqual(decodeEntryBundle(bundle, 3)[2]?.byteLength, 300);
  for (const prefix of properPrefixes(bundle)) {
    throws(() => decodeEntryBundle(prefix, 3), (err) => isCoreError(err, "TruncatedInputError"));
  }
  throws(() => decodeEntryBundle(bundle, 2), (err) => isCoreError(err, "CorruptInputError"));
});

Deno.test("entries of up to 65,535 bytes go through a bundle", () => {
  const longest = new Uint8Array(65_535).fill(7);
  deepStrictEqual(decodeEntryBundle(encodeEntryBundle([longest]), 1), [longest]);
  throws(() => encodeEntryBundle([new Uint8Array(65_536)]), /65536 bytes/);
  throws(() => encodeEntryBundle([]), /0 entries/);
});

Deno.test("a bundle with flipped bits gives other entries or a typed error", () => {
  fc.assert(fc.property(fc.array(fc.nat(8 * bundle.byteLength - 1), { minLength: 1 }), (bits) => {
    try {
      strictEqual(decodeEntryBundle(flipBits(bundle, bits), 3).length, 3);
    } catch (err) {
      ok(isCoreError(err), String(err));
    }
  }));
});
