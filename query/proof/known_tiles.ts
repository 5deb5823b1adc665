/**
 * Tiles of the log that were read a moment ago, so that a proof asks the database for none of them.
 *
 * Sole owner of keeping them. Only hashes, of all sites: nothing here is anybody's. A complete node never
 * changes; a tile that grew since is asked for again. Hazard: what is kept is what the database said. A proof
 * that does not lead to the signed root has the tiles it was made of forgotten and read once more, so that
 * damage that was mended does not live on here.
 *
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { type TileId, TileNodes } from "@wavekeep/core/log";

/** 16 KiB each: 8 MB, the proofs of some 130,000 neighbouring leaves. */
const TILES_MAX = 512;

/** Tiles by log and place. */
export class KnownTiles {
  readonly #max: number;
  /** The one used longest ago first. */
  readonly #tiles = new Map<string, TileNodes>();

  constructor(max = TILES_MAX) {
    this.#max = max;
  }

  /** The nodes of a tile, when one as wide is kept. */
  find(logNumber: number, tile: TileId): TileNodes | undefined {
    const name = nameOf(logNumber, tile);
    const nodes = this.#tiles.get(name);
    if (nodes === undefined || nodes.width < tile.width) return undefined;
    this.#tiles.delete(name);
    this.#tiles.set(name, nodes);
    return nodes;
  }

  /** @throws {CoreError} The bytes are not as many as the width says. */
  keep(logNumber: number, tile: TileId, bytes: Uint8Array): void {
    const name = nameOf(logNumber, tile);
    this.#tiles.delete(name);
    this.#tiles.set(name, new TileNodes(tile, bytes, nodeSha256));
    for (const oldest of this.#tiles.keys()) {
      if (this.#tiles.size <= this.#max) break;
      this.#tiles.delete(oldest);
    }
  }

  forget(logNumber: number, tile: TileId): void {
    this.#tiles.delete(nameOf(logNumber, tile));
  }
}

function nameOf(logNumber: number, { level, index }: TileId): string {
  return `${logNumber}/${level}/${index}`;
}
