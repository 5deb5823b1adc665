/**
 * Parameter sets that are stored, as chunks name them: unsealed, checked, and kept for a while.
 *
 * Sole owner of opening stored sets on the writing side. Each is stored twice: when the body fails a
 * check, the copy is taken and the operator is told. Hazard: only what a commit has returned for may be
 * kept here, or a chunk would be acknowledged whose set was rolled back. A set derives from a patient's
 * EEG: what is kept is bounded in bytes, and in age whenever another one comes.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { parameterSetDigest } from "@wavekeep/core/chunk";
import { parameterSetPlace, unseal } from "@wavekeep/core/crypto";
import { CorruptInputError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import type { IngestDeps } from "./deps.ts";
import { recordingKey } from "./recording_key.ts";
import type { IngestStore, StoredRecording } from "./store/ingest_store.ts";
import { type ValidSet, validSet } from "./valid_set.ts";

/** Looks stored sets up, in memory first. Safe for concurrent use. */
export interface StoredSets {
  /**
   * A set of a recording; undefined when none is stored under this digest.
   *
   * @throws {ProblemError} `integrity-failed`: what is stored under it fails its checks, body and copy.
   */
  find(recording: StoredRecording, digest: Uint8Array): Promise<ValidSet | undefined>;

  /** Remembers a set whose commit has returned. */
  keep(recordingId: string, digest: Uint8Array, set: ValidSet): void;

  /** How many are in memory. */
  readonly count: number;
}

/** Bytes of sets kept: those of some thousand recordings. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** How long a set is kept, however often it is used. */
const KEPT_MICROS_MAX = 5n * 60_000_000n;

interface KeptSet {
  readonly set: ValidSet;
  readonly untilMicros: bigint;
}

/** What stored sets need of the world. */
export interface StoredSetsDeps
  extends Pick<IngestDeps, "keyStore" | "sha256" | "clock" | "logger"> {
  readonly store: Pick<IngestStore, "findParameterSet">;
}

/** Stored sets over a store. */
export function createStoredSets(
  deps: StoredSetsDeps,
  bytesMax: number = KEPT_BYTES_MAX,
): StoredSets {
  // A Map keeps the order of insertion; what was used is put back at the end, so the first is the
  // least recently used.
  const kept = new Map<string, KeptSet>();
  let byteLength = 0;

  function forget(name: string): KeptSet | undefined {
    const found = kept.get(name);
    if (found === undefined || !kept.delete(name)) return undefined;
    byteLength -= found.set.bytes.byteLength;
    return found;
  }

  function remember(name: string, entry: KeptSet): void {
    forget(name);
    kept.set(name, entry);
    byteLength += entry.set.bytes.byteLength;
    // Whoever was not used for as long as a set is kept is too old, however few there are: a device that
    // learns a new set every minute leaves one behind each time.
    const nowMicros = deps.clock.nowMicros();
    for (const [oldest, { untilMicros }] of kept) {
      if (byteLength <= bytesMax && untilMicros > nowMicros) break;
      forget(oldest);
    }
  }

  function keep(recordingId: string, digest: Uint8Array, set: ValidSet): void {
    const untilMicros = deps.clock.nowMicros() + KEPT_MICROS_MAX;
    remember(nameOf(recordingId, digest), { set, untilMicros });
  }

  return {
    keep,
    get count() {
      return kept.size;
    },
    async find(recording, digest) {
      const name = nameOf(recording.recordingId, digest);
      const found = forget(name);
      if (found !== undefined && found.untilMicros > deps.clock.nowMicros()) {
        remember(name, found);
        return found.set;
      }
      const set = await openStored(deps, recording, digest);
      if (set !== undefined) keep(recording.recordingId, digest, set);
      return set;
    },
  };
}

async function openStored(
  deps: Omit<StoredSetsDeps, "clock">,
  recording: StoredRecording,
  digest: Uint8Array,
): Promise<ValidSet | undefined> {
  const { siteId, recordingId } = recording;
  const stored = await deps.store.findParameterSet(siteId, recordingId, digest);
  if (stored === undefined) return undefined;
  const key = await recordingKey(deps.keyStore, recording);
  const open = (sealed: Uint8Array): ValidSet => {
    const bytes = unseal(key, parameterSetPlace(siteId, recordingId, formatHex(digest)), sealed);
    if (!equalBytes(parameterSetDigest(bytes, deps.sha256), digest)) {
      throw new CorruptInputError("Cannot open parameter set: its digest is another one");
    }
    return validSet(bytes);
  };
  const fields = { recordingId, parameterSet: formatHex(digest) };
  try {
    return open(stored.body);
  } catch (error) {
    try {
      const set = open(stored.copy);
      deps.logger.error("stored parameter set damaged, its copy was used", { ...fields, error });
      return set;
    } catch (cause) {
      deps.logger.error("stored parameter set damaged, and its copy too", { ...fields, error });
      throw new ProblemError("integrity-failed", {
        detail: `Stored parameter set ${formatHex(digest)} is not what was stored`,
        extensions: { "parameter_set": formatHex(digest) },
        cause,
      });
    }
  }
}

function nameOf(recordingId: string, digest: Uint8Array): string {
  return `${recordingId}/${formatHex(digest)}`;
}
