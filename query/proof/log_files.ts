/**
 * The log's public files, for everybody who asks: bounded, because nobody has to say who he is.
 *
 * Sole owner of the bounds. At most {@link READS_AT_ONCE} connections of the pool read for strangers, however
 * many ask; so many wait in line, and who comes then is told to come again. The head is read once for all who
 * ask while it is read. Full tiles never change, so they are kept; they hold hashes of all sites and nothing
 * of anybody.
 *
 * @module
 */

import { formatTilePath, TILE_WIDTH, type TileId } from "@wavekeep/core/log";
import { ProblemError } from "@wavekeep/core/problem";
import type { LogHead, ProofStore } from "./proof_store.ts";

/** Of the 16 connections that read. */
const READS_AT_ONCE = 3;
/** A monitor asks for some dozens at once. */
const WAITING_MAX = 256;
/** Full tiles of 8 KiB and bundles of 15: some 11 MB. */
const FILES_MAX = 1_000;

/** Safe for concurrent use. */
export class LogFiles {
  readonly #proofs: Pick<ProofStore, "head" | "tiles">;
  readonly #waitingMax: number;
  /** Full tiles by log and path, the one used longest ago first. */
  readonly #files = new Map<string, Uint8Array>();
  #headRead: Promise<LogHead | undefined> | undefined;
  #readCount = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    proofs: Pick<ProofStore, "head" | "tiles">,
    options: { readonly waitingMax?: number } = {},
  ) {
    this.#proofs = proofs;
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
  }

  /** The current log. @throws {ProblemError} `too-many-requests`. */
  head(): Promise<LogHead | undefined> {
    this.#headRead ??= this.#inTurn(() => this.#proofs.head())
      .finally(() => this.#headRead = undefined);
    return this.#headRead;
  }

  /** Bytes of a tile; undefined when there is none as wide. @throws {ProblemError} `too-many-requests`. */
  async tile(tile: TileId): Promise<Uint8Array | undefined> {
    const head = await this.head();
    if (head === undefined) return undefined;
    const path = formatTilePath(tile);
    const name = `${head.logNumber}/${path}`;
    const kept = this.#files.get(name);
    if (kept !== undefined) {
      this.#put(name, kept);
      return kept;
    }
    const found = await this.#inTurn(() => this.#proofs.tiles(head.logNumber, [tile]));
    const bytes = found.get(path);
    if (bytes !== undefined && tile.width === TILE_WIDTH) this.#put(name, bytes);
    return bytes;
  }

  #put(name: string, bytes: Uint8Array): void {
    this.#files.delete(name);
    this.#files.set(name, bytes);
    if (this.#files.size > FILES_MAX) this.#files.delete(this.#files.keys().next().value!);
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.#readCount >= READS_AT_ONCE) {
      if (this.#waiting.length >= this.#waitingMax) {
        throw new ProblemError("too-many-requests", {
          detail: "Too many ask for the log at once",
          retryAfterSeconds: 1,
        });
      }
      // Whoever is done hands his turn on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#readCount++;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#readCount--;
      else next();
    }
  }
}
