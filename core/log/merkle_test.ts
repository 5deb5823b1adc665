/** RFC 6962's published vectors; every proof up to 256 leaves; a second implementation beside all. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { equalBytes } from "../bytes/mod.ts";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { rootByPath, rootsByProof, TreesOfRfc } from "../testing/merkle_from_rfc.ts";
import { CompactRange } from "./compact_range.ts";
import { consistencyProof, inclusionProof } from "./make_proof.ts";
import { hashLeaf, merkleRoot } from "./merkle_hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from "./verify_proof.ts";

const hex = (text: string) => Uint8Array.fromHex(text);

/** Entries and roots of certificate-transparency's reference tree, by size. */
const ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
  .concat("606162636465666768696a6b6c6d6e6f").map(hex);
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
].map(hex);

const vectors = treeOf(ENTRIES);

Deno.test("roots of the reference tree, each size in three ways", () => {
  for (const [size, root] of ROOTS.entries()) {
    const leaves = ENTRIES.slice(0, size).map((entry) => hashLeaf(entry, sha256));
    const range = new CompactRange(sha256);
    for (const leaf of leaves) range.append(leaf);
    deepStrictEqual(merkleRoot(leaves, sha256), root);
    deepStrictEqual(range.root(), root);
    deepStrictEqual(vectors.root(size), root);
  }
});

Deno.test("inclusion proofs of the reference tree", () => {
  checkInclusionVector(0, 1, []);
  checkInclusionVector(0, 8, [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  ]);
  checkInclusionVector(5, 8, [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]);
});

Deno.test("consistency proofs of the reference tree", () => {
  checkConsistencyVector(1, 1, []);
  checkConsistencyVector(2, 5, [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
  ]);
  checkConsistencyVector(6, 8, [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]);
});

// Hundreds of thousands of refusals: their stacks would be most of the time.
Error.stackTraceLimit = 4;

const SIZE = 256;
const entries = Array.from({ length: SIZE }, (_, i) => Uint8Array.of(i, 0xee));
const tree = treeOf(entries);
const reference = new TreesOfRfc(entries);
const rootsBySize = Array.from({ length: SIZE + 1 }, (_, size) => tree.root(size));

Deno.test("all roots up to 256 leaves are those of the second implementation", () => {
  rootsBySize.forEach((root, size) => deepStrictEqual(root, reference.mth(0, size)));
});

Deno.test("all inclusion proofs up to 256 leaves: accepted, refused with a bit changed, the RFC's", () => {
  let turn = 0;
  for (const claim of inclusionClaims(SIZE)) {
    verifyInclusion(claim, sha256);
    checkSameHashes(claim.proof, reference.path(claim.index, 0, claim.size));
    const fields = hashesOfInclusion(claim);
    // Over the proofs, every hash of every depth and every bit of it has its turn.
    const bit = turn * 89 % (fields.length * 256 + 8);
    checkRefused(() => verifyInclusion(inclusionWithBit(claim, bit), sha256));
    turn++;
  }
  strictEqual(turn, SIZE * (SIZE + 1) / 2);
});

Deno.test("all consistency proofs up to 256 leaves: accepted, refused with a bit changed, the RFC's", () => {
  let turn = 0;
  for (const claim of consistencyClaims(SIZE)) {
    verifyConsistency(claim, sha256);
    checkSameHashes(claim.proof, reference.proof(claim.oldSize, claim.newSize));
    const bit = turn * 89 % (256 * (claim.proof.length + 2));
    checkRefused(() => verifyConsistency(consistencyWithBit(claim, bit), sha256));
    turn++;
  }
  strictEqual(turn, SIZE * (SIZE + 1) / 2);
});

Deno.test("every single bit of every proof up to 5 leaves is refused when it changes", () => {
  for (const claim of inclusionClaims(5)) {
    const bitCount = 256 * hashesOfInclusion(claim).length + 8;
    for (let bit = 0; bit < bitCount; bit++) {
      checkRefused(() => verifyInclusion(inclusionWithBit(claim, bit), sha256));
    }
  }
  for (const claim of consistencyClaims(5)) {
    for (let bit = 0; bit < 256 * (claim.proof.length + 2); bit++) {
      checkRefused(() => verifyConsistency(consistencyWithBit(claim, bit), sha256));
    }
  }
});

Deno.test("proofs with a hash too many, too few or moved are refused", () => {
  const extra = rootsBySize[3]!;
  for (const claim of inclusionClaims(33)) {
    for (const proof of reshaped(claim.proof, extra)) {
      checkRefused(() => verifyInclusion({ ...claim, proof }, sha256));
    }
  }
  for (const claim of consistencyClaims(33)) {
    for (const proof of reshaped(claim.proof, extra)) {
      checkRefused(() => verifyConsistency({ ...claim, proof }, sha256));
    }
  }
});

Deno.test("the second verifier accepts our proofs and gives our roots", () => {
  for (const { index, size, leafHash, proof, root } of inclusionClaims(70)) {
    deepStrictEqual(rootByPath(index, size, leafHash, proof), root);
  }
  for (const { oldSize, newSize, proof, oldRoot, newRoot } of consistencyClaims(70)) {
    deepStrictEqual(rootsByProof(oldSize, newSize, proof, oldRoot), { old: oldRoot, new: newRoot });
  }
});

