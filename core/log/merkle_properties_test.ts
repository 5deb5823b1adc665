/** Proofs and compact ranges of random logs, and of logs of any size. @module */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { TreesOfRfc } from "../testing/merkle_from_rfc.ts";
import { CompactRange } from "./compact_range.ts";
import { consistencyProof, inclusionProof } from "./make_proof.ts";
import { hashLeaf } from "./merkle_hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { verifyInclusion } from "./verify_proof.ts";

Deno.test("proofs of logs of any size up to 2^53 − 1: as many hashes as the path is long", () => {
  fc.assert(
    fc.property(anyClaim(), ({ index, size }) => {
      const nodeHashOf = ({ level, index }: { level: number; index: number }) =>
        sha256(new TextEncoder().encode(`${level}/${index}`));
      const leafHash = nodeHashOf({ level: 0, index });
      const proof = inclusionProof({ index, size }, nodeHashOf, sha256);
      ok(proof.length <= 53);
      // Nodes are made up, so the proof leads to a root of its own; the verifier must want this many.
      throws(
        () => verifyInclusion({ index, size, leafHash, proof, root: new Uint8Array(32) }, sha256),
        (err) => isCoreError(err, "ChecksumMismatchError"),
      );
      throws(
        () =>
          verifyInclusion(
            { index, size, leafHash, proof: [...proof, leafHash], root: leafHash },
            sha256,
          ),
        (err) => isCoreError(err, "CorruptInputError"),
      );
    }),
    { numRuns: 200 },
  );
});

Deno.test("random logs: both implementations agree on root and proofs, and growth can be cut anywhere", () => {
  const someEntries = fc.array(fc.uint8Array({ maxLength: 40 }), {
    minLength: 1,
    maxLength: 40,
    size: "max",
  });
  fc.assert(
    fc.property(someEntries, fc.nat(), fc.nat(), (list, a, b) => {
      const other = new TreesOfRfc(list);
      const [cut, index] = [a % (list.length + 1), b % list.length];
      const range = new CompactRange(sha256);
      for (const entry of list.slice(0, cut)) range.append(hashLeaf(entry, sha256));
      const resumed = new CompactRange(sha256, { size: cut, peaks: range.peaks });
      for (const entry of list.slice(cut)) resumed.append(hashLeaf(entry, sha256));
      deepStrictEqual(resumed.root(), other.mth(0, list.length));
      const tree = new MerkleTree(sha256);
      for (const entry of list) tree.append(hashLeaf(entry, sha256));
      const { nodeHashOf } = tree;
      deepStrictEqual(
        inclusionProof({ index, size: list.length }, nodeHashOf, sha256),
        other.path(index, 0, list.length),
      );
      if (cut === 0) return;
      deepStrictEqual(
        consistencyProof({ oldSize: cut, newSize: list.length }, nodeHashOf, sha256),
        other.proof(cut, list.length),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("CompactRange refuses peaks that its size cannot have", () => {
  const refuses = (run: () => unknown) => throws(run, (err) => isCoreError(err));
  const peak = sha256(new Uint8Array(0));
  refuses(() => new CompactRange(sha256, { size: 3, peaks: [peak] }));
  refuses(() => new CompactRange(sha256, { size: 2, peaks: [peak, peak] }));
  refuses(() => new CompactRange(sha256, { size: 1, peaks: [peak.subarray(1)] }));
  refuses(() => new CompactRange(sha256, { size: -1, peaks: [] }));
});

/** Any size, small ones and those about powers of two more often, and a leaf of it. */
function anyClaim(): fc.Arbitrary<{ index: number; size: number }> {
  const sizes = fc.oneof(
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc.integer({ min: 1, max: 1000 }),
    fc.tuple(fc.integer({ min: 1, max: 52 }), fc.integer({ min: -1, max: 1 }))
      .map(([exponent, step]) => 2 ** exponent + step),
  );
  return sizes.chain((size) =>
    fc.oneof(fc.constant(0), fc.constant(size - 1), fc.integer({ min: 0, max: size - 1 }))
      .map((index) => ({ index, size }))
  );
}
