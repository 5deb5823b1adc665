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
import type { ParameterSetsChoice } from "@wavekeep/core/wire";
import type { ParameterSets, SetIdentity } from "./parameter_sets.ts";
import type { OpenChunk } from "./verify_chunk.ts";

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
   * The records that a chunk adds to the answer: its set, unless it was told or is not wanted, and itself.
   *
   * @throws {IntegrityError} The set is not there or damaged; it names the digest.
   */
  async *records(chunk: OpenChunk, identity: SetIdentity): AsyncIterable<Uint8Array> {
    const { parameterSetDigest: digest } = chunk.header;
    if (this.#choice === "inline" && digest !== null && !this.#told.has(formatHex(digest))) {
      const { bytes } = await this.#sets.get(identity, digest);
      this.#told.add(formatHex(digest));
      yield encodeParameterSetRecord(bytes);
    }
    yield chunk.bytes;
  }
}
