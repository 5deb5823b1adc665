/**
 * The tables of the store in memory, and what its statements have in common.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import type {
  ChunkKey,
  DescribedSegment,
  NewAnnotation,
  NewChunk,
  NewClockObservation,
  NewParameterSet,
  NewRecording,
  NewReview,
  NewSource,
  NewStatement,
  QuarantinedChunk,
  Sender,
  StoredChunk,
  StoredRecording,
} from "../ingest_store.ts";

/** A stored chunk with what a receipt does not show. */
type ChunkRow = StoredChunk & Pick<NewChunk, "firstSample" | "sampleCount" | "body">;

/** A mark or observation or source under its key. */
export interface Keyed<Row> {
  readonly recordingId: string;
  readonly row: Row;
}

/** What the tables hold. Survives a store as a database survives a process. */
export class MemoryTables {
  readonly patients: { siteId: number; patientCode: string; patientUuid: string }[] = [];
  readonly recordings: (StoredRecording & NewRecording)[] = [];
  readonly closed = new Set<string>();
  readonly segments: { segment: DescribedSegment; record: Uint8Array }[] = [];
  readonly chunks = new Map<string, ChunkRow>();
  readonly parameterSets = new Map<string, NewParameterSet & { siteId: number }>();
  readonly quarantine: (Omit<QuarantinedChunk, "body"> & {
    actor: string;
    body: Uint8Array | null;
  })[] = [];
  readonly annotations = new Map<string, Keyed<NewAnnotation>>();
  readonly reviews = new Map<string, Keyed<NewReview>>();
  readonly observations = new Map<string, Keyed<NewClockObservation>>();
  readonly statements = new Map<string, Keyed<NewStatement> & { segmentNumber: number }>();
  readonly sources = new Map<string, Keyed<NewSource>>();
  readonly events: { kind: string; actor: string; requestId: string }[] = [];
  readonly announced: string[] = [];
  incarnation = 1;
}

/** Writes down who did what. */
export function addEvent(tables: MemoryTables, sender: Sender, kind: string): void {
  tables.events.push({ kind, actor: sender.actor, requestId: sender.requestId });
}

/** Where a chunk is stored. */
export function chunkText({ recordingId, segmentNumber, stream, sequence }: ChunkKey): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}

/** Where a parameter set is stored. */
export function setText({ recordingId, digest }: Pick<NewParameterSet, "recordingId" | "digest">) {
  return `${recordingId}/${formatHex(digest)}`;
}

/** Whether two rows say the same. */
export function sameContent(
  a: { contentDigest: Uint8Array },
  b: { contentDigest: Uint8Array },
): boolean {
  return equalBytes(a.contentDigest, b.contentDigest);
}

/** What is stated, without the time and the leaf of its row. */
export function factsOf(
  { atMicros: _at, leaf: _leaf, ...facts }: NewStatement | NewClockObservation,
): object {
  return facts;
}

/** Whether all members are the same. */
export function sameFields(a: object, b: object): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** Segment id and sequence of every stored chunk, for assertions. */
export function storedPositions(tables: MemoryTables): string[] {
  return [...tables.chunks.values()].map((chunk) => {
    const { segment } = tables.segments.find(({ segment }) =>
      segment.recordingId === chunk.recordingId && segment.segmentNumber === chunk.segmentNumber
    )!;
    return `${formatHex(segment.segmentId)}/${chunk.stream}/${chunk.sequence}`;
  }).sort();
}
