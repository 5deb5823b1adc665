/**
 * Erasing a patient: the key is destroyed, marks and what was derived are deleted, and the log says so.
 *
 * Sole owner of the order. What cannot be undone comes after everything that needs the key, and before
 * everything that does not; each step may be repeated, so the same command again goes on from wherever a
 * crash left it. Hazard: the log must never lack an erasure of what cannot be opened any more; it may have
 * one of what still can, for as long as it takes to run the command again.
 *
 * A legal hold stops it until the patient's key has begun to go. From then on there is nothing left to hold: what
 * stays is to be finished, or the log and the tables would tell of half an erasure for ever.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import {
  type KeyStore,
  logPseudonym,
  looseLeaf,
  type NewLeaf,
  recordingKeyPlace,
  unwrapKey,
} from "@wavekeep/core/crypto";
import type { ErasedRange } from "@wavekeep/core/log";
import type { ErasablePatient, ErasableRecording, EraseStore } from "./erase_store.ts";

/** What an erasure needs of the world. */
export interface EraseDeps {
  readonly store: EraseStore;
  readonly keyStore: KeyStore;
  readonly randomBytes: (byteLength: number) => Uint8Array;
  readonly nowMicros: () => bigint;
  /** Resolves when no process uses the destroyed key any more: each looks at the folder every few seconds. */
  readonly settled: () => Promise<void>;
}

/** Who is erased, and by whom. */
export interface EraseRequest {
  readonly siteId: number;
  readonly patientCode: string;
  readonly actor: string;
}

/** What it came to. */
export interface ErasureResult {
  readonly recordingCount: number;
  /** Everything had been done before. */
  readonly wasDone: boolean;
}

/** Ranges that one leaf holds. */
const RANGES_MAX = 65_535;

/** What stands for a recording whose pseudonym nobody can compute: its key was gone before. */
const NO_PSEUDONYM = new Uint8Array(16);

/** A legal hold stands, and the patient's key is there: nothing more is erased, on whosever request. */
export class LegalHoldError extends Error {
  override readonly name = "LegalHoldError";
}

/**
 * @returns Undefined: the site has no such patient.
 * @throws {LegalHoldError} Whatever can be read can still be read.
 */
export async function erasePatient(
  deps: EraseDeps,
  request: EraseRequest,
): Promise<ErasureResult | undefined> {
  const { siteId, patientCode, actor } = request;
  const { store, keyStore } = deps;
  const patient = await store.findPatient(siteId, patientCode);
  if (patient === undefined) return undefined;
  const recordingCount = patient.recordings.length;
  if (patient.isDone) return { recordingCount, wasDone: true };
  const isBegun = await keyStore.isDestroyed(patient.currentKeyUuid);
  if (patient.isHeld && !isBegun) {
    throw new LegalHoldError(
      "Cannot erase a patient: a legal hold stands (consent of the patient)",
    );
  }

  // 1. The log first: pseudonyms come from the key, and what is destroyed without a word there would look
  //    like tampering for ever.
  const pseudonyms = await pseudonymsOf(deps, patient);
  for (const recording of patient.recordings) {
    if (recording.pseudonym !== null) continue;
    await record(deps, recording, {
      actor,
      pseudonym: pseudonyms.get(recording.recordingId)!,
      ranges: await store.storedRanges(recording),
    });
  }

  // 2. The key. From here on nothing of the patient opens, in no backup of the database either. The one of now
  //    goes first: without it nobody can say that the patient is held, and whoever said it while leaves were
  //    written is heard here at last.
  if (!isBegun && (await store.findPatient(siteId, patientCode))?.isHeld) {
    throw new LegalHoldError(
      "Cannot erase a patient: a legal hold came meanwhile; the key is there, and the log says erased too early",
    );
  }
  for (const keyUuid of new Set([patient.currentKeyUuid, ...patient.keyUuids])) {
    await keyStore.destroyPatientKey(keyUuid);
  }

  // 3. What was taken in with the key between the two, by processes that still held it.
  await deps.settled();
  for (const recording of patient.recordings) {
    const late = withoutCovered(
      await store.storedRanges(recording),
      await store.coveredRanges(recording),
    );
    if (late.length === 0) continue;
    const pseudonym = pseudonyms.get(recording.recordingId)!;
    await record(deps, recording, { actor, pseudonym, ranges: late });
  }

  // 4. Rows that were derived, and of no use to anybody; and what has moments, counts or, in rows from before,
  //    more than that in the clear: marks, reviews, sources. Behind the key, so that nobody adds any.
  await store.deleteRows(siteId, patient.recordings.map(({ recordingId }) => recordingId));

  // 5. Done, and said so.
  await store.finish(siteId, patient.patientUuid, actor);
  return { recordingCount, wasDone: false };
}

