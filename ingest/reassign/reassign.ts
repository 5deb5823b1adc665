/**
 * A recording becomes another patient's: the correction of a mix-up, as a version that says so.
 *
 * Sole owner of the order. Raw data is not touched: samples stay sealed under the recording's own data key,
 * and only what wraps that key changes. Whoever loses a recording gets another key, because the row that was
 * wrapped by the one before stays for ever, in every backup too: with that key destroyed it opens nothing,
 * so that erasing either patient erases what is its own and nothing else.
 *
 * Hazard: between the commit and the end of the old key both wrappings open. Whoever runs the command again,
 * or erases the patient who has the recording now, ends that key; until then an erasure of the other one
 * would not reach what it lost.
 *
 * @see core/decisions/0037-reassignment.md
 * @module
 */

import {
  type KeyStore,
  leafSalts,
  logPseudonym,
  PatientErasedError,
  recordingKeyPlace,
  unwrapKey,
  wrapKey,
} from "@wavekeep/core/crypto";
import { recordingRelinkLeaf } from "../leaf.ts";
import { uuidV4 } from "../uuid_v7.ts";
import type { KeptLinks } from "./kept_links.ts";
import type {
  LinkedPatient,
  LinkedRecording,
  NewLink,
  ReassignStore,
  Relinking,
} from "./reassign_store.ts";

/** A recording as people name it. */
export interface RecordingCodes {
  readonly patientCode: string;
  readonly recordingCode: string;
}

/** What a reassignment needs of the world. */
export interface ReassignDeps {
  readonly store: ReassignStore;
  readonly keyStore: KeyStore;
  readonly kept: KeptLinks;
  readonly randomBytes: (byteLength: number) => Uint8Array;
  readonly nowMicros: () => bigint;
}

/** Which recording becomes whose, and who says so. */
export interface ReassignRequest {
  readonly siteId: number;
  readonly from: RecordingCodes;
  readonly to: RecordingCodes;
  /** There is a recording at `to`, and it takes the place of this one. */
  readonly isSwap: boolean;
  /** The site's own code of why. */
  readonly reason: string;
  readonly actor: string;
  /** The patient of `to` may be one that the site does not know yet. */
  readonly mayAddPatient: boolean;
  /** Says what would be done. */
  readonly isDryRun: boolean;
}

/** What it came to, or would. */
export interface Reassignment {
  readonly moves: readonly { readonly from: RecordingCodes; readonly to: RecordingCodes }[];
  /** Recordings that stay where they are, wrapped by their patient's new key. */
  readonly rewrappedCount: number;
  /** Keys that were destroyed, those of an earlier run that was stopped included. */
  readonly destroyedKeyCount: number;
}

/** Why nothing was done; the message is for whoever asked. */
export class ReassignRefusedError extends Error {
  override readonly name = "ReassignRefusedError";
}

/** How often it is read anew when somebody else changed what it was about to change. */
const ATTEMPTS = 5;

/**
 * Reassigns a recording, or swaps two. Safe to run again after a crash: what is stored is not stored twice
 * (the recording is no longer where it was), and keys that were replaced are destroyed.
 *
 * @throws {ReassignRefusedError} There is no such recording or patient, the place is taken, or a patient of
 * the two was erased.
 */
export async function reassign(
  deps: ReassignDeps,
  request: ReassignRequest,
): Promise<Reassignment> {
  if (!request.isDryRun) await finish(deps, request.siteId);
  // The same keys in every attempt: one that was made and not used is of no use to anybody.
  const minted = new Map<string, string>();
  const newKeyOf = (patientUuid: string): string => {
    const keyUuid = minted.get(patientUuid) ?? uuidV4(deps.randomBytes(16));
    minted.set(patientUuid, keyUuid);
    return keyUuid;
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const moves = await planMoves(deps, request);
    const { relinking, rewrappedCount } = await planRelinking(deps, request, { moves, newKeyOf });
    const told = {
      moves: moves.map(({ recording, to }) => ({ from: codesOf(recording), to: to.codes })),
      rewrappedCount,
    };
    if (request.isDryRun) return { ...told, destroyedKeyCount: 0 };
    // 2. Beside the keys, before they are all that opens anything: a backup of before lacks what follows.
    await deps.kept.put(relinking);
    // 3. Whose it is, with every key wrapped anew, in one transaction: whoever reads sees all of it or nothing.
    if (!await deps.store.relink(relinking)) {
      await deps.kept.drop(relinking);
      continue;
    }
    // 4. The keys before. From here on no row of before opens anything, in no backup of the database either.
    return { ...told, destroyedKeyCount: await destroyReplacedKeys(deps, request.siteId) };
  }
  throw new ReassignRefusedError("the recordings of these patients are changing: try again");
}

