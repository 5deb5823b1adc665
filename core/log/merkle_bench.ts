/**
 * Speed of the log's arithmetic: roots, proofs made and checked, leaves, tiles.
 *
 * Expectation: SHA-256 of 65 bytes takes `node:crypto` about 1.3 µs, so a root of 65,536 leaves is 85 ms,
 * a leaf of a chunk (two hashes) 3 µs, and checking a proof of 20 hashes 26 µs. Making a proof out of nodes
 * in memory hashes only the ragged right edge; out of tiles up to 255 hashes a level of tiles, because a
 * tile stores one level of eight.
 *
 * Run: `deno bench core/log/merkle_bench.ts`.
 *
 * @module
 */

import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { CompactRange } from "./compact_range.ts";
import { makeChunkLeaf } from "./log_entry.ts";
import { consistencyProof, inclusionProof } from "./make_proof.ts";
import { hashLeaf, merkleRoot } from "./merkle_hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { formatTilePath, newTiles } from "./tile.ts";
import { encodeTile, nodesFromTiles } from "./tile_hashes.ts";
import { verifyConsistency, verifyInclusion } from "./verify_proof.ts";

const SIZE = 70_000;
const OLD_SIZE = 65_000;
const INDEX = 12_345;

const leaves = Array.from(
  { length: SIZE },
  (_, i) => hashLeaf(Uint8Array.of(i, i >> 8, i >> 16), sha256),
);
const tree = new MerkleTree(sha256);
for (const leaf of leaves) tree.append(leaf);
const files = new Map<string, Uint8Array>();
for (const tile of newTiles(0, SIZE)) {
  files.set(formatTilePath(tile), encodeTile(tile, tree.nodeHashOf));
}
const nodesOfTiles = nodesFromTiles(SIZE, (path) => files.get(path), sha256);
const inclusion = {
  index: INDEX,
  size: SIZE,
  leafHash: leaves[INDEX]!,
  proof: inclusionProof({ index: INDEX, size: SIZE }, tree.nodeHashOf, sha256),
  root: tree.root(),
};
const consistency = {
  oldSize: OLD_SIZE,
  oldRoot: tree.root(OLD_SIZE),
  newSize: SIZE,
  newRoot: tree.root(),
  proof: consistencyProof({ oldSize: OLD_SIZE, newSize: SIZE }, tree.nodeHashOf, sha256),
};
const chunk = {
  siteId: 1,
  pseudonym: new Uint8Array(16),
  segmentId: new Uint8Array(16),
  stream: 0,
  sequence: 41,
  chunkDigest: new Uint8Array(32),
  storedDigest: new Uint8Array(32),
  receivedAtMicros: 0n,
  saltOf: () => new Uint8Array(32),
};
const firstSecond = leaves.slice(0, 1000);

Deno.bench("leaf of a chunk", () => void makeChunkLeaf(chunk, sha256));
Deno.bench("root of 65,536 leaves", () => void merkleRoot(leaves.slice(0, 65_536), sha256));
Deno.bench("1,000 leaves appended to a compact range, and its root", () => {
  const range = new CompactRange(sha256);
  for (const leaf of firstSecond) range.append(leaf);
  range.root();
});
Deno.bench(
  "inclusion proof of 70,000 leaves, nodes in memory",
  () => void inclusionProof(inclusion, tree.nodeHashOf, sha256),
);
Deno.bench(
  "inclusion proof of 70,000 leaves, from tiles",
  () => void inclusionProof(inclusion, nodesOfTiles, sha256),
);
Deno.bench("inclusion proof of 70,000 leaves, checked", () => verifyInclusion(inclusion, sha256));
Deno.bench(
  "consistency proof 65,000 to 70,000, nodes in memory",
  () => void consistencyProof(consistency, tree.nodeHashOf, sha256),
);
Deno.bench(
  "consistency proof 65,000 to 70,000, checked",
  () => verifyConsistency(consistency, sha256),
);
Deno.bench("new tiles of a second with 1,000 leaves", () => {
  for (const tile of newTiles(SIZE - 1000, SIZE)) encodeTile(tile, tree.nodeHashOf);
});
