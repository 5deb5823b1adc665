/**
 * Chunks on their way out, each behind the parameter set it needs.
 *
 * Sole owner of the order of records in an answer: a set stands before the first chunk that names it, once,
 * so that a reader decodes an answer from front to back; a client that keeps sets may have them left out.
 *
 * @see core/chunk/FORMAT.md
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { encodeParameterSetRecord } from "@wavekeep/core/chunk";
import type { ParameterSet } from "@wavekeep/core/codec";
import type { ParameterSetsChoice } from "@wavekeep/core/wire";
import type { ParameterSets, SetIdentity } from "./parameter_sets.ts";
import type { OpenChunk } from "./verify_chunk.ts";

/** The record of each set that is held, framed once. */
const framed = new WeakMap<ParameterSet, Uint8Array>();

function recordOf(set: ParameterSet): Uint8Array {
  let record = framed.get(set);
  if (record === undefined) framed.set(set, record = encodeParameterSetRecord(set.bytes));
  return record;
}

/** What one answer has told already. All its chunks are of one recording. */
export class ToldSets {
  readonly #sets: ParameterSets;
  readonly #choice: ParameterSetsChoice;
  readonly #told = new Set<string>();

  constructor(sets: ParameterSets, choice: ParameterSetsChoice) {
    this.#sets = sets;
    this.#choice = choice;
  }

  /**
   * The records that chunks add to the answer: before each its set, unless that was told or is not wanted,
   * and itself.
   *
   * @throws {IntegrityError} A set is not there or damaged; it names the digest.
   */
  async records(chunks: readonly OpenChunk[], identity: SetIdentity): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    for (const { header: { parameterSetDigest: digest }, bytes } of chunks) {
      if (this.#choice === "inline" && digest !== null) {
        const name = formatHex(digest);
        if (!this.#told.has(name)) {
          const set = await this.#sets.get(identity, digest);
          this.#told.add(name);
          records.push(recordOf(set));
        }
      }
      records.push(bytes);
    }
    return records;
  }
}
