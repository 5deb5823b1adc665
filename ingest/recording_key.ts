/**
 * The data key of a recording: made when it opens, unwrapped when something is sealed.
 *
 * Sole owner of unwrapped recording keys. Hazard: an erasure must take hold. The patient's key is asked of
 * the key store every time, which forgets it after seconds; a recording's key is kept as long as that
 * very patient key is handed out, and not a moment longer.
 *
 * @module
 */

import {
  type KeyStore,
  leafSalts,
  type LeafSecrets,
  logPseudonym,
  recordingKeyPlace,
  unwrapKey,
} from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { StoredRecording } from "./store/ingest_store.ts";

/** What of a recording ingest needs to seal for it. */
type KeyedRecording = Pick<
  StoredRecording,
  "siteId" | "recordingId" | "patientUuid" | "wrappedKey"
>;

/** What the chunks of a recording are sealed and logged with. */
export type RecordingSecrets = LeafSecrets;

/**
 * Unwraps the data key of a recording.
 *
 * @throws {ProblemError} `recording-not-found`: the patient was erased, so the key is gone for good.
 */
export async function recordingKey(
  keyStore: KeyStore,
  recording: KeyedRecording,
): Promise<Uint8Array> {
  return (await recordingSecrets(keyStore, recording)).key;
}

/** The data key and the pseudonym that comes from it; throws as {@link recordingKey}. */
export async function recordingSecrets(
  keyStore: KeyStore,
  recording: KeyedRecording,
): Promise<RecordingSecrets> {
  const patientKey = await keyStore.patientKey(recording.patientUuid);
  if (patientKey === undefined) {
    throw new ProblemError("recording-not-found", {
      detail: "The recording cannot be written: the key of its patient was destroyed",
    });
  }
  const known = kept.get(patientKey)?.get(recording.recordingId);
  if (known !== undefined) return known;
  const place = recordingKeyPlace(recording.siteId, recording.recordingId);
  const key = unwrapKey(patientKey, place, recording.wrappedKey);
  const secrets = secretsOf(key);
  const ofPatient = kept.get(patientKey) ?? new Map<string, RecordingSecrets>();
  ofPatient.set(recording.recordingId, secrets);
  kept.set(patientKey, ofPatient);
  return secrets;
}

/** What follows from a data key. */
export function secretsOf(key: Uint8Array): RecordingSecrets {
  return { key, pseudonym: logPseudonym(key), saltOf: leafSalts(key) };
}

/** By the patient key as the store hands it out: another object, or none, and all of it is gone. */
const kept = new WeakMap<Uint8Array, Map<string, RecordingSecrets>>();
