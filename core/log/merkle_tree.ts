/**
 * Layer 2. A log's complete nodes in memory: 64 bytes a leaf.
 *
 * For tests, tools, and verifiers of an export; a service keeps tiles and a {@link CompactRange}.
 *
 * @module
 */

import { assert } from "../assert.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CompactRange } from "./compact_range.ts";
import { type NodeHashOf, rootOf } from "./make_proof.ts";

/** Every complete node of a log, and the root of every size it ever had. */
export class MerkleTree {
  readonly #sha256: Sha256;
  readonly #range: CompactRange;
  /** Hashes by level, then by index. */
  readonly #levels: Uint8Array[][] = [];

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
    this.#range = new CompactRange(sha256);
  }

  /** How many leaves. */
  get size(): number {
    return this.#range.size;
  }

  /** Adds a leaf hash, 32 bytes, kept. */
  append(leafHash: Uint8Array): void {
    this.#range.append(leafHash, ({ level }, hash) => {
      (this.#levels[level] ??= []).push(hash);
    });
  }

  /** Root of the first `size` leaves, of all unless told. */
  root(size: number = this.size): Uint8Array {
    return rootOf(size, this.nodeHashOf, this.#sha256).slice();
  }

  /** For {@link inclusionProof}, {@link consistencyProof} and tiles. */
  readonly nodeHashOf: NodeHashOf = ({ level, index }) => {
    const hash = this.#levels[level]?.[index];
    assert(hash !== undefined, `node ${index} of level ${level} is complete`);
    return hash;
  };
}
