/**
 * Layer 2. Which nodes of a log a root or a proof is made of: arithmetic, no hash.
 *
 * Sole owner of the shape of the tree. A node is complete when all its leaves are there; a complete node
 * never changes again, so it can be stored, cached and served as part of a tile. Every other hash is
 * folded from complete ones, and a plan lists them before anything is read.
 *
 * Hazard: sizes go up to 2^53 − 1, so nothing here may use the 32-bit operators.
 *
 * @see RFC 9162 sections 2.1.3.1 (inclusion) and 2.1.4.1 (consistency)
 * @module
 */

import { InvalidSelectionError } from "../error.ts";

/** A complete node: leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** The complete nodes of one hash, from left to right; the hash is their fold from the right. */
export type FoldPlan = readonly NodeId[];

/** The nodes whose fold is the root of a tree of `size` leaves: its peaks. None when it is empty. */
export function planRoot(size: number): FoldPlan {
  checkSize(size);
  return planRange(0, size);
}

/**
 * One fold for each hash of an inclusion proof, in the proof's order: from the leaf upwards.
 *
 * @throws {InvalidSelectionError} The tree has no leaf at `index`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { planInclusion } from "@wavekeep/core/log";
 *
 * // Leaf 0 of seven: leaf 1, then leaves 2 and 3, then 4 to 6, folded from a pair and a leaf.
 * deepStrictEqual(planInclusion(0, 7), [
 *   [{ level: 0, index: 1 }],
 *   [{ level: 1, index: 1 }],
 *   [{ level: 1, index: 2 }, { level: 0, index: 6 }],
 * ]);
 * ```
 */
export function planInclusion(index: number, size: number): FoldPlan[] {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new InvalidSelectionError(
      `Cannot prove leaf ${index}: the tree has ${size} leaves`,
    );
  }
  const plans: FoldPlan[] = [];
  let start = 0, end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      plans.push(planRange(middle, end));
      end = middle;
    } else {
      plans.push(planRange(start, middle));
      start = middle;
    }
  }
  return plans.reverse();
}

/**
 * One fold for each hash of a consistency proof, in the proof's order.
 *
 * Equal sizes need no proof, and every tree is consistent with the empty one: both plans are empty.
 *
 * @param oldSize How many leaves the earlier tree has.
 * @param newSize How many the later one has.
 * @throws {InvalidSelectionError} The earlier tree is larger than the later one.
 */
export function planConsistency(oldSize: number, newSize: number): FoldPlan[] {
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize > newSize) {
    throw new InvalidSelectionError(
      `Cannot prove that ${newSize} leaves extend ${oldSize}: they are fewer`,
    );
  }
  if (oldSize === 0) return [];
  const plans: FoldPlan[] = [];
  let start = 0, end = newSize;
  // Whoever checks the proof has the root of the earlier tree, so that hash is left out when it is a
  // node of the later one from its very left.
  while (oldSize < end) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      plans.push(planRange(middle, end));
      end = middle;
    } else {
      plans.push(planRange(start, middle));
      start = middle;
    }
  }
  if (start > 0) plans.push(planRange(start, end));
  return plans.reverse();
}

/** The largest power of two below `count`, which is 2 or more. */
export function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/**
 * Complete nodes over `start ≤ leaf < end`, which is a subtree: `start` is a multiple of every node's
 * width.
 */
export function planRange(start: number, end: number): FoldPlan {
  const nodes: NodeId[] = [];
  let at = start;
  while (at < end) {
    let level = 0, width = 1;
    while (width * 2 <= end - at) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** @throws {InvalidSelectionError} `size` is no number of leaves. */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new InvalidSelectionError(`Cannot use a tree of ${size} leaves: not 0 to 2^53 − 1`);
  }
}
