/**
 * The parameter sets of one request: those that it brought, and those that its chunks name.
 *
 * Sole owner of whether a set may be used: it is stored, or the request brought it and the recording has
 * room. Each is looked up once in a request, however many chunks name it.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import type { ParameterSet } from "@wavekeep/core/codec";
import { isCoreError, MissingParameterSetError } from "@wavekeep/core/error";
import { parameterSetPlace, seal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { Sha256 } from "@wavekeep/core/checksum";
import type { IngestDeps } from "./deps.ts";
import { type LeafScope, parameterSetLeaf } from "./leaf.ts";
import type { NewParameterSet, StoredRecording } from "./store/ingest_store.ts";
import { readValidSet, type ValidSet, validSet } from "./valid_set.ts";

/** A set under its name. */
export interface NamedSet {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  readonly set: ValidSet;
}

/** A set that a chunk of one recording may use. */
export interface UsableSet extends NamedSet {
  /** It was not stored when this was asked: it has to be stored with the chunk. */
  readonly isNew: boolean;
}

/**
 * Reads one record as it was sent.
 *
 * @returns The set, whose bytes are a copy.
 * @throws {ProblemError} `parameter-set-invalid`.
 * @throws {UnsupportedError} The set or its record is of a newer version.
 */
export function readSentSet(record: Uint8Array, sha256: Sha256): NamedSet {
  try {
    const set = validSet(decodeParameterSetRecord(record));
    return { digest: parameterSetDigest(set.bytes, sha256), set };
  } catch (cause) {
    if (!isCoreError(cause) || isCoreError(cause, "UnsupportedError")) throw cause;
    throw new ProblemError("parameter-set-invalid", { detail: cause.message, cause });
  }
}

/** As of most requests of one chunk. */
const NONE_BROUGHT: ReadonlyMap<string, NamedSet> = new Map();

/** What one request brought and used. */
export class RequestSets {
  readonly #deps: Pick<IngestDeps, "sets" | "store">;
  readonly #brought: ReadonlyMap<string, NamedSet>;
  readonly #found = new Map<string, Promise<UsableSet>>();
  #newCounts: Map<string, number> | undefined;

  constructor(deps: Pick<IngestDeps, "sets" | "store">, brought: readonly NamedSet[] = []) {
    this.#deps = deps;
    this.#brought = brought.length === 0
      ? NONE_BROUGHT
      : new Map(brought.map((named) => [formatHex(named.digest), named]));
  }

  /** A set that the request brought, whatever recording it is for. */
  brought(digest: Uint8Array): ParameterSet | undefined {
    const named = this.#brought.get(formatHex(digest));
    return named && readValidSet(named.set);
  }

  /**
   * The set that a chunk of a recording names. The sender has been found to own a segment of it.
   *
   * @throws {MissingParameterSetError} It is neither stored nor in the request.
   * @throws {ProblemError} `parameter-set-limit`: the recording has no room for one more;
   * `integrity-failed`: it is stored, and damaged.
   */
  use(recording: StoredRecording, digest: Uint8Array): Promise<UsableSet> {
    const name = `${recording.recordingId}/${formatHex(digest)}`;
    const found = this.#found.get(name) ?? this.#find(recording, digest);
    this.#found.set(name, found);
    return found;
  }

  async #find(recording: StoredRecording, digest: Uint8Array): Promise<UsableSet> {
    // Asked first, also when the request brought it: what is stored damaged is told, not covered up.
    const stored = await this.#deps.sets.find(recording, digest);
    if (stored !== undefined) return { digest: digest.slice(), set: stored, isNew: false };
    const brought = this.#brought.get(formatHex(digest));
    if (brought === undefined) {
      throw new MissingParameterSetError(
        `Parameter set ${formatHex(digest)} is not stored in this recording and not in the request`,
        { digest: digest.slice() },
      );
    }
    await this.#takeRoom(recording, digest);
    return { ...brought, isNew: true };
  }

  async #takeRoom({ siteId, recordingId }: StoredRecording, digest: Uint8Array): Promise<void> {
    // Counted before the store is asked, since others of the request may ask meanwhile.
    this.#newCounts ??= new Map();
    const count = (this.#newCounts.get(recordingId) ?? 0) + 1;
    this.#newCounts.set(recordingId, count);
    const room = await this.#deps.store.parameterSetRoom(siteId, recordingId, count);
    if (room < count) {
      throw new ProblemError("parameter-set-limit", {
        detail:
          `Recording has no room for parameter set ${formatHex(digest)}: it may have 64, and ` +
          "one more for every 30 stored chunks",
        retryAfterSeconds: 60,
        extensions: { "parameter_set": formatHex(digest) },
      });
    }
  }
}

/** Seals a set for its recording, twice: what is stored never was in the clear. */
export function sealSet(
  scope: LeafScope,
  reference: Uint8Array,
  { digest, set }: NamedSet,
): NewParameterSet {
  const { siteId, recordingId, secrets: { key } } = scope;
  const place = parameterSetPlace(siteId, recordingId, formatHex(digest));
  const body = seal(key, place, set.bytes);
  const copy = seal(key, place, set.bytes);
  return {
    recordingId,
    digest,
    byteLength: set.bytes.byteLength,
    body,
    copy,
    atMicros: scope.atMicros,
    leaf: parameterSetLeaf(scope, reference, { digest, body, copy }),
  };
}
