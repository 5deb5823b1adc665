/**
 * Parameter sets in the worker's memory: what many chunks of a recording need to be decoded.
 *
 * A set is named by the digest of its bytes, so what is kept under a digest is that set, whoever sent it.
 * Sets are few and small beside samples: the ones used longest ago go first.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { formatHex } from "@wavekeep/core/bytes";
import { decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { isCoreError } from "@wavekeep/core/error";

/** Keeps the sets used last, up to a number of bytes. */
export class SetStore {
  readonly #bytesMax: number;
  readonly #sets = new Map<string, ParameterSet>();
  #byteLength = 0;

  constructor(options: { bytesMax: number }) {
    this.#bytesMax = options.bytesMax;
  }

  /** Sets held. */
  get count(): number {
    return this.#sets.size;
  }

  /** Whether a set is held, by the digest that a chunk names. */
  has(digest: Uint8Array): boolean {
    return this.#sets.has(formatHex(digest));
  }

  /** The set, marked as just used. */
  get(digest: Uint8Array): ParameterSet | undefined {
    const name = formatHex(digest);
    const set = this.#sets.get(name);
    if (set === undefined) return undefined;
    this.#sets.delete(name);
    this.#sets.set(name, set);
    return set;
  }

  /** Takes a set record; one that is damaged is as good as none, and false is the answer. */
  put(record: Uint8Array): boolean {
    try {
      // A copy: a view would keep the whole answer alive.
      const set = readParameterSet(decodeParameterSetRecord(record).slice());
      const name = formatHex(parameterSetDigest(set.bytes, sha256));
      if (this.#sets.has(name)) return true;
      this.#sets.set(name, set);
      this.#byteLength += set.bytes.byteLength;
      this.#makeRoom(name);
      return true;
    } catch (error) {
      if (!isCoreError(error)) throw error;
      return false;
    }
  }

  #makeRoom(newest: string): void {
    for (const [name, { bytes }] of this.#sets) {
      if (this.#byteLength <= this.#bytesMax || name === newest) return;
      this.#sets.delete(name);
      this.#byteLength -= bytes.byteLength;
    }
  }
}
