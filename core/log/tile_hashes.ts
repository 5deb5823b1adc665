/**
 * Layer 2. Tiles of hashes: their bytes, and the nodes that are read from them.
 *
 * Hazard: a tile is what a server says. Hashes out of tiles are worth something only after a proof made
 * of them led to a signed root.
 *
 * @see https://c2sp.org/tlog-tiles, "Merkle Tree"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, concatBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { InvalidSelectionError } from "../error.ts";
import { HASH_BYTES } from "./merkle_hash.ts";
import type { NodeHashOf } from "./make_proof.ts";
import {
  firstHashOf,
  formatTilePath,
  TILE_HEIGHT,
  TILE_WIDTH,
  type TileId,
  tileOfNode,
} from "./tile.ts";
import { TileNodes } from "./tile_nodes.ts";
import type { FoldPlan } from "./tree_plan.ts";

/** The bytes of a tile: its hashes one after the other, 8,192 bytes when full. */
export function encodeTile(tile: TileId, nodeHashOf: NodeHashOf): Uint8Array<ArrayBuffer> {
  assert(tile.level !== "entries", "a bundle of entries is no tile of hashes");
  const level = tile.level * TILE_HEIGHT;
  const first = tile.index * TILE_WIDTH;
  return concatBytes(
    ...Array.from({ length: tile.width }, (_, i) => nodeHashOf({ level, index: first + i })),
  );
}

/**
 * The hashes of a tile, as views into `bytes`.
 *
 * @throws {TruncatedInputError} Fewer bytes than the width needs.
 * @throws {CorruptInputError} More bytes than that.
 */
export function decodeTile(tile: TileId, bytes: Uint8Array): Uint8Array[] {
  assert(tile.level !== "entries", "a bundle of entries is no tile of hashes");
  const reader = new ByteReader(bytes, { what: "tile of hashes" });
  const hashes = Array.from({ length: tile.width }, () => reader.bytes(HASH_BYTES));
  reader.expectEnd();
  return hashes;
}

/** The tiles, of a log of `size` leaves, that these folds are read from, each once. */
export function tilesOfPlans(plans: readonly FoldPlan[], size: number): TileId[] {
  const tiles = new Map<string, TileId>();
  for (const node of plans.flat()) {
    const tile = tileOfNode(node, size);
    tiles.set(formatTilePath(tile), tile);
  }
  return [...tiles.values()];
}

/**
 * Reads nodes from the tiles of a log.
 *
 * @param size Leaves of the log that the tiles belong to.
 * @param tileBytes Bytes by the path of the tile; a tile that is not there makes the node an error.
 * @returns A function that throws {@link InvalidSelectionError} for a tile that is missing, and what
 * {@link decodeTile} throws for one of the wrong length.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import * as log from "@wavekeep/core/log";
 *
 * const tree = new log.MerkleTree(sha256);
 * for (let i = 0; i < 300; i++) tree.append(log.hashLeaf(Uint8Array.of(i & 255, i >> 8), sha256));
 * const files = new Map<string, Uint8Array>();
 * for (const tile of log.newTiles(0, 300)) {
 *   files.set(log.formatTilePath(tile), log.encodeTile(tile, tree.nodeHashOf));
 * }
 * const nodeHashOf = log.nodesFromTiles(300, (path) => files.get(path), sha256);
 * deepStrictEqual(log.rootOf(300, nodeHashOf, sha256), tree.root());
 * ```
 */
export function nodesFromTiles(
  size: number,
  tileBytes: (path: string) => Uint8Array | undefined,
  sha256: Sha256,
): NodeHashOf {
  const known = new Map<string, TileNodes>();
  return nodesOfTiles(size, (tile) => {
    const path = formatTilePath(tile);
    let nodes = known.get(path);
    if (nodes !== undefined) return nodes;
    const bytes = tileBytes(path);
    if (bytes === undefined) return undefined;
    nodes = new TileNodes(tile, bytes, sha256);
    known.set(path, nodes);
    return nodes;
  });
}

/**
 * {@link nodesFromTiles} for who keeps tiles with their nodes.
 *
 * @param nodesOf Of a tile as wide as asked for, or wider; undefined makes the node an error.
 */
export function nodesOfTiles(
  size: number,
  nodesOf: (tile: TileId) => TileNodes | undefined,
): NodeHashOf {
  return (node) => {
    const tile = tileOfNode(node, size);
    const nodes = nodesOf(tile);
    if (nodes === undefined) {
      throw new InvalidSelectionError(
        `Cannot read node of a log: ${formatTilePath(tile)} is not there`,
      );
    }
    const height = node.level % TILE_HEIGHT;
    const start = firstHashOf(node) - tile.index * TILE_WIDTH;
    if (start + 2 ** height > tile.width) {
      throw new InvalidSelectionError(
        `Cannot read node of a log: its last leaf is not among ${size}`,
      );
    }
    return nodes.hash(height, start / 2 ** height);
  };
}
