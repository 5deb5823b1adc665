/**
 * The right edge of a log: what has to be in memory to make it longer.
 *
 * Pure, and never changed in place: growing gives another edge, so a sequencer whose write failed still has
 * the one from before. Of each level of tiles it holds the open tile, at most 255 hashes.
 *
 * @see core/log/FORMAT.md, "Files of a log"
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { concatBytes } from "@wavekeep/core/bytes";
import type { Sha256 } from "@wavekeep/core/checksum";
import {
  CompactRange,
  encodeEntryBundle,
  hashLeaf,
  type NodeHashOf,
  nodesFromTiles,
  planRoot,
  TILE_HEIGHT,
  TILE_WIDTH,
} from "@wavekeep/core/log";

/** Stands for the level of entries in a table of tiles. */
export const ENTRIES_LEVEL = -1;

/** A tile as a row: the newest width of it. */
export interface TileRow {
  /** 0 and up, or {@link ENTRIES_LEVEL}. */
  readonly level: number;
  readonly index: number;
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** The open tiles of a log. */
export interface LogEdge {
  readonly size: number;
  /** Entries of the open bundle. */
  readonly entries: readonly Uint8Array[];
  /** Hashes of the open tile of each level; none where the last one is full. */
  readonly hashes: readonly (readonly Uint8Array[])[];
}

/** A longer log. */
export interface Growth {
  readonly edge: LogEdge;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** What is new, full tiles and open ones. */
  readonly tiles: readonly TileRow[];
}

export const EMPTY_EDGE: LogEdge = { size: 0, entries: [], hashes: [] };

/** How many entries or hashes the open tile of a level has. */
export function openWidth(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** Math.max(level, 0)) % TILE_WIDTH;
}

/**
 * Appends entries.
 *
 * @param entries At least one.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { nodeSha256 } from "@wavekeep/core/crypto";
 * import { EMPTY_EDGE, growLog } from "./growing_log.ts";
 *
 * const { edge, tiles } = growLog(EMPTY_EDGE, [Uint8Array.of(1), Uint8Array.of(2)], nodeSha256);
 * strictEqual(edge.size, 2);
 * strictEqual(tiles.map(({ level, width }) => `${level}:${width}`).join(), "-1:2,0:2");
 * ```
 */
export function growLog(edge: LogEdge, entries: readonly Uint8Array[], sha256: Sha256): Growth {
  assert(entries.length > 0, "a log grows by something");
  const range = new CompactRange(sha256, { size: edge.size, peaks: peaksOf(edge, sha256) });
  const hashes = edge.hashes.map((level) => [...level]);
  const open = [...edge.entries];
  const tiles: TileRow[] = [];
  for (const entry of entries) {
    open.push(entry);
    if (open.length === TILE_WIDTH) tiles.push(bundleRow(range.size, open.splice(0)));
    range.append(hashLeaf(entry, sha256), ({ level, index }, hash) => {
      if (level % TILE_HEIGHT !== 0) return;
      const tileLevel = level / TILE_HEIGHT;
      const row = hashes[tileLevel] ??= [];
      row.push(hash);
      if (row.length === TILE_WIDTH) tiles.push(hashRow(tileLevel, index, row.splice(0)));
    });
  }
  const grown: LogEdge = { size: range.size, entries: open, hashes };
  if (open.length > 0) tiles.push(bundleRow(range.size - 1, open));
  for (const [level, row] of hashes.entries()) {
    const before = Math.floor(edge.size / TILE_WIDTH ** level);
    const now = Math.floor(grown.size / TILE_WIDTH ** level);
    if (row.length > 0 && now > before) tiles.push(hashRow(level, now - 1, row));
  }
  return { edge: grown, root: range.root(), tiles };
}

/** Nodes that are made of hashes in open tiles: all that the root needs. */
export function nodesOfEdge(edge: LogEdge, sha256: Sha256): NodeHashOf {
  const files = new Map(edge.hashes.map((row, level) => [level, concatBytes(...row)]));
  return nodesFromTiles(edge.size, (path) => files.get(Number(path.split("/")[1])), sha256);
}

function peaksOf(edge: LogEdge, sha256: Sha256): Uint8Array[] {
  return planRoot(edge.size).map(nodesOfEdge(edge, sha256));
}

/** @param last Index of the last entry in it. */
function bundleRow(last: number, entries: readonly Uint8Array[]): TileRow {
  return {
    level: ENTRIES_LEVEL,
    index: Math.floor(last / TILE_WIDTH),
    width: entries.length,
    bytes: encodeEntryBundle(entries).slice(),
  };
}

/** @param last Index of the last hash in it. */
function hashRow(level: number, last: number, hashes: readonly Uint8Array[]): TileRow {
  return {
    level,
    index: Math.floor(last / TILE_WIDTH),
    width: hashes.length,
    bytes: concatBytes(...hashes),
  };
}