Deno.test("verifyConsistency() takes the empty tree as the beginning of every tree, with no proof", () => {
  const claim = { oldSize: 0, oldRoot: ROOTS[0]!, newSize: 8, newRoot: ROOTS[8]!, proof: [] };
  verifyConsistency(claim, sha256);
  verifyConsistency({ ...claim, newSize: 0, newRoot: ROOTS[0]! }, sha256);
  checkRefused(() => verifyConsistency({ ...claim, oldRoot: ROOTS[1]! }, sha256));
  checkRefused(() => verifyConsistency({ ...claim, proof: [ROOTS[1]!] }, sha256));
  checkRefused(() => verifyConsistency({ ...claim, newSize: 0 }, sha256));
});

Deno.test("claims that cannot be meant are refused with a typed error", () => {
  const claim: InclusionClaim = {
    index: 0,
    size: 1,
    leafHash: ROOTS[1]!,
    proof: [],
    root: ROOTS[1]!,
  };
  verifyInclusion(claim, sha256);
  for (const index of [-1, 1, 0.5, NaN, 2 ** 53]) {
    checkRefused(() => verifyInclusion({ ...claim, index }, sha256));
  }
  for (const size of [-1, 0, 0.5, NaN, Infinity, 2 ** 53]) {
    checkRefused(() => verifyInclusion({ ...claim, size }, sha256));
  }
  checkRefused(() => verifyInclusion({ ...claim, leafHash: new Uint8Array(31) }, sha256));
  checkRefused(() => verifyInclusion({ ...claim, root: new Uint8Array(0) }, sha256));
  checkRefused(() => inclusionProof({ index: 8, size: 8 }, vectors.nodeHashOf, sha256));
  checkRefused(() => consistencyProof({ oldSize: 3, newSize: 2 }, vectors.nodeHashOf, sha256));
});

function treeOf(list: readonly Uint8Array[]): MerkleTree {
  const made = new MerkleTree(sha256);
  for (const entry of list) made.append(hashLeaf(entry, sha256));
  return made;
}

function checkInclusionVector(index: number, size: number, wanted: string[]): void {
  const proof = inclusionProof({ index, size }, vectors.nodeHashOf, sha256);
  deepStrictEqual(proof.map((hash) => hash.toHex()), wanted);
  const leafHash = hashLeaf(ENTRIES[index]!, sha256);
  verifyInclusion({ index, size, leafHash, proof, root: ROOTS[size]! }, sha256);
}

function checkConsistencyVector(oldSize: number, newSize: number, wanted: string[]): void {
  const proof = consistencyProof({ oldSize, newSize }, vectors.nodeHashOf, sha256);
  deepStrictEqual(proof.map((hash) => hash.toHex()), wanted);
  const [oldRoot, newRoot] = [ROOTS[oldSize]!, ROOTS[newSize]!];
  verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }, sha256);
}

/** Without a difference to print: there are half a million of them. */
function checkSameHashes(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  strictEqual(actual.length, expected.length);
  ok(actual.every((hash, i) => equalBytes(hash, expected[i]!)));
}

function checkRefused(run: () => unknown): void {
  try {
    run();
  } catch (err) {
    if (isCoreError(err)) return;
    throw err;
  }
  ok(false, "accepted what it must refuse");
}

function* inclusionClaims(sizeMax: number): Iterable<InclusionClaim> {
  for (let size = 1; size <= sizeMax; size++) {
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof({ index, size }, tree.nodeHashOf, sha256);
      yield { index, size, leafHash: reference.leaf(index), proof, root: rootsBySize[size]! };
    }
  }
}

function* consistencyClaims(sizeMax: number): Iterable<ConsistencyClaim> {
  for (let newSize = 1; newSize <= sizeMax; newSize++) {
    for (let oldSize = 1; oldSize <= newSize; oldSize++) {
      const proof = consistencyProof({ oldSize, newSize }, tree.nodeHashOf, sha256);
      const [oldRoot, newRoot] = [rootsBySize[oldSize]!, rootsBySize[newSize]!];
      yield { oldSize, oldRoot, newSize, newRoot, proof };
    }
  }
}

function hashesOfInclusion({ leafHash, root, proof }: InclusionClaim): Uint8Array[] {
  return [leafHash, root, ...proof];
}

/** Bits of leaf, root and proof, then the eight bits of the index. */
function inclusionWithBit(claim: InclusionClaim, bit: number): InclusionClaim {
  const hashes = hashesOfInclusion(claim);
  if (bit >= 256 * hashes.length) {
    return { ...claim, index: claim.index ^ 1 << bit - 256 * hashes.length };
  }
  const [leafHash, root, ...proof] = withBit(hashes, bit) as [Uint8Array, Uint8Array];
  return { ...claim, leafHash, root, proof };
}

function consistencyWithBit(claim: ConsistencyClaim, bit: number): ConsistencyClaim {
  const hashes = [claim.oldRoot, claim.newRoot, ...claim.proof];
  const [oldRoot, newRoot, ...proof] = withBit(hashes, bit) as [Uint8Array, Uint8Array];
  return { ...claim, oldRoot, newRoot, proof };
}

function withBit(hashes: readonly Uint8Array[], bit: number): Uint8Array[] {
  const at = bit >>> 8;
  const changed = hashes[at]!.slice();
  const byte = bit >>> 3 & 31;
  changed[byte] = changed[byte]! ^ 1 << (bit & 7);
  return hashes.map((hash, i) => i === at ? changed : hash);
}

function* reshaped(proof: readonly Uint8Array[], extra: Uint8Array): Iterable<Uint8Array[]> {
  yield [...proof, extra];
  yield [extra, ...proof];
  if (proof.length === 0) return;
  yield proof.slice(1);
  yield proof.slice(0, -1);
  yield proof.with(0, proof[0]!.subarray(1));
  if (proof.length > 1) yield [...proof].reverse();
}
