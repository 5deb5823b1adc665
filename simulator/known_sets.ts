/**
 * Which parameter sets the server is known to hold.
 *
 * Sole owner of when a set is sent: with every chunk that names it, until a chunk that went with it was
 * stored. A receipt of a later incarnation means that the server was restored from a backup: what older
 * receipts said of sets is forgotten. Nothing is kept over a restart of the device: a set sent twice is
 * harmless, and a set not sent is asked for. A set that the server will not take is left alone for a
 * while: the chunks that name it go in another coding.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import type { RunPlace } from "./runs.ts";

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
  /** Its chunk digest, hexadecimal: a receipt that names another one is no receipt of it. */
  readonly digest?: string;
  readonly set: SetRecord | null;
  /** The same chunk, coded so that it names no set; its chunk digest is the same. */
  readonly withoutSet?: () => Uint8Array;
  /** Where it stands in its run, when its segment asks for runs: `chunk` is unsigned then. */
  readonly run?: RunPlace | undefined;
}

/** Uploads that name a refused set and go without it, before it is tried again. */
const REFUSED_UPLOADS = 60;

/** What one device knows of one server. */
export class KnownSets {
  readonly #known = new Set<string>();
  /** Byte length of the record of every set that was ever known. */
  readonly #taken = new Map<string, number>();
  /** Uploads for which a set that was refused is not tried again. */
  readonly #refused = new Map<string, number>();
  #incarnation = 0;

  /** Distinct sets that the server took. */
  get count(): number {
    return this.#taken.size;
  }

  /** Bytes of their records. */
  get byteLength(): number {
    return [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
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
    this.#taken.set(set.digest, set.record.byteLength);
  }

  /** The upload as it should go: without its set while that is refused. */
  choose(upload: Upload): Upload {
    const { set } = upload;
    const left = set === null ? undefined : this.#refused.get(set.digest);
    if (set === null || left === undefined) return upload;
    if (left > 1) this.#refused.set(set.digest, left - 1);
    else this.#refused.delete(set.digest);
    return withoutSet(upload) ?? upload;
  }

  /**
   * The server will not take the set of this chunk now.
   *
   * @returns The chunk in another coding; undefined when there is none.
   */
  refused(upload: Upload): Upload | undefined {
    if (upload.set !== null) {
      this.#known.delete(upload.set.digest);
      this.#refused.set(upload.set.digest, REFUSED_UPLOADS);
    }
    return withoutSet(upload);
  }

  /** The server does not hold the set of this chunk. */
  missing({ set }: Upload): void {
    if (set !== null) this.#known.delete(set.digest);
  }
}

function withoutSet(upload: Upload): Upload | undefined {
  if (upload.withoutSet === undefined) return undefined;
  const { withoutSet, ...same } = upload;
  return { ...same, chunk: withoutSet(), set: null };
}
