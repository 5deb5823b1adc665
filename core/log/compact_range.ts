/**
 * Layer 2. A growing log as its peaks: at most 53 hashes, whatever its size.
 *
 * What a sequencer keeps in memory and a verifier needs to read a log once from end to end. Every node
 * that becomes complete is handed out once, which is how tiles are made.
 *
 * @module
 */

import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError } from "../error.ts";
import { HASH_BYTES, hashNode, merkleRoot } from "./merkle_hash.ts";
import { checkSize, type NodeId, planRoot } from "./tree_plan.ts";

/**
 * The peaks of the first `size` leaves, and how they grow.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { CompactRange, hashLeaf, merkleRoot } from "@wavekeep/core/log";
 *
 * const leaves = [1, 2, 3].map((byte) => hashLeaf(Uint8Array.of(byte), sha256));
 * const range = new CompactRange(sha256);
 * for (const leaf of leaves) range.append(leaf);
 * deepStrictEqual(range.root(), merkleRoot(leaves, sha256));
 * strictEqual(new CompactRange(sha256, { size: 3, peaks: range.peaks }).size, 3);
 * ```
 */
export class CompactRange {
  readonly #sha256: Sha256;
  readonly #peaks: Uint8Array[];
  #size: number;

  /**
   * @param from Where to go on: a size and its peaks, from left to right. Empty unless told.
   * @throws {CorruptInputError} The peaks are not as many as the size has, or one is no hash.
   */
  constructor(
    sha256: Sha256,
    from: { readonly size: number; readonly peaks: readonly Uint8Array[] } = { size: 0, peaks: [] },
  ) {
    checkSize(from.size);
    const wanted = planRoot(from.size).length;
    if (
      from.peaks.length !== wanted || from.peaks.some((peak) => peak.byteLength !== HASH_BYTES)
    ) {
      throw new CorruptInputError(
        `Cannot go on from ${from.size} leaves: ${from.peaks.length} peaks, ${wanted} of ${HASH_BYTES} bytes wanted`,
        { field: "peaks" },
      );
    }
    this.#sha256 = sha256;
    this.#size = from.size;
    this.#peaks = [...from.peaks];
  }

  /** How many leaves. */
  get size(): number {
    return this.#size;
  }

  /** Hashes of the complete nodes that {@link planRoot} of the size lists, in its order. */
  get peaks(): readonly Uint8Array[] {
    return [...this.#peaks];
  }

  /**
   * Adds a leaf.
   *
   * @param leafHash 32 bytes, kept.
   * @param onNode Told of every node that is complete now, the leaf first, then upwards.
   */
  append(leafHash: Uint8Array, onNode?: (node: NodeId, hash: Uint8Array) => void): void {
    let level = 0, index = this.#size, hash = leafHash;
    onNode?.({ level, index }, hash);
    while (index % 2 === 1) {
      hash = hashNode(this.#peaks.pop()!, hash, this.#sha256);
      level++;
      index = (index - 1) / 2;
      onNode?.({ level, index }, hash);
    }
    this.#peaks.push(hash);
    this.#size++;
  }

  /** Root of the leaves so far. */
  root(): Uint8Array {
    if (this.#size === 0) return merkleRoot([], this.#sha256);
    let hash = this.#peaks.at(-1)!;
    for (let i = this.#peaks.length - 2; i >= 0; i--) {
      hash = hashNode(this.#peaks[i]!, hash, this.#sha256);
    }
    return hash.slice();
  }
}
