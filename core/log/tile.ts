/**
 * Layer 2. Names of tiles: coordinates, widths and paths.
 *
 * Sole owner of the spelling of paths. A tile holds up to 256 neighbouring hashes of one level, and a
 * level is eight of the tree's; a bundle holds the entries of a tile of level 0.
 *
 * @see https://c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries"
 * @module
 */

import { assert } from "../assert.ts";
import { CorruptInputError, LimitExceededError } from "../error.ts";
import { checkSize, type NodeId } from "./tree_plan.ts";

/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree in a level of tiles. */
export const TILE_HEIGHT = 8;
const LEVEL_MAX = 63;

/** Where a tile of hashes, or a bundle of entries, lies in its log. */
export interface TileId {
  /** 0 to 63, or "entries" for the bundle of a tile of level 0. */
  readonly level: number | "entries";
  readonly index: number;
  /** How many hashes or entries: 256 when full, 1 to 255 when partial. */
  readonly width: number;
}

/**
 * The path of a tile below the log's prefix.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { formatTilePath, parseTilePath } from "@wavekeep/core/log";
 *
 * const tile = { level: 0, index: 1234067, width: 5 };
 * strictEqual(formatTilePath(tile), "tile/0/x001/x234/067.p/5");
 * deepStrictEqual(parseTilePath("tile/0/x001/x234/067.p/5"), tile);
 * strictEqual(formatTilePath({ level: "entries", index: 0, width: 256 }), "tile/entries/000");
 * ```
 */
export function formatTilePath(tile: TileId): string {
  const { level, index, width } = tile;
  assert(
    level === "entries" || Number.isInteger(level) && 0 <= level && level <= LEVEL_MAX,
    `${level} is a level of tiles`,
  );
  assert(Number.isSafeInteger(index) && index >= 0, `${index} is the index of a tile`);
  assert(
    Number.isInteger(width) && 1 <= width && width <= TILE_WIDTH,
    `${width} is the width of a tile`,
  );
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const elements = padded.match(/.{3}/g)!;
  const path = elements.map((element, i) => i < elements.length - 1 ? `x${element}` : element);
  const suffix = width === TILE_WIDTH ? "" : `.p/${width}`;
  return `tile/${level}/${path.join("/")}${suffix}`;
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/**
 * Reads a path, and takes the one spelling that {@link formatTilePath} writes.
 *
 * @throws {CorruptInputError} The text is no path of a tile, or another spelling of one.
 * @throws {LimitExceededError} The index is 2^53 or more.
 */
export function parseTilePath(path: string): TileId {
  const match = PATH.exec(path);
  if (match === null) throw malformedPath(path);
  const [, levelText, elements, widthText] = match;
  const level = levelText === "entries" ? levelText : Number(levelText);
  const index = Number(elements!.replace(/[x/]/g, ""));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  if (!Number.isSafeInteger(index)) {
    throw new LimitExceededError("Cannot read path of a tile: its index is 2^53 or more", {
      limit: Number.MAX_SAFE_INTEGER,
      actual: index,
    });
  }
  if (level !== "entries" && level > LEVEL_MAX || width >= TILE_WIDTH && widthText !== undefined) {
    throw malformedPath(path);
  }
  const tile: TileId = { level, index, width };
  if (formatTilePath(tile) !== path) throw malformedPath(path);
  return tile;
}

function malformedPath(path: string): CorruptInputError {
  return new CorruptInputError(
    `Cannot read path of a tile: ${path.length} characters are not tile/<level>/<index>[.p/<width>]`,
    { field: "path" },
  );
}

/** The tile, of a log of `size` leaves, that a complete node is read from. */
export function tileOfNode(node: NodeId, size: number): TileId {
  checkSize(size);
  const level = Math.floor(node.level / TILE_HEIGHT);
  const index = Math.floor(firstHashOf(node) / TILE_WIDTH);
  return { level, index, width: Math.min(TILE_WIDTH, hashCount(level, size) - index * TILE_WIDTH) };
}

/** Position, among all hashes of its level of tiles, of the first hash below a node. */
export function firstHashOf(node: NodeId): number {
  return node.index * 2 ** (node.level % TILE_HEIGHT);
}

/**
 * Every tile of hashes that a log of `newSize` leaves has and one of `oldSize` had not, level by level.
 *
 * What a sequencer writes before it publishes a checkpoint; from 0, all tiles of a log. The bundles are
 * the tiles of level 0 under the level "entries".
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { newTiles } from "@wavekeep/core/log";
 *
 * deepStrictEqual([...newTiles(255, 257)], [
 *   { level: 0, index: 0, width: 256 },
 *   { level: 0, index: 1, width: 1 },
 *   { level: 1, index: 0, width: 1 },
 * ]);
 * ```
 */
export function* newTiles(oldSize: number, newSize: number): Iterable<TileId> {
  checkSize(oldSize);
  checkSize(newSize);
  for (let level = 0; level <= LEVEL_MAX; level++) {
    const [before, after] = [hashCount(level, oldSize), hashCount(level, newSize)];
    if (after <= before) return;
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, after - index * TILE_WIDTH) };
    }
  }
}

/** How many hashes a level of tiles has: ⌊size / 256^level⌋. */
function hashCount(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}
