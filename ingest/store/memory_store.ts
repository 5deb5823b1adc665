/**
 * The ingest store in memory: the same contract, with faults to order. For tests and simulations.
 *
 * Every method applies its write at once and without awaiting, which is this store's transaction.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { type Faults, NO_FAULTS, withFault } from "./faults.ts";
import type {
  ChunkKey,
  IngestStore,
  NewAnnotation,
  NewChunk,
  NewClockObservation,
  NewParameterSet,
  NewRecording,
  NewReview,
  NewSegment,
  NewSource,
  NewStatement,
  PutChunkResult,
  QuarantinedChunk,
  Repeatable,
  ReviewOutcome,
  Sender,
  StatementOutcome,
  StoredChunk,
  StoredRecording,
  StoredSegment,
} from "./ingest_store.ts";
import {
  parameterSetsMax,
  QUARANTINE_BODIES_PER_KEY,
  QUARANTINE_BYTES_PER_SENDER,
} from "./limits.ts";
import { requireWholeRuns } from "./require_whole_runs.ts";

/** A stored chunk with what a receipt does not show. */
type ChunkRow = StoredChunk & Pick<NewChunk, "firstSample" | "sampleCount" | "body">;

/** A mark or observation or source under its key. */
interface Keyed<Row> {
  readonly recordingId: string;
  readonly row: Row;
}

