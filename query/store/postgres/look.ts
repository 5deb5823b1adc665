/**
 * One look at a recording: where it stands and what a window needs of it, in one flush.
 *
 * Sole owner of these statements. They are asked far more often than all others, so they come raw
 * (`readSite`): a body travels as its bytes, not as hexadecimal. Hazard: the moment given is the beginning
 * of the transaction, which lies before every snapshot; anything later could claim what was not seen.
 *
 * @module
 */

import { ask, type RawFields, readSite, type ReadStatement } from "@wavekeep/core/service";
import type pg from "pg";
import type { SequenceRun } from "../../window/timeline.ts";
import { runsOfChunks } from "../../window/runs_of_chunks.ts";
import type {
  RecordingLook,
  RecordingStanding,
  SequenceScope,
  StoredChunk,
} from "../query_store.ts";
import { instant } from "./rows.ts";
import { BY_PART, type RunPart, runsOfParts } from "./run_parts.ts";

interface StandingRow extends Omit<RecordingStanding, "streams"> {
  /** Null: the recording has none. */
  readonly stream: RecordingStanding["streams"][number] | null;
}

/** A row for each stream, or one without; what is said of the recording stands in each. */
const STANDING: ReadStatement<StandingRow> = {
  name: "wavekeep_standing",
  text: `select ${instant("now()")},
      (select max(incarnation) from wavekeep.incarnation),
      (select count(*)::int from wavekeep.segment where recording_id = $1::uuid),
      (select count(*)::int from wavekeep.segment_statement where recording_id = $1),
      exists (select from wavekeep.recording_close where recording_id = $1),
      s.segment_no, s.stream_no, last.sequence, last.sample_count, ${instant("last.received_at")}
    from wavekeep.recording r
      left join wavekeep.stream s on s.recording_id = r.recording_id
      left join lateral (
        select c.sequence, c.sample_count, c.received_at from wavekeep.chunk c
          where c.recording_id = $1 and c.segment_no = s.segment_no and c.stream_no = s.stream_no
          order by c.sequence desc limit 1
      ) last on true
    where r.recording_id = $1 order by s.segment_no, s.stream_no`,
  read: (fields) => ({
    asOf: fields.text(),
    incarnation: fields.int4(),
    segmentCount: fields.int4(),
    statementCount: fields.int4(),
    isClosed: fields.boolean(),
    stream: fields.isNull() ? null : {
      segmentNumber: fields.int4(),
      stream: fields.int4(),
      last: fields.isNull() ? null : {
        sequence: fields.int4(),
        sampleCount: fields.int4(),
        receivedAt: fields.text(),
      },
    },
  }),
};

const IN_SCOPE = `recording_id = $1::uuid and segment_no = $2::int and stream_no = $3::int
  and sequence >= $4::int and sequence < $5::int`;

type ChunkRow = Omit<StoredChunk, "segmentNumber" | "stream">;

const CHUNKS: ReadStatement<ChunkRow> = {
  name: "wavekeep_window_chunks",
  text: `select sequence, first_sample, sample_count, chunk_digest, stored_digest, body
    from wavekeep.chunk where ${IN_SCOPE} order by sequence limit $6::int`,
  read: (fields: RawFields) => ({
    sequence: fields.int4(),
    firstSample: fields.int8(),
    sampleCount: fields.int4(),
    chunkDigest: fields.bytes(),
    storedDigest: fields.bytes(),
    body: fields.bytes(),
  }),
};

/** As `PARTS` in chunks.ts, of one scope: from the key's index alone. */
export const SCOPE_PARTS: ReadStatement<RunPart> = {
  name: "wavekeep_window_parts",
  text: `select min(sequence), max(sequence) + 1, count(*)::int, sum(sample_count)::bigint
    from wavekeep.chunk where ${IN_SCOPE} ${BY_PART}`,
  read: (fields) => ({
    start: fields.int4(),
    end: fields.int4(),
    count: fields.int4(),
    sampleCount: fields.int8(),
  }),
};

/** As `RUNS` in chunks.ts, of one scope: likewise. */
export const SCOPE_RUNS: ReadStatement<SequenceRun> = {
  name: "wavekeep_window_runs",
  text: `select min(sequence), max(sequence) + 1, sum(sample_count)::bigint
    from (
      select sequence, sample_count, sequence - row_number() over (order by sequence) as run
        from wavekeep.chunk where ${IN_SCOPE}
    ) c group by run order by min(sequence)`,
  read: (fields) => ({
    start: fields.int4(),
    end: fields.int4(),
    sampleCount: fields.int8(),
  }),
};

/** `look` of the query store. */
export async function look(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
  scopes: readonly SequenceScope[],
  { bodies }: { readonly bodies: boolean },
): Promise<RecordingLook | undefined> {
  const values = scopes.map((scope) => [
    recordingId,
    scope.segmentNumber,
    scope.stream,
    scope.start,
    scope.end,
  ]);
  const standing = ask(STANDING, [recordingId]);
  if (!bodies) {
    const [rows, ...parts] = await readSite(pool, siteId, [
      standing,
      ...values.map((values) => ask(SCOPE_PARTS, values)),
    ]) as [StandingRow[], ...RunPart[][]];
    const runs = await runsOfParts(scopes, parts, (broken) =>
      readSite(
        pool,
        siteId,
        broken.map(({ segmentNumber, stream, start, end }) =>
          ask(SCOPE_RUNS, [recordingId, segmentNumber, stream, start, end])
        ),
      ) as Promise<SequenceRun[][]>);
    return lookOf(rows, runs.map((runs) => ({ runs, chunks: undefined })));
  }
  const [rows, ...chunks] = await readSite(pool, siteId, [
    standing,
    ...values.map((values) => ask(CHUNKS, [...values, null])),
  ]) as [StandingRow[], ...ChunkRow[][]];
  return lookOf(
    rows,
    chunks.map((rows, index) => {
      const { segmentNumber, stream } = scopes[index]!;
      return {
        runs: runsOfChunks(rows),
        chunks: rows.map((row) => ({ segmentNumber, stream, ...row })),
      };
    }),
  );
}

/** `chunkPage` of the query store. */
export async function readChunkPage(
  pool: pg.Pool,
  siteId: number,
  { recordingId, segmentNumber, stream, start, end }: SequenceScope,
  limit: number,
): Promise<StoredChunk[]> {
  const values = [recordingId, segmentNumber, stream, start, end, limit];
  const [rows] = await readSite(pool, siteId, [ask(CHUNKS, values)]);
  return rows.map((row) => ({ segmentNumber, stream, ...row }));
}

function lookOf(
  rows: readonly StandingRow[],
  scopes: RecordingLook["scopes"],
): RecordingLook | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const { stream: _, ...standing } = first;
  const streams = rows.flatMap(({ stream }) => stream === null ? [] : [stream]);
  return { standing: { ...standing, streams }, scopes };
}
