/**
 * Patients, recordings and segments of the store in memory.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import type {
  DescribedSegment,
  IngestStore,
  NewRecording,
  NewSegment,
  Sender,
  StoredRecording,
  StoredSegment,
} from "../ingest_store.ts";
import { addEvent, type MemoryTables } from "./tables.ts";

function withClose(tables: MemoryTables, row: StoredRecording & NewRecording): StoredRecording {
  return { ...row, isClosed: tables.closed.has(row.recordingId) };
}

/** The recording that has the codes. */
export function findRecording(
  tables: MemoryTables,
  siteId: number,
  { patientCode, recordingCode }: { patientCode: string; recordingCode: string },
): StoredRecording | undefined {
  const patient = tables.patients.find((row) =>
    row.siteId === siteId && row.patientCode === patientCode
  );
  const row = tables.recordings.find((row) =>
    row.siteId === siteId && row.patientUuid === patient?.patientUuid &&
    row.recordingCode === recordingCode
  );
  return row === undefined ? undefined : withClose(tables, row);
}

/** Gives everybody the uuid that was first. */
export function putPatient(
  tables: MemoryTables,
  sender: Sender,
  { patientUuid, patientCode }: { patientUuid: string; patientCode: string },
): string {
  const { siteId } = sender;
  const before = tables.patients.find((row) =>
    row.siteId === siteId && row.patientCode === patientCode
  );
  if (before !== undefined) return before.patientUuid;
  tables.patients.push({ siteId, patientCode, patientUuid });
  addEvent(tables, sender, "patient.added");
  return patientUuid;
}

/** Opens a recording, or finds the one that has its codes. */
export function putRecording(
  tables: MemoryTables,
  sender: Sender,
  recording: NewRecording,
): Awaited<ReturnType<IngestStore["putRecording"]>> {
  const isSame = (row: NewRecording) =>
    row.patientUuid === recording.patientUuid && row.recordingCode === recording.recordingCode;
  const own = tables.recordings.filter((row) => row.siteId === sender.siteId);
  const { idempotencyKey } = recording;
  if (
    idempotencyKey !== null &&
    own.some((row) =>
      !isSame(row) && row.idempotencyKey !== null && equalBytes(row.idempotencyKey, idempotencyKey)
    )
  ) {
    return { outcome: "idempotency-conflict" };
  }
  const before = own.find(isSame);
  if (before !== undefined) return { outcome: "found", recording: withClose(tables, before) };
  const row = {
    ...recording,
    siteId: sender.siteId,
    openedBy: sender.actor,
    notifyNumber: String(tables.recordings.length + 1),
    isClosed: false,
  };
  tables.recordings.push(row);
  addEvent(tables, sender, "recording.opened");
  return { outcome: "stored", recording: row };
}

/** The segment that has the id, with its recording; nothing of what describes its streams. */
export function findSegment(
  tables: MemoryTables,
  siteId: number,
  segmentId: Uint8Array,
): { segment: StoredSegment; recording: StoredRecording } | undefined {
  const found = tables.segments.find(({ segment }) =>
    segment.siteId === siteId && equalBytes(segment.segmentId, segmentId)
  );
  if (found === undefined) return undefined;
  const recording = tables.recordings.find((row) => row.recordingId === found.segment.recordingId)!;
  const streams = found.segment.streams.map(({ descriptorSealed: _, ...stream }) => stream);
  return { segment: { ...found.segment, streams }, recording: withClose(tables, recording) };
}

/** Opens a segment under the next number, or finds the one that has its id. */
export function putSegment(
  tables: MemoryTables,
  sender: Sender,
  segment: NewSegment,
): Awaited<ReturnType<IngestStore["putSegment"]>> {
  const { seal, streams, signing, atMicros: _, ...fields } = segment;
  const before = findSegment(tables, sender.siteId, segment.segmentId);
  if (before !== undefined) return { outcome: "found", segment: before.segment };
  if (tables.closed.has(segment.recordingId)) return { outcome: "recording-closed" };
  const segmentNumber =
    tables.segments.filter((row) => row.segment.recordingId === segment.recordingId).length;
  const sealed = seal(segmentNumber);
  const stored: DescribedSegment = {
    ...fields,
    siteId: sender.siteId,
    segmentNumber,
    actor: sender.actor,
    signing: signing && {
      policy: signing.policy,
      keyId: signing.keyId,
      publicKey: signing.publicKey,
    },
    streams: streams.map((stream, index) => ({
      ...stream,
      descriptorSealed: sealed.descriptors[index]!,
    })),
  };
  tables.segments.push({ segment: stored, record: sealed.record });
  addEvent(tables, sender, "segment.opened");
  return { outcome: "stored", segment: stored };
}