/** What the tables hold. Survives a store as a database survives a process. */
export class MemoryTables {
  readonly patients: { siteId: number; patientCode: string; patientUuid: string }[] = [];
  readonly recordings: (StoredRecording & NewRecording)[] = [];
  readonly closed = new Set<string>();
  readonly segments: { segment: StoredSegment; record: Uint8Array }[] = [];
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

function addEvent(tables: MemoryTables, sender: Sender, kind: string): void {
  tables.events.push({ kind, actor: sender.actor, requestId: sender.requestId });
}

function withClose(tables: MemoryTables, row: StoredRecording & NewRecording): StoredRecording {
  return { ...row, isClosed: tables.closed.has(row.recordingId) };
}

function findRecording(
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

function putPatient(
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

function putRecording(
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

function findSegment(tables: MemoryTables, siteId: number, segmentId: Uint8Array) {
  const found = tables.segments.find(({ segment }) =>
    segment.siteId === siteId && equalBytes(segment.segmentId, segmentId)
  );
  if (found === undefined) return undefined;
  const recording = tables.recordings.find((row) => row.recordingId === found.segment.recordingId)!;
  return { segment: found.segment, recording: withClose(tables, recording) };
}

function putSegment(
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
  const stored: StoredSegment = {
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

/** {@link putChunks} of every request; nothing stays when a run breaks. */
function putWholeRuns(
  tables: MemoryTables,
  requests: readonly { readonly sender: Sender; readonly chunks: readonly NewChunk[] }[],
): PutChunkResult[][] {
  if (!requests.some(({ chunks }) => chunks.some(({ needsNext }) => needsNext))) {
    return requests.map(({ sender, chunks }) => putChunks(tables, sender, chunks));
  }
  const before = { chunks: new Map(tables.chunks), eventCount: tables.events.length };
  const results = requests.map(({ sender, chunks }) => putChunks(tables, sender, chunks));
  try {
    for (const [index, { chunks }] of requests.entries()) {
      requireWholeRuns(chunks, results[index]!);
    }
  } catch (error) {
    tables.chunks.clear();
    for (const [key, row] of before.chunks) tables.chunks.set(key, row);
    tables.events.length = before.eventCount;
    throw error;
  }
  return results;
}

function putChunks(
  tables: MemoryTables,
  sender: Sender,
  chunks: readonly NewChunk[],
): PutChunkResult[] {
  return chunks.map((chunk): PutChunkResult => {
    const before = tables.chunks.get(chunkText(chunk));
    if (before !== undefined) return { outcome: "found", chunk: before };
    const endSequence = endOf(tables, chunk);
    if (endSequence !== null && chunk.sequence >= endSequence) {
      return { outcome: "beyond-end", endSequence };
    }
    const { leafEntry: _, ...stored } = { ...chunk, incarnation: tables.incarnation };
    tables.chunks.set(chunkText(chunk), stored);
    addEvent(tables, sender, "chunk.stored");
    return { outcome: "stored", chunk: stored };
  });
}

function putParameterSet(
  tables: MemoryTables,
  sender: Sender,
  set: NewParameterSet,
): "stored" | "repeated" {
  if (tables.parameterSets.has(setText(set))) return "repeated";
  tables.parameterSets.set(setText(set), { ...set, siteId: sender.siteId });
  addEvent(tables, sender, "parameter-set.stored");
  return "stored";
}

function endOf(
  tables: MemoryTables,
  { recordingId, segmentNumber, stream }: Omit<ChunkKey, "sequence">,
): number | null {
  const ends = [...tables.statements.values()].filter((
    { recordingId: id, segmentNumber: no, row },
  ) => id === recordingId && no === segmentNumber && row.stream === stream && row.kind === "end");
  return ends.length === 0 ? null : Math.min(...ends.map(({ row }) => row.firstSequence));
}

function quarantineChunk(tables: MemoryTables, sender: Sender, chunk: QuarantinedChunk): void {
  const own = tables.quarantine.filter((row) => chunkText(row) === chunkText(chunk));
  if (!own.some((row) => equalBytes(row.storedDigest, chunk.storedDigest))) {
    const byteLength = tables.quarantine
      .filter((row) => row.actor === sender.actor && row.body !== null)
      .reduce((sum, row) => sum + row.byteLength, 0);
    const keepsBody = own.filter((row) => row.body !== null).length < QUARANTINE_BODIES_PER_KEY &&
      byteLength + chunk.byteLength <= QUARANTINE_BYTES_PER_SENDER;
    tables.quarantine.push({
      ...chunk,
      actor: sender.actor,
      body: keepsBody ? chunk.body : null,
    });
  }
  addEvent(tables, sender, "chunk.conflict");
}

function putAnnotation(
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

function putReview(
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

function putObservations(
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

function putStatements(
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

function progress(tables: MemoryTables, segment: StoredSegment, asOfMicros: bigint) {
  const { recordingId, segmentNumber } = segment;
  const streams = segment.streams.map(({ stream }) => {
    const own = [...tables.chunks.values()]
      .filter((chunk) =>
        chunk.recordingId === recordingId && chunk.segmentNumber === segmentNumber &&
        chunk.stream === stream
      )
      .sort((a, b) => a.sequence - b.sequence);
    const runs: { start: number; end: number }[] = [];
    for (const { sequence } of own) {
      const last = runs.at(-1);
      if (last?.end === sequence) last.end++;
      else runs.push({ start: sequence, end: sequence + 1 });
    }
    const highWater = runs[0]?.start === 0 ? runs[0].end : 0;
    return {
      stream,
      runs,
      chunkCount: own.length,
      highWaterDigest: own.find(({ sequence }) => sequence === highWater - 1)?.chunkDigest ?? null,
      endSequence: endOf(tables, { recordingId, segmentNumber, stream }),
    };
  });
  return { incarnation: tables.incarnation, asOfMicros, streams };
}

function chunkText({ recordingId, segmentNumber, stream, sequence }: ChunkKey): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}

function setText({ recordingId, digest }: Pick<NewParameterSet, "recordingId" | "digest">) {
  return `${recordingId}/${formatHex(digest)}`;
}

function sameContent(a: { contentDigest: Uint8Array }, b: { contentDigest: Uint8Array }): boolean {
  return equalBytes(a.contentDigest, b.contentDigest);
}

/** What is stated, without the time and the leaf of its row. */
function factsOf(
  { atMicros: _at, leaf: _leaf, ...facts }: NewStatement | NewClockObservation,
): object {
  return facts;
}

function sameFields(a: object, b: object): boolean {
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
