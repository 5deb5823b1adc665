/**
 * Which parameter sets the server is known to hold.
 *
 * Sole owner of when a set is sent: with every chunk that names it, until a chunk that went with it was
 * stored. A receipt of a later incarnation means that the server was restored from a backup: what older
 * receipts said of sets is forgotten. Nothing is kept over a restart of the device: a set sent twice is
 * harmless, and a set not sent is asked for.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";

/** A set as it travels. */
export interface SetRecord {
  /** Hexadecimal. */
  readonly digest: string;
  /** Magic to checksum. */
  readonly record: Uint8Array;
}

/** A chunk to be sent, and the set it names. */
export interface Upload {
  readonly chunk: Uint8Array;
  readonly set: SetRecord | null;
}

/** What one device knows of one server. */
export class KnownSets {
  readonly #known = new Set<string>();
  readonly #everKnown = new Set<string>();
  #incarnation = 0;

  /** Distinct sets that the server took. */
  get count(): number {
    return this.#everKnown.size;
  }

  /** A body of these chunks, each set it needs before the first chunk that names it. */
  bodyOf(uploads: readonly Upload[]): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [];
    const inBody = new Set<string>();
    for (const { chunk, set } of uploads) {
      if (set !== null && !this.#known.has(set.digest) && !inBody.has(set.digest)) {
        inBody.add(set.digest);
        parts.push(set.record);
      }
      parts.push(chunk);
    }
    return concatBytes(...parts);
  }

  /** A chunk that names this set, if any, was stored. */
  stored({ set }: Upload, incarnation: number | undefined): void {
    if (incarnation !== undefined && incarnation > this.#incarnation) {
      this.#known.clear();
      this.#incarnation = incarnation;
    }
    // A late answer of an incarnation that is gone proves nothing.
    if (set === null || (incarnation ?? this.#incarnation) < this.#incarnation) return;
    this.#known.add(set.digest);
    this.#everKnown.add(set.digest);
  }

  /** The server does not hold the set of this chunk. */
  missing({ set }: Upload): void {
    if (set !== null) this.#known.delete(set.digest);
  }
}
