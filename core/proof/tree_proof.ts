/**
 * Layer 5. One proof for many leaves of a log, and for the sizes it had before.
 *
 * Sole owner of its order. A recording has a hundred thousand leaves among those of others: a proof for
 * each repeats the upper nodes a hundred thousand times, tiles bring 255 neighbours along with each. This
 * proof holds every node once, and only those that the verifier cannot compute: walk the tree from the
 * root, left before right; a subtree with none of the leaves and none of the earlier sizes inside gives
 * its hash, every other one is split. Hazard: hashes have no place of their own, so a wrong one says that
 * the proof is wrong and not where.
 *
 * @see core/proof/FORMAT.md, "proof.bin"
 * @module
 */

import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError, InvalidSelectionError } from "../error.ts";
import {
  checkSize,
  type FoldPlan,
  hashNode,
  merkleRoot,
  type NodeHashOf,
  planRange,
  splitPoint,
} from "../log/mod.ts";

/** What a tree proof is about. */
export interface TreeProofShape {
  /** Leaves of the log. */
  readonly size: number;
  /** Indexes of the leaves that it proves, ascending. */
  readonly indexes: readonly number[];
  /** Sizes that the log had before, ascending, each from 1 to `size`. */
  readonly earlierSizes: readonly number[];
}

/** What a tree proof leads to. */
export interface ProvenRoots {
  /** Of `size` leaves. */
  readonly root: Uint8Array;
  /** Of each earlier size. */
  readonly earlierRoots: readonly Uint8Array[];
}

/**
 * One fold for each hash of a tree proof, in its order.
 *
 * @throws {InvalidSelectionError} Indexes or sizes that do not ascend, or that the log does not have.
 */
export function planTreeProof(shape: TreeProofShape): FoldPlan[] {
  checkShape(shape);
  const plans: FoldPlan[] = [];
  const walk = (start: number, end: number, inside: Inside) => {
    if (!mustSplit(start, end, inside)) {
      if (inside.firstIndex === inside.endIndex) plans.push(planRange(start, end));
      return;
    }
    const middle = start + splitPoint(end - start);
    const { left, right } = split(shape, inside, middle);
    walk(start, middle, left);
    walk(middle, end, right);
  };
  if (shape.size > 0) walk(0, shape.size, everything(shape));
  return plans;
}

/** The hashes of a tree proof, folded from complete nodes. */
export function treeProof(
  shape: TreeProofShape,
  nodeHashOf: NodeHashOf,
  sha256: Sha256,
): Uint8Array[] {
  return planTreeProof(shape).map((plan) => foldPlan(plan, nodeHashOf, sha256));
}

/** One hash of a proof: its complete nodes, folded from the right. */
export function foldPlan(plan: FoldPlan, nodeHashOf: NodeHashOf, sha256: Sha256): Uint8Array {
  let hash = nodeHashOf(plan.at(-1)!);
  for (let i = plan.length - 2; i >= 0; i--) {
    hash = hashNode(nodeHashOf(plan[i]!), hash, sha256);
  }
  return hash;
}

/**
 * The roots that leaves and proof lead to. They are worth what the signed root says that they are compared
 * with.
 *
 * @param of.leafHashes In the order of `shape.indexes`.
 * @param of.proof Hashes of 32 bytes in their order.
 * @throws {InvalidSelectionError} The shape is none.
 * @throws {CorruptInputError} More or fewer hashes than the shape needs.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { hashLeaf, MerkleTree } from "@wavekeep/core/log";
 * import { rootsOfTreeProof, treeProof } from "@wavekeep/core/proof";
 *
 * const leaves = Array.from({ length: 9 }, (_, i) => hashLeaf(Uint8Array.of(i), sha256));
 * const tree = new MerkleTree(sha256);
 * for (const leaf of leaves) tree.append(leaf);
 * const shape = { size: 9, indexes: [2, 3, 8], earlierSizes: [6] };
 * const proof = treeProof(shape, tree.nodeHashOf, sha256);
 * const leafHashes = shape.indexes.map((index) => leaves[index]!);
 * const { root, earlierRoots } = rootsOfTreeProof(shape, { leafHashes, proof }, sha256);
 * deepStrictEqual(root, tree.root());
 * deepStrictEqual(earlierRoots, [tree.root(6)]);
 * ```
 */
