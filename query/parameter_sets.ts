/**
 * Parameter sets as chunks name them: unsealed, checked, and kept for a while.
 *
 * Sole owner of opening stored sets. Each is stored twice, because one damaged set would take every chunk
 * that names it: when the body fails a check, the copy is taken and the operator is told. Hazard: a set
 * derives from a patient's EEG. What is kept here is bounded in bytes and in age, and is only asked for
 * with an identity, which an erased patient's recording no longer gives.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { parameterSetDigest } from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256, parameterSetPlace, unseal } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import { IntegrityError, type IntegrityStep } from "./integrity_error.ts";
import type { QueryStore, StoredParameterSet } from "./store/query_store.ts";

/** Bytes of sets kept: those of some thousand recordings of 23 channels. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** How long a set is kept after it was unsealed, however often it is used. */
const KEPT_MS_MAX = 5 * 60_000;

/** What a set's recording must tell to open it. */
export interface SetIdentity {
  readonly siteId: number;
  readonly recordingId: string;
  /** Data key of the recording. */
  readonly key: Uint8Array;
}

interface KeptSet {
  readonly set: ParameterSet;
  readonly untilMs: number;
}

/** The sets of all recordings. Safe for concurrent use. */
export class ParameterSets {
  readonly #store: Pick<QueryStore, "parameterSet">;
  readonly #logger: Logger;
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  /** The one used longest ago first. */
  readonly #kept = new Map<string, KeptSet>();
  /** Sets on their way: chunks that are opened beside each other ask for one set at once. */
  readonly #coming = new Map<string, Promise<ParameterSet | undefined>>();
  #byteLength = 0;

  constructor(
    store: Pick<QueryStore, "parameterSet">,
    logger: Logger,
    options: { bytesMax?: number; nowMs?: () => number } = {},
  ) {
    this.#store = store;
    this.#logger = logger;
    this.#bytesMax = options.bytesMax ?? KEPT_BYTES_MAX;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Bytes of sets held. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * A set of a recording; undefined when none is stored under this digest.
   *
   * @throws {IntegrityError} Both stored copies failed a check; it names the digest.
   */
  async find(identity: SetIdentity, digest: Uint8Array): Promise<ParameterSet | undefined> {
    const { siteId, recordingId } = identity;
    const name = `${siteId} ${recordingId} ${formatHex(digest)}`;
    const known = this.#take(name);
    if (known !== undefined) return known;
    let coming = this.#coming.get(name);
    if (coming === undefined) {
      coming = this.#fetch(name, identity, digest).finally(() => this.#coming.delete(name));
      this.#coming.set(name, coming);
    }
    return await coming;
  }

  /**
   * A set that a stored chunk names, and that must therefore be there.
   *
   * @throws {IntegrityError} It is not, or both stored copies failed a check; it names the digest.
   */
  async get(identity: SetIdentity, digest: Uint8Array): Promise<ParameterSet> {
    const set = await this.find(identity, digest);
    if (set === undefined) throw failureOf(identity, digest)("present");
    return set;
  }

  async #fetch(
    name: string,
    identity: SetIdentity,
    digest: Uint8Array,
  ): Promise<ParameterSet | undefined> {
    const { siteId, recordingId } = identity;
    const stored = await this.#store.parameterSet(siteId, recordingId, digest);
    if (stored === undefined) return undefined;
    const set = this.#open(stored, identity, digest);
    this.#keep(name, set);
    return set;
  }

  #open(stored: StoredParameterSet, identity: SetIdentity, digest: Uint8Array): ParameterSet {
    try {
      return openPart(stored.body, identity, digest);
    } catch (error) {
      const set = openPart(stored.copy, identity, digest);
      this.#logger.error("stored parameter set damaged, its copy was used", {
        recordingId: identity.recordingId,
        parameterSet: formatHex(digest),
        error,
      });
      return set;
    }
  }

  #take(name: string): ParameterSet | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    this.#kept.delete(name);
    if (kept.untilMs > this.#nowMs()) {
      this.#kept.set(name, kept);
      return kept.set;
    }
    this.#byteLength -= kept.set.bytes.byteLength;
    return undefined;
  }

  #keep(name: string, set: ParameterSet): void {
    const now = this.#nowMs();
    this.#forget(name);
    for (const [other, { untilMs }] of this.#kept) if (untilMs <= now) this.#forget(other);
    this.#kept.set(name, { set, untilMs: now + KEPT_MS_MAX });
    this.#byteLength += set.bytes.byteLength;
    for (const oldest of this.#kept.keys()) {
      if (this.#byteLength <= this.#bytesMax) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#byteLength -= kept.set.bytes.byteLength;
  }
}

/** Opens one of the two; every failure is named. */
function openPart(sealed: Uint8Array, identity: SetIdentity, digest: Uint8Array): ParameterSet {
  const failed = failureOf(identity, digest);
  const { siteId, recordingId, key } = identity;
  let bytes: Uint8Array;
  try {
    bytes = unseal(key, parameterSetPlace(siteId, recordingId, formatHex(digest)), sealed);
  } catch (cause) {
    throw failed("seal", cause);
  }
  if (!equalBytes(parameterSetDigest(bytes, nodeSha256), digest)) throw failed("stored-digest");
  try {
    return readParameterSet(bytes);
  } catch (cause) {
    throw failed("decode", cause);
  }
}

function failureOf(
  { recordingId }: SetIdentity,
  digest: Uint8Array,
): (step: IntegrityStep, cause?: unknown) => IntegrityError {
  const key = { thing: "parameter set", recordingId, parameterSet: formatHex(digest) } as const;
  return (step, cause) => new IntegrityError(step, key, cause);
}
