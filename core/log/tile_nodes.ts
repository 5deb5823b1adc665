/**
 * Layer 2. A tile of hashes with the nodes below its parents, each hashed when it is first wanted.
 *
 * An inclusion proof takes a node of every height of a tile, 247 hashes together when each is made from the
 * tile's row anew; whoever keeps tiles makes them once. A full tile never changes, and neither does a
 * complete node of one that still grows.
 *
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { HASH_BYTES, hashNode } from "./merkle_hash.ts";
import { TILE_HEIGHT, TILE_WIDTH, type TileId } from "./tile.ts";

/** Nodes of heights 0 to 7 of a full tile: 256, 128, … 2. */
const NODES = 2 * TILE_WIDTH - 2;

/**
 * One tile. Hazard: what is made from a tile is as good as the tile, which is what somebody says.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { encodeTile, hashLeaf, MerkleTree, TileNodes } from "@wavekeep/core/log";
 *
 * const tree = new MerkleTree(sha256);
 * for (let i = 0; i < 5; i++) tree.append(hashLeaf(Uint8Array.of(i), sha256));
 * const tile = { level: 0, index: 0, width: 5 };
 * const nodes = new TileNodes(tile, encodeTile(tile, tree.nodeHashOf), sha256);
 * deepStrictEqual(nodes.hash(2, 0), tree.nodeHashOf({ level: 2, index: 0 }));
 * ```
 */
export class TileNodes {
  /** How many hashes the tile has. */
  readonly width: number;
  readonly #sha256: Sha256;
  /** Height after height, from the tile's own row up. */
  readonly #hashes: Uint8Array;
  readonly #isKnown = new Uint8Array(NODES);

  /**
   * @param bytes Its hashes one after the other; copied.
   * @throws {TruncatedInputError} Fewer bytes than the width needs.
   * @throws {CorruptInputError} More bytes than that.
   */
  constructor({ level, width }: TileId, bytes: Uint8Array, sha256: Sha256) {
    assert(level !== "entries", "a bundle of entries is no tile of hashes");
    const reader = new ByteReader(bytes, { what: "tile of hashes" });
    const row = reader.bytes(width * HASH_BYTES);
    reader.expectEnd();
    this.width = width;
    this.#sha256 = sha256;
    this.#hashes = new Uint8Array(NODES * HASH_BYTES);
    this.#hashes.set(row);
    this.#isKnown.fill(1, 0, width);
  }

  /**
   * The hash of a complete node: `height` 0 to 7 above the tile's row, `index` from the tile's left. A copy.
   */
  hash(height: number, index: number): Uint8Array {
    assert(
      0 <= height && height < TILE_HEIGHT && 0 <= index && (index + 1) * 2 ** height <= this.width,
      "a node is complete and of this tile",
    );
    return this.#hash(height, index).slice();
  }

  #hash(height: number, index: number): Uint8Array {
    // Rows of 256, 128, …: the sum of those below.
    const at = 2 * TILE_WIDTH - (2 * TILE_WIDTH >> height) + index;
    const start = at * HASH_BYTES;
    if (this.#isKnown[at] === 0) {
      const left = this.#hash(height - 1, 2 * index);
      const right = this.#hash(height - 1, 2 * index + 1);
      this.#hashes.set(hashNode(left, right, this.#sha256), start);
      this.#isKnown[at] = 1;
    }
    return this.#hashes.subarray(start, start + HASH_BYTES);
  }
}
