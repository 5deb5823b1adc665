/**
 * Chunks: which are there, and what they hold.
 *
 * Hazard: which are there must be answered from the primary key's index alone. A day of one stream is
 * 86,400 rows of four kilobytes; their bodies are read only for the samples that were asked for.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { SequenceRun, StoredLength } from "../../window/timeline.ts";
import type { SequenceScope, StoredChunk } from "../query_store.ts";
import { BY_PART, type RunPart, runsOfParts } from "./run_parts.ts";
import { bytes, safeInteger } from "./rows.ts";

const SCOPES = `unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[])
  with ordinality as scope (recording_id, segment_no, stream_no, first, last, n)`;

/** Chunks counted by part of each scope; see `run_parts.ts`. */
export const PARTS = `
  select scope.n::int as "n", c.* from ${SCOPES}, lateral (
    select min(sequence) as "start", max(sequence) + 1 as "end", count(*)::int as "count",
        sum(sample_count) as "sampleCount"
      from wavekeep.chunk
      where recording_id = scope.recording_id and segment_no = scope.segment_no
        and stream_no = scope.stream_no and sequence >= scope.first and sequence < scope.last
      ${BY_PART}
  ) c`;

/** Consecutive sequences share their difference to their rank: that names a run. */
export const RUNS = `
  select scope.n::int as "n", min(c.sequence) as "start", max(c.sequence) + 1 as "end",
      sum(c.sample_count) as "sampleCount"
    from ${SCOPES}, lateral (
      select sequence, sample_count,
          sequence - row_number() over (order by sequence) as run
        from wavekeep.chunk
        where recording_id = scope.recording_id and segment_no = scope.segment_no
          and stream_no = scope.stream_no and sequence >= scope.first and sequence < scope.last
    ) c
    group by scope.n, c.run order by scope.n, "start"`;

export async function selectRuns(
  client: pg.PoolClient,
  scopes: readonly SequenceScope[],
): Promise<SequenceRun[][]> {
  return await runsOfParts(
    scopes,
    await selectOf<RunPart>(client, PARTS, scopes),
    (broken) => selectOf<SequenceRun>(client, RUNS, broken),
  );
}

/** What a statement of {@link SCOPES} finds of each scope. */
async function selectOf<Found extends SequenceRun>(
  client: pg.PoolClient,
  text: string,
  scopes: readonly SequenceScope[],
): Promise<Found[][]> {
  const found: Found[][] = scopes.map(() => []);
  if (scopes.length === 0) return found;
  type Row = Omit<Found, "sampleCount"> & { readonly n: number; readonly sampleCount: string };
  const { rows } = await prepared<Row>(client, text, [
    scopes.map(({ recordingId }) => recordingId),
    scopes.map(({ segmentNumber }) => segmentNumber),
    scopes.map(({ stream }) => stream),
    scopes.map(({ start }) => start),
    scopes.map(({ end }) => end),
  ]);
  for (const { n, ...row } of rows) {
    found[n - 1]!.push({ ...row, sampleCount: safeInteger(row.sampleCount) } as unknown as Found);
  }
  return found;
}

const IN_SCOPE = `recording_id = $1 and segment_no = $2 and stream_no = $3
  and sequence >= $4 and sequence < $5`;

function scopeValues(scope: SequenceScope): unknown[] {
  return [scope.recordingId, scope.segmentNumber, scope.stream, scope.start, scope.end];
}

export async function selectLengths(
  client: pg.PoolClient,
  scope: SequenceScope,
): Promise<StoredLength[]> {
  const { rows } = await prepared<StoredLength>(
    client,
    `select sequence, sample_count as "sampleCount" from wavekeep.chunk
      where ${IN_SCOPE} order by sequence`,
    scopeValues(scope),
  );
  return rows;
}

export async function selectChunks(
  client: pg.PoolClient,
  scope: SequenceScope,
  limit: number,
): Promise<StoredChunk[]> {
  interface Columns extends Omit<StoredChunk, "firstSample"> {
    readonly firstSample: string;
  }
  const { rows } = await prepared<Columns>(
    client,
    `select segment_no as "segmentNumber", stream_no as "stream", sequence,
        first_sample as "firstSample", sample_count as "sampleCount",
        chunk_digest as "chunkDigest", stored_digest as "storedDigest", body
      from wavekeep.chunk where ${IN_SCOPE} order by sequence limit $6`,
    [...scopeValues(scope), limit],
  );
  return rows.map((row) => ({
    ...row,
    firstSample: safeInteger(row.firstSample),
    chunkDigest: bytes(row.chunkDigest),
    storedDigest: bytes(row.storedDigest),
    body: bytes(row.body),
  }));
}
