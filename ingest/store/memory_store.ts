/**
 * The ingest store in memory: the same contract, with faults to order. For tests and simulations.
 *
 * Every method applies its write at once and without awaiting, which is this store's transaction.
 *
 * @module
 */

import { type Faults, NO_FAULTS, withFault } from "./faults.ts";
import type { IngestStore } from "./ingest_store.ts";
import { parameterSetsMax } from "./limits.ts";
import { progress, putParameterSet, putWholeRuns, quarantineChunk } from "./memory/chunks.ts";
import {
  findRecording,
  findSegment,
  putPatient,
  putRecording,
  putSegment,
} from "./memory/recordings.ts";
import { putAnnotation, putObservations, putReview, putStatements } from "./memory/said.ts";
import { addEvent, MemoryTables, sameContent, setText } from "./memory/tables.ts";

export { MemoryTables, storedPositions } from "./memory/tables.ts";

/** How a memory store behaves. */
export interface MemoryStoreOptions {
  readonly tables?: MemoryTables;
  readonly faults?: Faults;
  readonly nowMicros?: () => bigint;
}

/** A store over `tables`. */
export function memoryStore(options: MemoryStoreOptions = {}): IngestStore {
  const { tables = new MemoryTables(), faults = NO_FAULTS, nowMicros = () => 0n } = options;
  return {
    findRecording: (siteId, codes) => later(() => findRecording(tables, siteId, codes)),
    // Recordings are reassigned in PostgreSQL only: what is opened here stays where it is.
    findOpened: (siteId, codes) => later(() => findRecording(tables, siteId, codes)),
    findPatient: (siteId, code) =>
      later(() => {
        const uuid = tables.patients.find((row) =>
          row.siteId === siteId && row.patientCode === code
        )?.patientUuid;
        return uuid === undefined ? undefined : { patientUuid: uuid, keyUuid: uuid };
      }),
    putPatient: (sender, patient) =>
      withFault(faults, "putPatient", () => putPatient(tables, sender, patient)),
    putRecording: (sender, recording) =>
      withFault(faults, "putRecording", () => putRecording(tables, sender, recording)),
    closeRecording: (sender, { recordingId }) =>
      withFault(faults, "closeRecording", () => {
        if (tables.closed.has(recordingId)) return "repeated";
        tables.closed.add(recordingId);
        addEvent(tables, sender, "recording.closed");
        return "stored";
      }),
    putSegment: (sender, segment) =>
      withFault(faults, "putSegment", () => putSegment(tables, sender, segment)),
    findSegment: (siteId, segmentId) => later(() => findSegment(tables, siteId, segmentId)),
    listSegments: (siteId, recordingId) =>
      later(() =>
        tables.segments.map(({ segment }) => segment)
          .filter((row) => row.siteId === siteId && row.recordingId === recordingId)
      ),
    putChunks: (sender, chunks, sets = []) =>
      withFault(faults, "putChunks", () => {
        for (const set of sets) putParameterSet(tables, sender, set);
        return putWholeRuns(tables, [{ sender, chunks }])[0]!;
      }),
    putChunkGroup: (requests) =>
      withFault(faults, "putChunkGroup", () => {
        for (const { sender, sets } of requests) {
          for (const set of sets) putParameterSet(tables, sender, set);
        }
        return putWholeRuns(tables, requests);
      }),
    putParameterSet: (sender, set) =>
      withFault(faults, "putParameterSet", () => putParameterSet(tables, sender, set)),
    findParameterSet: (siteId, recordingId, digest) =>
      later(() => {
        const row = tables.parameterSets.get(setText({ recordingId, digest }));
        return row?.siteId === siteId ? { body: row.body, copy: row.copy } : undefined;
      }),
    parameterSetRoom: (_siteId, recordingId, wanted) =>
      later(() => {
        const countOf = (rows: Iterable<{ recordingId: string }>) =>
          [...rows].filter((row) => row.recordingId === recordingId).length;
        const room = parameterSetsMax(countOf(tables.chunks.values())) -
          countOf(tables.parameterSets.values());
        return Math.min(wanted, Math.max(0, room));
      }),
    quarantineChunk: (sender, chunk) =>
      withFault(faults, "quarantineChunk", () => quarantineChunk(tables, sender, chunk)),
    putAnnotations: (sender, recordingId, annotations) =>
      withFault(
        faults,
        "putAnnotations",
        () => annotations.map((row) => putAnnotation(tables, sender, recordingId, row)),
      ),
    putReviews: (sender, recordingId, reviews) =>
      withFault(
        faults,
        "putReviews",
        () => reviews.map((row) => putReview(tables, sender, recordingId, row)),
      ),
    putClockObservations: (sender, recordingId, observations) =>
      withFault(
        faults,
        "putClockObservations",
        () => putObservations(tables, sender, recordingId, observations),
      ),
    putStatements: (sender, segment, statements) =>
      withFault(faults, "putStatements", () => putStatements(tables, sender, segment, statements)),
    putSource: (sender, recordingId, source) =>
      withFault(faults, "putSource", () => {
        const key = `${recordingId}/${source.fileKey}`;
        const before = tables.sources.get(key)?.row;
        if (before !== undefined) return sameContent(before, source) ? "repeated" : "conflict";
        tables.sources.set(key, { recordingId, row: source });
        addEvent(tables, sender, "source.stored");
        return "stored";
      }),
    segmentProgress: (_siteId, segment) => later(() => progress(tables, segment, nowMicros())),
    announce: (numbers) =>
      withFault(faults, "announce", () => void tables.announced.push(...numbers)),
  };
}

function later<T>(read: () => T): Promise<T> {
  return Promise.resolve().then(read);
}
