/**
 * Layer 2. Roots, inclusion proofs and consistency proofs, out of complete nodes.
 *
 * Where the nodes come from is the caller's: a tree in memory, tiles of a disk, tiles of a server. They
 * need not be trusted: whoever has a signed root checks what is made here against it.
 *
 * @see RFC 9162 sections 2.1.3.1 and 2.1.4.1
 * @module
 */

import type { Sha256 } from "../checksum/mod.ts";
import { hashNode, merkleRoot } from "./merkle_hash.ts";
import {
  type FoldPlan,
  type NodeId,
  planConsistency,
  planInclusion,
  planRoot,
} from "./tree_plan.ts";

/** Gives the hash of a complete node, 32 bytes; throws when it has none. */
export type NodeHashOf = (node: NodeId) => Uint8Array;

/** Root of the first `size` leaves. */
export function rootOf(size: number, nodeHashOf: NodeHashOf, sha256: Sha256): Uint8Array {
  return size === 0 ? merkleRoot([], sha256) : fold(planRoot(size), nodeHashOf, sha256);
}

/**
 * The hashes that lead from leaf `index` to the root of the first `size` leaves.
 *
 * @throws {InvalidSelectionError} The tree has no such leaf.
 *
 * @example
 * ```ts
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { hashLeaf, inclusionProof, MerkleTree, verifyInclusion } from "@wavekeep/core/log";
 *
 * const leaves = [1, 2, 3].map((byte) => hashLeaf(Uint8Array.of(byte), sha256));
 * const tree = new MerkleTree(sha256);
 * for (const leaf of leaves) tree.append(leaf);
 * const proof = inclusionProof({ index: 1, size: 3 }, tree.nodeHashOf, sha256);
 * verifyInclusion({ index: 1, size: 3, leafHash: leaves[1]!, root: tree.root(), proof }, sha256);
 * ```
 */
export function inclusionProof(
  of: { readonly index: number; readonly size: number },
  nodeHashOf: NodeHashOf,
  sha256: Sha256,
): Uint8Array[] {
  return planInclusion(of.index, of.size).map((plan) => fold(plan, nodeHashOf, sha256));
}

/**
 * The hashes that show that the first `newSize` leaves begin with the first `oldSize`.
 *
 * @throws {InvalidSelectionError} `oldSize` is above `newSize`.
 */
export function consistencyProof(
  of: { readonly oldSize: number; readonly newSize: number },
  nodeHashOf: NodeHashOf,
  sha256: Sha256,
): Uint8Array[] {
  return planConsistency(of.oldSize, of.newSize).map((plan) => fold(plan, nodeHashOf, sha256));
}

function fold(plan: FoldPlan, nodeHashOf: NodeHashOf, sha256: Sha256): Uint8Array {
  let hash = nodeHashOf(plan.at(-1)!);
  for (let i = plan.length - 2; i >= 0; i--) {
    hash = hashNode(nodeHashOf(plan[i]!), hash, sha256);
  }
  return hash;
}
