/**
 * Layer 2. Checking proofs against roots that the caller trusts.
 *
 * Sole owner of the verdict. Every returned call is a proof that holds; everything else is a typed error:
 * `CorruptInputError` for a proof of the wrong form, `ChecksumMismatchError` for one that leads to another
 * root. Hazard: an inclusion proof binds the index, and the size only as far as it gives the path its
 * shape; size and root belong together because a checkpoint signs both.
 *
 * @see RFC 9162 sections 2.1.3.2 and 2.1.4.2
 * @module
 */

import { equalBytes, formatHex } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { ChecksumMismatchError, CorruptInputError } from "../error.ts";
import { HASH_BYTES, hashNode, merkleRoot } from "./merkle_hash.ts";

/** A claim that a leaf is in a tree. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  /** 32 bytes, {@link hashLeaf} of the entry. */
  readonly leafHash: Uint8Array;
  /** 32 bytes each, from the leaf upwards. */
  readonly proof: readonly Uint8Array[];
  /** 32 bytes, out of a verified checkpoint of this size. */
  readonly root: Uint8Array;
}

/** A claim that a tree is the beginning of another. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  /** 32 bytes each. */
  readonly proof: readonly Uint8Array[];
}

/**
 * Accepts an inclusion proof that leads from the leaf to the root.
 *
 * @throws {CorruptInputError} No such leaf, a hash of the wrong width, or too few or too many hashes.
 * @throws {ChecksumMismatchError} The proof leads to another root.
 */
export function verifyInclusion(claim: InclusionClaim, sha256: Sha256): void {
  const { index, size, leafHash, proof, root } = claim;
  checkCount(size, "tree size");
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new CorruptInputError(
      `Cannot accept inclusion proof: leaf ${index} is not in a tree of ${size} leaves`,
      { field: "index" },
    );
  }
  checkHashes([leafHash, root, ...proof], "inclusion proof");
  let node = index, last = size - 1, hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) throw tooMany(proof, "inclusion proof");
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash, sha256);
      // A last node without a right neighbour is its own parent until it is a right child.
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      hash = hashNode(hash, sibling, sha256);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw tooFew(proof, "inclusion proof");
  checkRoot(hash, root, `leaf ${index} of ${size}`);
}

/**
 * Accepts a consistency proof that leads to both roots.
 *
 * Equal sizes take an empty proof and equal roots; a tree of no leaves is the beginning of every tree.
 *
 * @throws {CorruptInputError} The earlier tree is the larger one, a hash of the wrong width, or too few or
 * too many hashes.
 * @throws {ChecksumMismatchError} The proof leads to other roots: the log was forked or rolled back.
 */
export function verifyConsistency(claim: ConsistencyClaim, sha256: Sha256): void {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  checkCount(oldSize, "old tree size");
  checkCount(newSize, "new tree size");
  if (oldSize > newSize) {
    throw new CorruptInputError(
      `Cannot accept consistency proof: ${newSize} leaves cannot extend ${oldSize}`,
      { field: "old tree size" },
    );
  }
  checkHashes([oldRoot, newRoot, ...proof], "consistency proof");
  const what = `${newSize} leaves extending ${oldSize}`;
  if (oldSize === 0 || oldSize === newSize) {
    if (proof.length > 0) throw tooMany(proof, "consistency proof");
    if (oldSize === 0) checkRoot(merkleRoot([], sha256), oldRoot, "no leaves");
    if (oldSize === newSize) checkRoot(newRoot, oldRoot, what);
    return;
  }
  let node = oldSize - 1, last = newSize - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // An earlier tree that is one complete node stands in for the proof's first hash.
  const [first, ...rest] = node === 0 ? [oldRoot, ...proof] : proof;
  if (first === undefined) throw tooFew(proof, "consistency proof");
  let oldHash = first, newHash = first;
  for (const sibling of rest) {
    if (last === 0) throw tooMany(proof, "consistency proof");
    if (node % 2 === 1 || node === last) {
      oldHash = hashNode(sibling, oldHash, sha256);
      newHash = hashNode(sibling, newHash, sha256);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      newHash = hashNode(newHash, sibling, sha256);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw tooFew(proof, "consistency proof");
  checkRoot(oldHash, oldRoot, `${what}, the earlier root`);
  checkRoot(newHash, newRoot, `${what}, the later root`);
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function checkCount(size: number, field: string): void {
  if (Number.isSafeInteger(size) && size >= 0) return;
  throw new CorruptInputError(`Cannot accept proof: ${field} is ${size}`, { field });
}

function checkHashes(hashes: readonly Uint8Array[], what: string): void {
  for (const { byteLength } of hashes) {
    if (byteLength === HASH_BYTES) continue;
    throw new CorruptInputError(
      `Cannot accept ${what}: a hash has ${byteLength} bytes, ${HASH_BYTES} wanted`,
      { field: "hash" },
    );
  }
}

function tooMany(proof: readonly Uint8Array[], what: string): CorruptInputError {
  return new CorruptInputError(
    `Cannot accept ${what}: ${proof.length} hashes are more than its tree needs`,
    { field: "proof" },
  );
}

function tooFew(proof: readonly Uint8Array[], what: string): CorruptInputError {
  return new CorruptInputError(
    `Cannot accept ${what}: ${proof.length} hashes are fewer than its tree needs`,
    { field: "proof" },
  );
}

function checkRoot(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (equalBytes(actual, expected)) return;
  const [actualHex, expectedHex] = [formatHex(actual), formatHex(expected)];
  throw new ChecksumMismatchError(
    `Cannot accept proof of ${what}: it leads to ${actualHex}, the root is ${expectedHex}`,
    { actual: actualHex, expected: expectedHex },
  );
}
