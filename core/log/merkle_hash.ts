/**
 * Layer 2. The two hashes a Merkle tree is made of, and the root of a list of leaves.
 *
 * Sole owner of the prefixes. A leaf begins with another byte than a node, so that no entry can pose as
 * two children (a second preimage without breaking SHA-256).
 *
 * @see RFC 6962 section 2.1, RFC 9162 section 2.1.1
 * @module
 */

import type { Sha256 } from "../checksum/mod.ts";

/** Width of every hash in the log: SHA-256, fixed by C2SP tlog-tiles. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** One node's input, used again for every node: `Sha256` keeps nothing. */
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
nodeInput[0] = NODE_PREFIX;

/** Hash of a leaf: H(0x00 ‖ entry), 32 bytes. */
export function hashLeaf(entry: Uint8Array, sha256: Sha256): Uint8Array {
  const input = new Uint8Array(1 + entry.byteLength);
  input[0] = LEAF_PREFIX;
  input.set(entry, 1);
  return sha256(input);
}

/** Hash of a node: H(0x01 ‖ left ‖ right), 32 bytes. Both children are hashes of 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/**
 * Root of a tree with these leaf hashes; of none, H of nothing.
 *
 * Pairs neighbours level by level and carries an odd one up, which is the tree of the specification.
 *
 * @param leafHashes In the order of the log; not kept, not changed.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { hashLeaf, hashNode, merkleRoot } from "@wavekeep/core/log";
 *
 * const [a, b, c] = [1, 2, 3].map((byte) => hashLeaf(Uint8Array.of(byte), sha256)) as
 *   [Uint8Array, Uint8Array, Uint8Array];
 * deepStrictEqual(merkleRoot([a, b, c], sha256), hashNode(hashNode(a, b, sha256), c, sha256));
 * ```
 */
export function merkleRoot(leafHashes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  if (leafHashes.length === 0) return sha256(new Uint8Array(0));
  let row: readonly Uint8Array[] = leafHashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) above.push(hashNode(row[i]!, row[i + 1]!, sha256));
    if (row.length % 2 === 1) above.push(row.at(-1)!);
    row = above;
  }
  return row[0]!.slice();
}
