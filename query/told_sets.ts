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
import { encodeFailureRecord, encodeParameterSetRecord } from "@wavekeep/core/chunk";
import type { ParameterSet } from "@wavekeep/core/codec";
import type { ParameterSetsChoice } from "@wavekeep/core/wire";
import {
  failedChunkOf,
  type FailedStretch,
  failedStretch,
  type StreamPlace,
} from "./failed_stretch.ts";
import { IntegrityError } from "./integrity_error.ts";
import type { ParameterSets, SetIdentity } from "./parameter_sets.ts";
import type { OpenedOrFailed } from "./window/read_window.ts";

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
   * and itself; in the place of one that failed a record that says so.
   *
   * @param place Where their stream lies.
   * @param onFailure Told of each that failed; may throw, and then there is no answer.
   */
  async records(
    chunks: readonly OpenedOrFailed[],
    identity: SetIdentity,
    { place, onFailure }: {
      readonly place: StreamPlace;
      readonly onFailure: (failed: FailedStretch, error: IntegrityError) => void;
    },
  ): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    const fail = (failed: FailedStretch, error: IntegrityError) => {
      onFailure(failed, error);
      records.push(encodeFailureRecord(failedChunkOf(failed)));
    };
    for (const entry of chunks) {
      if ("failed" in entry) {
        fail(entry.failed, entry.error);
        continue;
      }
      const { header: { parameterSetDigest, sequence }, bytes } = entry.chunk;
      try {
        const set = await this.#untold(parameterSetDigest, identity);
        if (set !== undefined) records.push(set);
        records.push(bytes);
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        fail(failedStretch(place, { sequence, step: "parameter-set" }), error);
      }
    }
    return records;
  }

  /** The record of a set that has not been told yet. */
  async #untold(
    digest: Uint8Array | null,
    identity: SetIdentity,
  ): Promise<Uint8Array | undefined> {
    if (this.#choice === "omit" || digest === null) return undefined;
    const name = formatHex(digest);
    if (this.#told.has(name)) return undefined;
    const set = await this.#sets.get(identity, digest);
    this.#told.add(name);
    return recordOf(set);
  }
}
