/**
 * The data key of a recording: made when it opens, unwrapped whenever something is sealed.
 *
 * Never kept in memory here: the key store forgets a patient's key after seconds, so that an erasure in
 * another process takes hold, and unwrapping costs some ten microseconds.
 *
 * @module
 */

import { type KeyStore, recordingKeyPlace, unwrapKey } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { StoredRecording } from "./store/ingest_store.ts";

/**
 * Unwraps the data key of a recording.
 *
 * @throws {ProblemError} `recording-not-found`: the patient was erased, so the key is gone for good.
 */
export async function recordingKey(
  keyStore: KeyStore,
  recording: Pick<StoredRecording, "siteId" | "recordingId" | "patientUuid" | "wrappedKey">,
): Promise<Uint8Array> {
  const patientKey = await keyStore.patientKey(recording.patientUuid);
  if (patientKey === undefined) {
    throw new ProblemError("recording-not-found", {
      detail: "The recording cannot be written: the key of its patient was destroyed",
    });
  }
  const place = recordingKeyPlace(recording.siteId, recording.recordingId);
  return unwrapKey(patientKey, place, recording.wrappedKey);
}
