/**
 * What is said of a recording, in the store in memory: marks, reviews, clock observations, statements.
 *
 * @module
 */

import type {
  ChunkKey,
  NewAnnotation,
  NewClockObservation,
  NewReview,
  NewStatement,
  Repeatable,
  ReviewOutcome,
  Sender,
  StatementOutcome,
  StoredSegment,
} from "../ingest_store.ts";
import {
  addEvent,
  factsOf,
  type Keyed,
  type MemoryTables,
  sameContent,
  sameFields,
} from "./tables.ts";

/** Stores a version of a mark once. */
export function putAnnotation(
  tables: MemoryTables,
  sender: Sender,
  recordingId: string,
  annotation: NewAnnotation,
): Repeatable {
  const key = `${recordingId}/${annotation.annotationId}/${annotation.version}`;
  const before = tables.annotations.get(key)?.row;
  if (before !== undefined) return sameContent(before, annotation) ? "repeated" : "conflict";
  tables.annotations.set(key, { recordingId, row: annotation });
  addEvent(tables, sender, "annotation.stored");
  return "stored";
}

/** Stores a review of a mark that is there, once. */
export function putReview(
  tables: MemoryTables,
  sender: Sender,
  recordingId: string,
  review: NewReview,
): ReviewOutcome {
  const key = `${recordingId}/${review.reviewId}`;
  const before = tables.reviews.get(key)?.row;
  if (before !== undefined) return sameContent(before, review) ? "repeated" : "conflict";
  const mark = `${recordingId}/${review.annotationId}/${review.annotationVersion}`;
  if (!tables.annotations.has(mark)) return "unknown";
  tables.reviews.set(key, { recordingId, row: review });
  addEvent(tables, sender, "annotation.reviewed");
  return "stored";
}

/** Stores all or none. */
export function putObservations(
  tables: MemoryTables,
  sender: Sender,
  recordingId: string,
  observations: readonly NewClockObservation[],
): Repeatable[] {
  const fresh = new Map<string, Keyed<NewClockObservation>>();
  const outcomes = observations.map((row): Repeatable => {
    const key = `${recordingId}/${row.observationId}`;
    const before = (tables.observations.get(key) ?? fresh.get(key))?.row;
    if (before !== undefined) {
      return sameFields(factsOf(before), factsOf(row)) ? "repeated" : "conflict";
    }
    fresh.set(key, { recordingId, row });
    return "stored";
  });
  if (outcomes.includes("conflict")) return outcomes;
  for (const [key, value] of fresh) tables.observations.set(key, value);
  if (fresh.size > 0) addEvent(tables, sender, "clock-observation.stored");
  return outcomes;
}

/** Stores all or none, and no end that contradicts what is stored. */
export function putStatements(
  tables: MemoryTables,
  sender: Sender,
  { recordingId, segmentNumber }: StoredSegment,
  statements: readonly NewStatement[],
): StatementOutcome[] {
  const added: string[] = [];
  const outcomes = statements.map((row): StatementOutcome => {
    const key = `${recordingId}/${segmentNumber}/${row.stream}/${row.statementId}`;
    const before = tables.statements.get(key)?.row;
    if (before !== undefined) {
      return sameFields(factsOf(before), factsOf(row)) ? "repeated" : "conflict";
    }
    const place = { recordingId, segmentNumber, stream: row.stream };
    if (row.kind === "end" && contradicts(tables, place, row)) return "contradiction";
    tables.statements.set(key, { recordingId, segmentNumber, row });
    added.push(key);
    return "stored";
  });
  if (outcomes.some((outcome) => outcome === "conflict" || outcome === "contradiction")) {
    for (const key of added) tables.statements.delete(key);
  } else if (added.length > 0) addEvent(tables, sender, "statement.stored");
  return outcomes;
}

function contradicts(
  tables: MemoryTables,
  place: Omit<ChunkKey, "sequence">,
  { firstSequence, firstSample }: NewStatement,
): boolean {
  const isHere = (row: Omit<ChunkKey, "sequence">) =>
    row.recordingId === place.recordingId && row.segmentNumber === place.segmentNumber &&
    row.stream === place.stream;
  const hasOtherEnd = [...tables.statements.values()].some((other) =>
    isHere({ ...other, stream: other.row.stream }) && other.row.kind === "end" &&
    (other.row.firstSequence !== firstSequence || other.row.firstSample !== firstSample)
  );
  return hasOtherEnd ||
    [...tables.chunks.values()].some((chunk) =>
      isHere(chunk) && (chunk.sequence >= firstSequence ||
        chunk.sequence === firstSequence - 1 && chunk.firstSample + chunk.sampleCount > firstSample)
    );
}
