import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { hashLeaf, inclusionProof, MerkleTree } from "@wavekeep/core/log";
import { planTreeProof, rootsOfTreeProof, treeProof } from "@wavekeep/core/proof";
import { TreesOfRfc } from "../testing/merkle_from_rfc.ts";

const ENTRIES = Array.from({ length: 70 }, (_, i) => Uint8Array.of(i, 7));
const LEAVES = ENTRIES.map((entry) => hashLeaf(entry, sha256));

function treeOf(size: number): MerkleTree {
  const tree = new MerkleTree(sha256);
  for (const leaf of LEAVES.slice(0, size)) tree.append(leaf);
  return tree;
}

function leafHashesOf(indexes: readonly number[]): Uint8Array[] {
  return indexes.map((index) => LEAVES[index]!);
}

/** Every subset of the leaves 0 to 6, or a spread of them, by the bits of `mask`. */
function subset(mask: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => i).filter((i) => mask >> (i % 7) & 1);
}

Deno.test("rootsOfTreeProof() leads to the RFC's roots, of every subset and earlier size", () => {
  const reference = new TreesOfRfc(ENTRIES);
  for (const size of [1, 2, 3, 5, 6, 7, 8, 33, 64, 70]) {
    const tree = treeOf(size);
    for (let mask = 0; mask < 128; mask += size > 8 ? 5 : 1) {
      const indexes = subset(mask, size);
      const earlierSizes = [...new Set([1 + mask % size, 1 + (mask * 13) % size, size])]
        .sort((a, b) => a - b);
      const shape = { size, indexes, earlierSizes };
      const proof = treeProof(shape, tree.nodeHashOf, sha256);
      const found = rootsOfTreeProof(shape, { leafHashes: leafHashesOf(indexes), proof }, sha256);
      deepStrictEqual(found.root, reference.mth(0, size));
      deepStrictEqual(found.earlierRoots, earlierSizes.map((earlier) => reference.mth(0, earlier)));
    }
  }
});

Deno.test("planTreeProof() of one leaf is as long as its inclusion proof", () => {
  for (const index of [0, 31, 32, 68, 69]) {
    const tree = treeOf(70);
    const single = treeProof(
      { size: 70, indexes: [index], earlierSizes: [] },
      tree.nodeHashOf,
      sha256,
    );
    const inclusion = inclusionProof({ index, size: 70 }, tree.nodeHashOf, sha256);
    deepStrictEqual(new Set(single.map(String)), new Set(inclusion.map(String)));
  }
});

Deno.test("planTreeProof() of all leaves holds nothing, of none the root", () => {
  const all = Array.from({ length: 70 }, (_, i) => i);
  deepStrictEqual(planTreeProof({ size: 70, indexes: all, earlierSizes: [] }), []);
  const [root, ...rest] = treeProof(
    { size: 70, indexes: [], earlierSizes: [] },
    treeOf(70).nodeHashOf,
    sha256,
  );
  deepStrictEqual([root, rest], [treeOf(70).root(), []]);
});

Deno.test("rootsOfTreeProof() never gives the root when a bit of a hash is another", () => {
  const tree = treeOf(33);
  const shape = { size: 33, indexes: [3, 4, 20], earlierSizes: [10] };
  const proof = treeProof(shape, tree.nodeHashOf, sha256);
  const leafHashes = leafHashesOf(shape.indexes);
  let flipped = 0;
  for (const hashes of [proof, leafHashes]) {
    for (let i = 0; i < hashes.length; i++) {
      for (let bit = 0; bit < 256; bit++) {
        const changed = hashes.map((hash) => hash.slice());
        changed[i]![bit >> 3]! ^= 1 << (bit & 7);
        const of = hashes === proof
          ? { leafHashes, proof: changed }
          : { leafHashes: changed, proof };
        notDeepStrictEqual(rootsOfTreeProof(shape, of, sha256).root, tree.root());
        flipped++;
      }
    }
  }
  ok(flipped > 2000);
});

Deno.test("rootsOfTreeProof() refuses proofs of another length and shapes that are none", () => {
  const tree = treeOf(33);
  const shape = { size: 33, indexes: [3], earlierSizes: [] };
  const proof = treeProof(shape, tree.nodeHashOf, sha256);
  const leafHashes = leafHashesOf([3]);
  const roots = (of: typeof shape, proof: Uint8Array[]) =>
    rootsOfTreeProof(of, { leafHashes, proof }, sha256);
  throws(() => roots(shape, proof.slice(1)), /fewer hashes/);
  throws(() => roots(shape, [...proof, proof[0]!]), /more hashes/);
  throws(() => roots({ ...shape, indexes: [33] }, proof), /do not ascend/);
  throws(() => roots({ ...shape, earlierSizes: [34] as never[] }, proof), /do not ascend/);
  throws(
    () => rootsOfTreeProof({ ...shape, indexes: [3, 3] }, { leafHashes, proof }, sha256),
    /ascend/,
  );
  strictEqual(planTreeProof({ size: 0, indexes: [], earlierSizes: [] }).length, 0);
});
