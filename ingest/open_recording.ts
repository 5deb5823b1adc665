/**
 * Opening a recording: a patient, a key for each, a partition, a row. Opening again with the same facts
 * is a repeat.
 *
 * @module
 */

import { equalBytes, formatHex, parseHex } from "@wavekeep/core/bytes";
import { recordingReference } from "@wavekeep/core/chunk";
import {
  keyedDigest,
  randomKey,
  recordingKeyPlace,
  seal,
  startedAtPlace,
  wrapKey,
} from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import { parseCivil } from "@wavekeep/core/time";
import type { CivilStart } from "@wavekeep/core/recording";
import type { OpenRecordingRequest, OpenRecordingResponse } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { recordingMoved } from "./find_recording.ts";
import { recordingLinkLeaf, recordingStartLeaf } from "./leaf.ts";
import { recordingKey, secretsOf } from "./recording_key.ts";
import type { Sender, StoredRecording } from "./store/ingest_store.ts";
import { uuidV4, uuidV7 } from "./uuid_v7.ts";

/** The facts a recording is opened with. */
export interface RecordingFacts {
  readonly patientCode: string;
  readonly recordingCode: string;
  readonly startedAt: CivilStart | null;
  readonly idempotencyKey: Uint8Array | null;
}

/** `POST /recordings`. */
export async function openRecording(
  deps: IngestDeps,
  sender: Sender,
  request: OpenRecordingRequest,
): Promise<{ isNew: boolean; response: OpenRecordingResponse }> {
  const facts: RecordingFacts = {
    patientCode: request.patient_id,
    recordingCode: request.recording_id,
    startedAt: request.started_at,
    idempotencyKey: parseHex(request.idempotency_key, 16),
  };
  const { recording, isNew } = await ensureRecording(deps, sender, facts);
  if (!isNew) await requireSameFacts(deps, recording, facts);
  return {
    isNew,
    response: {
      patient_id: request.patient_id,
      recording_id: request.recording_id,
      recording_reference: formatHex(recording.reference),
      started_at: request.started_at,
      // One that was reassigned takes no new segments, either.
      status: recording.isClosed || recording.isMoved ? "closed" : "open",
    },
  };
}

/**
 * The recording of these codes, opened when there is none.
 *
 * The order of durable writes: patient row or the row of whoever was faster; key file of the patient
 * that row names; partition and recording row. So a recording row never stands without the key that
 * opens it. A crash in between leaves a patient without recordings, or a key without use, and the same
 * request again goes on from there.
 */
export async function ensureRecording(
  deps: IngestDeps,
  sender: Sender,
  facts: RecordingFacts,
): Promise<{ recording: StoredRecording; isNew: boolean }> {
  requireCivil(facts.startedAt);
  for (let attempt = 0; attempt < LINK_ATTEMPTS; attempt++) {
    const known = await deps.store.findRecording(sender.siteId, facts);
    // Of a reassigned one a device knows the codes that it opened it with, and they may be another's by now.
    const recording = known?.isMoved ? await deps.store.findOpened(sender.siteId, facts) : known;
    if (recording !== undefined) return { recording, isNew: false };
    if (known !== undefined) return { recording: known, isNew: false };
    const put = await openAnew(deps, sender, facts);
    if (put !== undefined) return put;
  }
  // A code that another recording once got is not used again.
  throw recordingMoved();
}

/** How often a recording is looked up anew when it, or its patient's key, is just being reassigned. */
const LINK_ATTEMPTS = 3;

/** Undefined: a key or a code that this was about to use has just become another. */
async function openAnew(
  deps: IngestDeps,
  sender: Sender,
  facts: RecordingFacts,
): Promise<{ recording: StoredRecording; isNew: boolean } | undefined> {
  const { store, keyStore } = deps;

  // 1. The patient. Its uuid is minted here, and lost when another request stored the code first.
  const found = await store.findPatient(sender.siteId, facts.patientCode);
  const patientUuid = found?.patientUuid ?? await store.putPatient(sender, {
    patientUuid: uuidV4(deps.randomBytes(16)),
    patientCode: facts.patientCode,
  });
  const keyUuid = found?.keyUuid ?? patientUuid;

  // 2. The patient's key, on disk before anything is wrapped by it. A key made after the row would, in
  //    a power cut between the two, leave a recording that nobody can ever read.
  const patientKey = await keyStore.createPatientKey(keyUuid);

  // 3. The recording with its own key, wrapped; the store makes the partition first.
  const recordingId = uuidV7(deps.clock.nowMicros() / 1000n, deps.randomBytes(10));
  const key = randomKey();
  const link = {
    recordingId,
    patientUuid,
    recordingCode: facts.recordingCode,
    reference: recordingReference(facts.patientCode, facts.recordingCode, deps.sha256),
    wrappedKey: wrapKey(patientKey, recordingKeyPlace(sender.siteId, recordingId), key),
  };
  const atMicros = deps.clock.nowMicros();
  const scope = { siteId: sender.siteId, recordingId, secrets: secretsOf(key), atMicros };
  const { startedAt } = facts;
  const startedAtSealed = startedAt &&
    seal(key, startedAtPlace(sender.siteId, recordingId), jsonBytes(startedAt));
  const { reference } = link;
  const put = await store.putRecording(sender, {
    ...link,
    ...(keyUuid === patientUuid ? {} : { keyUuid }),
    startedAtSealed,
    idempotencyKey: facts.idempotencyKey,
    contentDigest: factsDigest(key, facts),
    atMicros,
    leaf: recordingLinkLeaf(scope, { ...link, patientCode: facts.patientCode }),
    startLeaf: recordingStartLeaf(scope, { reference, startedAt, startedAtSealed }),
  });
  if (put.outcome === "link-changed") return undefined;
  if (put.outcome === "idempotency-conflict") {
    throw new ProblemError("idempotency-conflict", {
      detail: "The idempotency key opened another recording of this site",
    });
  }
  return { recording: put.recording, isNew: put.outcome === "stored" };
}

/** @throws {ProblemError} `recording-conflict`: the stored recording was opened with other facts. */
async function requireSameFacts(
  deps: IngestDeps,
  recording: StoredRecording,
  facts: RecordingFacts,
): Promise<void> {
  const key = await recordingKey(deps.keyStore, recording);
  const isSame = recording.contentDigest !== null &&
    equalBytes(recording.contentDigest, factsDigest(key, facts));
  if (isSame) return;
  throw new ProblemError("recording-conflict", {
    detail: "The recording was opened with another start",
    errors: [{ detail: "differs from what is stored", pointer: "/body/started_at" }],
  });
}

/** Keyed, because a start time could be guessed from a plain digest. */
function factsDigest(key: Uint8Array, { startedAt }: RecordingFacts): Uint8Array {
  const facts = startedAt === null ? null : { civil: startedAt.civil, zone: startedAt.zone };
  return keyedDigest(key, jsonBytes(facts));
}

/** The schema knows the shape of civil time; whether the day is in the calendar is asked here. */
function requireCivil(startedAt: CivilStart | null): void {
  if (startedAt === null) return;
  try {
    parseCivil(startedAt.civil);
  } catch (cause) {
    throw new ProblemError("validation", {
      detail: "1 value does not fit",
      errors: [{ detail: "is no day and time of the calendar", pointer: "/body/started_at/civil" }],
      cause,
    });
  }
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