/** What an earlier run, or a restore from a backup, has left to do. */
export async function finish(
  deps: Pick<ReassignDeps, "store" | "keyStore" | "kept">,
  siteId: number,
): Promise<{ readonly restoredCount: number; readonly destroyedKeyCount: number }> {
  let restoredCount = 0;
  for (const relinking of await deps.kept.all(siteId)) {
    // While a key of before is there, the rows of before open: nothing was lost, or it never came to be.
    const before = relinking.newKeys.map(({ of }) => deps.keyStore.patientKey(of.keyUuid));
    if (before.length === 0 || (await Promise.all(before)).some((key) => key !== undefined)) {
      continue;
    }
    if (await deps.store.restore(relinking)) restoredCount++;
  }
  return { restoredCount, destroyedKeyCount: await destroyReplacedKeys(deps, siteId) };
}

/** Destroys what was replaced and is still there; says how many there were. */
async function destroyReplacedKeys(
  { store, keyStore }: Pick<ReassignDeps, "store" | "keyStore">,
  siteId: number,
): Promise<number> {
  let count = 0;
  for (const keyUuid of await store.replacedKeys(siteId)) {
    if (await keyStore.patientKey(keyUuid) === undefined) continue;
    await keyStore.destroyPatientKey(keyUuid);
    count++;
  }
  return count;
}

/** A recording and where it goes. */
interface Move {
  readonly recording: LinkedRecording;
  readonly to: { readonly patient: LinkedPatient; readonly codes: RecordingCodes };
}

async function planMoves(deps: ReassignDeps, request: ReassignRequest): Promise<Move[]> {
  const { store } = deps;
  const { siteId, from, to, isSwap } = request;
  if (from.patientCode === to.patientCode && from.recordingCode === to.recordingCode) {
    throw new ReassignRefusedError("the recording is there already");
  }
  const recording = await store.findRecording(siteId, from);
  if (recording === undefined) {
    throw new ReassignRefusedError(`site ${siteId} has no recording ${nameOf(from)}`);
  }
  const other = await store.findRecording(siteId, to);
  if (isSwap && other === undefined) {
    throw new ReassignRefusedError(`site ${siteId} has no recording ${nameOf(to)} to swap with`);
  }
  if (!isSwap && other !== undefined) {
    throw new ReassignRefusedError(`${nameOf(to)} is a recording: swap them, or say another code`);
  }
  const owner = (await store.findPatient(siteId, from.patientCode))!;
  const patient = from.patientCode === to.patientCode
    ? owner
    : await store.findPatient(siteId, to.patientCode) ?? await newPatient(deps, request);
  const moves: Move[] = [{ recording, to: { patient, codes: to } }];
  if (other !== undefined) moves.push({ recording: other, to: { patient: owner, codes: from } });
  return moves;
}

async function newPatient(
  { store, randomBytes }: ReassignDeps,
  { siteId, to: { patientCode }, actor, mayAddPatient, isDryRun }: ReassignRequest,
): Promise<LinkedPatient> {
  if (!mayAddPatient) {
    throw new ReassignRefusedError(
      `site ${siteId} has no patient ${patientCode}; --new-patient adds one`,
    );
  }
  const patientUuid = uuidV4(randomBytes(16));
  if (isDryRun) return { patientUuid, patientCode, keyUuid: patientUuid, keyVersion: 1 };
  return await store.addPatient(siteId, { patientUuid, patientCode, actor });
}