/** What the log calls each recording: from its key, or as it was written before the key was destroyed. */
async function pseudonymsOf(
  { keyStore }: EraseDeps,
  { recordings }: ErasablePatient,
): Promise<Map<string, Uint8Array>> {
  const pseudonyms = new Map<string, Uint8Array>();
  for (const { siteId, recordingId, keyUuid, wrappedKey, pseudonym } of recordings) {
    const patientKey = pseudonym === null ? await keyStore.patientKey(keyUuid) : undefined;
    const place = recordingKeyPlace(siteId, recordingId);
    const own = patientKey && logPseudonym(unwrapKey(patientKey, place, wrappedKey));
    pseudonyms.set(recordingId, pseudonym ?? own ?? NO_PSEUDONYM);
  }
  return pseudonyms;
}

async function record(
  deps: EraseDeps,
  recording: ErasableRecording,
  { ranges, pseudonym, actor }: {
    readonly ranges: readonly ErasedRange[];
    readonly pseudonym: Uint8Array;
    readonly actor: string;
  },
): Promise<void> {
  const erasedAtMicros = deps.nowMicros();
  const leaves: NewLeaf[] = [];
  // A recording without a chunk has nothing that a missing opening could be of.
  for (let first = 0; first < ranges.length; first += RANGES_MAX) {
    const content = {
      type: "erasure",
      siteId: recording.siteId,
      recordingReference: recording.reference,
      erasedAtMicros,
      ranges: ranges.slice(first, first + RANGES_MAX),
    } as const;
    leaves.push(looseLeaf(content, deps.randomBytes(32), pseudonym));
  }
  await deps.store.recordErasure(recording, { pseudonym, erasedAtMicros, leaves, actor });
}

/**
 * Ranges without what others cover.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { withoutCovered } from "./erase_patient.ts";
 *
 * const range = (firstSequence: number, sequenceCount: number) => ({
 *   segmentId: new Uint8Array(16),
 *   stream: 0,
 *   firstSequence,
 *   sequenceCount,
 * });
 * deepStrictEqual(withoutCovered([range(0, 10)], [range(0, 4), range(6, 2)]), [range(4, 2), range(8, 2)]);
 * ```
 */
export function withoutCovered(
  ranges: readonly ErasedRange[],
  covered: readonly ErasedRange[],
): ErasedRange[] {
  const inOrder = covered.toSorted((a, b) => a.firstSequence - b.firstSequence);
  return ranges.flatMap((range) => {
    const rest: ErasedRange[] = [];
    let from = range.firstSequence;
    const end = from + range.sequenceCount;
    const add = (until: number) => {
      if (from < until) rest.push({ ...range, firstSequence: from, sequenceCount: until - from });
    };
    for (const other of inOrder) {
      if (other.stream !== range.stream || !equalBytes(other.segmentId, range.segmentId)) {
        continue;
      }
      add(Math.min(end, other.firstSequence));
      from = Math.max(from, other.firstSequence + other.sequenceCount);
    }
    add(end);
    return rest;
  });
}