export function rootsOfTreeProof(
  shape: TreeProofShape,
  of: { readonly leafHashes: readonly Uint8Array[]; readonly proof: readonly Uint8Array[] },
  sha256: Sha256,
): ProvenRoots {
  checkShape(shape);
  const { indexes, earlierSizes, size } = shape;
  if (of.leafHashes.length !== indexes.length) {
    throw new InvalidSelectionError(
      `Cannot use tree proof: ${of.leafHashes.length} leaf hashes for ${indexes.length} leaves`,
    );
  }
  if (size === 0) {
    if (of.proof.length > 0) throw wrongLength("more");
    return { root: merkleRoot([], sha256), earlierRoots: [] };
  }
  let used = 0;
  // The hash of a subtree, and of its leaves before each earlier size inside it, in their order.
  const walk = (
    start: number,
    end: number,
    inside: Inside,
  ): { hash: Uint8Array; before: Uint8Array[] } => {
    if (!mustSplit(start, end, inside)) {
      if (inside.firstIndex < inside.endIndex) {
        return { hash: of.leafHashes[inside.firstIndex]!, before: [] };
      }
      const hash = of.proof[used++];
      if (hash === undefined) throw wrongLength("fewer");
      return { hash, before: [] };
    }
    const middle = start + splitPoint(end - start);
    const { left, right } = split(shape, inside, middle);
    const one = walk(start, middle, left);
    const other = walk(middle, end, right);
    // A size that ends with the left half is inside neither half; it stands between them.
    const isBetween = left.endSize < right.firstSize;
    return {
      hash: hashNode(one.hash, other.hash, sha256),
      before: [
        ...one.before,
        ...(isBetween ? [one.hash] : []),
        ...other.before.map((hash) => hashNode(one.hash, hash, sha256)),
      ],
    };
  };
  const { hash, before } = walk(0, size, everything(shape));
  if (used < of.proof.length) throw wrongLength("more");
  return {
    root: hash,
    earlierRoots: earlierSizes.at(-1) === size ? [...before, hash] : before,
  };
}

/** Which of the indexes, and which of the sizes that end inside and not with it, a subtree has. */
interface Inside {
  readonly firstIndex: number;
  readonly endIndex: number;
  readonly firstSize: number;
  readonly endSize: number;
}

function everything({ size, indexes, earlierSizes }: TreeProofShape): Inside {
  const isWhole = earlierSizes.at(-1) === size;
  return {
    firstIndex: 0,
    endIndex: indexes.length,
    firstSize: 0,
    endSize: earlierSizes.length - (isWhole ? 1 : 0),
  };
}

function mustSplit(start: number, end: number, inside: Inside): boolean {
  if (end - start === 1) return false;
  return inside.firstIndex < inside.endIndex || inside.firstSize < inside.endSize;
}

function split(
  { indexes, earlierSizes }: TreeProofShape,
  { firstIndex, endIndex, firstSize, endSize }: Inside,
  middle: number,
): { left: Inside; right: Inside } {
  const index = lowerBound(indexes, middle, firstIndex, endIndex);
  const size = lowerBound(earlierSizes, middle, firstSize, endSize);
  const isAtMiddle = size < endSize && earlierSizes[size] === middle;
  return {
    left: { firstIndex, endIndex: index, firstSize, endSize: size },
    right: { firstIndex: index, endIndex, firstSize: size + (isAtMiddle ? 1 : 0), endSize },
  };
}

/** Position of the first value that is not below `wanted`, of `start ≤ position < end`; else `end`. */
function lowerBound(values: readonly number[], wanted: number, start: number, end: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkShape({ size, indexes, earlierSizes }: TreeProofShape): void {
  checkSize(size);
  const ascends = (values: readonly number[], least: number, greatest: number) =>
    values.every((value, i) =>
      Number.isSafeInteger(value) && value <= greatest && value >= least &&
      (i === 0 || values[i - 1]! < value)
    );
  if (ascends(indexes, 0, size - 1) && ascends(earlierSizes, 1, size)) return;
  throw new InvalidSelectionError(
    `Cannot use tree proof: indexes or earlier sizes do not ascend within ${size} leaves`,
  );
}

function wrongLength(than: "more" | "fewer"): CorruptInputError {
  return new CorruptInputError(`Cannot accept tree proof: it has ${than} hashes than it needs`, {
    field: "proof",
  });
}