/** What has to be written; the new keys are on disk when it returns, unless nothing shall be done. */
async function planRelinking(
  deps: ReassignDeps,
  request: ReassignRequest,
  { moves, newKeyOf }: { moves: readonly Move[]; newKeyOf: (patientUuid: string) => string },
): Promise<{ relinking: Relinking; rewrappedCount: number }> {
  const { store, keyStore } = deps;
  const { siteId, isDryRun, actor, reason } = request;
  const patients = new Map<string, LinkedPatient>();
  for (const { recording, to } of moves) {
    patients.set(to.patient.patientUuid, to.patient);
    const owner = await store.findPatient(siteId, recording.patientCode);
    patients.set(owner!.patientUuid, owner!);
  }
  const losing = [...patients.values()].filter(({ patientUuid }) =>
    moves.some(({ recording, to }) =>
      recording.patientUuid === patientUuid && to.patient.patientUuid !== patientUuid
    )
  );
  const staying: LinkedRecording[] = [];
  for (const { patientUuid } of losing) {
    for (const one of await store.recordingsOf(siteId, patientUuid)) {
      if (!moves.some(({ recording }) => recording.recordingId === one.recordingId)) {
        staying.push(one);
      }
    }
  }
  const links: NewLink[] = [];
  const newKeys = losing.map((of) => ({ of, keyUuid: newKeyOf(of.patientUuid) }));
  const atMicros = deps.nowMicros();
  const planned = {
    relinking: {
      siteId,
      actor,
      reason,
      atMicros,
      patients: [...patients.values()],
      newKeys,
      links,
    },
    rewrappedCount: staying.length,
  };
  // What is there must open before anything is made: a patient who was erased has nothing to give.
  const before = new Map<string, Uint8Array>();
  for (const { recording } of moves) before.set(recording.keyUuid, await keyOf(deps, recording));
  for (const recording of staying) before.set(recording.keyUuid, await keyOf(deps, recording));
  if (isDryRun) return planned;

  // 1. The new keys, on disk before anything is wrapped by them.
  const after = new Map<string, { keyUuid: string; key: Uint8Array }>();
  for (const { patientUuid, keyUuid } of patients.values()) {
    const name = newKeys.find(({ of }) => of.patientUuid === patientUuid)?.keyUuid ?? keyUuid;
    after.set(patientUuid, { keyUuid: name, key: await createKey(keyStore, name) });
  }
  const relink = (recording: LinkedRecording, patientUuid: string, codes: RecordingCodes) => {
    const { keyUuid, key } = after.get(patientUuid)!;
    const place = recordingKeyPlace(siteId, recording.recordingId);
    const dataKey = unwrapKey(before.get(recording.keyUuid)!, place, recording.wrappedKey);
    const wrappedKey = wrapKey(key, place, dataKey);
    const { recordingCode } = codes;
    const leaf = recordingRelinkLeaf({
      siteId,
      recordingId: recording.recordingId,
      secrets: { key: dataKey, pseudonym: logPseudonym(dataKey), saltOf: leafSalts(dataKey) },
      atMicros,
    }, {
      "patient_id": codes.patientCode,
      "recording_id": recordingCode,
      reason,
      actor,
      version: recording.version + 1,
      patientUuid,
      reference: recording.reference,
      wrappedKey,
    });
    links.push({ before: recording, patientUuid, recordingCode, keyUuid, wrappedKey, leaf });
  };
  for (const { recording, to } of moves) relink(recording, to.patient.patientUuid, to.codes);
  for (const recording of staying) relink(recording, recording.patientUuid, codesOf(recording));
  return planned;
}

async function keyOf(
  { keyStore }: ReassignDeps,
  { keyUuid, patientCode }: LinkedRecording,
): Promise<Uint8Array> {
  const key = await keyStore.patientKey(keyUuid);
  if (key !== undefined) return key;
  throw new ReassignRefusedError(`patient ${patientCode} was erased: nothing of it opens any more`);
}

async function createKey(keyStore: KeyStore, keyUuid: string): Promise<Uint8Array> {
  try {
    return await keyStore.createPatientKey(keyUuid);
  } catch (cause) {
    if (!(cause instanceof PatientErasedError)) throw cause;
    throw new ReassignRefusedError("a patient of the two was erased: nothing is given to it", {
      cause,
    });
  }
}

function codesOf({ patientCode, recordingCode }: RecordingCodes): RecordingCodes {
  return { patientCode, recordingCode };
}

function nameOf({ patientCode, recordingCode }: RecordingCodes): string {
  return `${patientCode}/${recordingCode}`;
}
