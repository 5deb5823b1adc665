/**
 * Losses and ends of streams.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewStatement, Sender, StatementOutcome, StoredSegment } from "../ingest_store.ts";
import { allOrNone } from "./all_or_none.ts";
import { insertEvent } from "./events.ts";
import { lockRecording } from "./recordings.ts";
import { safeInteger } from "./rows.ts";

interface StatementRow {
  readonly kind: string;
  readonly firstSequence: number;
  readonly sequenceCount: number;
  readonly firstSample: string;
  readonly sampleCount: string;
  readonly reason: number;
}

export async function putStatements(
  pool: pg.Pool,
  sender: Sender,
  segment: StoredSegment,
  statements: readonly NewStatement[],
): Promise<StatementOutcome[]> {
  return await allOrNone<NewStatement, StatementOutcome>(pool, sender, {
    items: statements,
    idOf: ({ stream, statementId }) => `${String(stream).padStart(5, "0")}/${statementId}`,
    // One after the other, or two different ends could both find that there is none yet.
    prepare: (client) => lockRecording(client, segment.recordingId),
    isRefusal: (outcome) => outcome === "conflict" || outcome === "contradiction",
    put: (client, statement) => putStatement(client, sender, segment, statement),
    finish: async (client, outcomes) => {
      // One event for each, because each has a leaf.
      for (const [index, statement] of statements.entries()) {
        if (outcomes[index] !== "stored") continue;
        await insertEvent(client, sender, {
          kind: "statement.stored",
          recordingId: segment.recordingId,
          segmentNumber: segment.segmentNumber,
          stream: statement.stream,
          detail: { "statement_id": statement.statementId, "kind": statement.kind },
          leaf: statement.leaf,
        });
      }
    },
  });
}

async function putStatement(
  client: pg.PoolClient,
  sender: Sender,
  { recordingId, segmentNumber }: StoredSegment,
  statement: NewStatement,
): Promise<StatementOutcome> {
  const statementId = parseHex(statement.statementId, 16);
  const key = [recordingId, segmentNumber, statement.stream];
  const { rows: [before] } = await client.query<StatementRow>(
    `select kind, first_sequence as "firstSequence", sequence_count as "sequenceCount",
        first_sample as "firstSample", sample_count as "sampleCount", reason
      from wavekeep.segment_statement
      where recording_id = $1 and segment_no = $2 and stream_no = $3 and statement_id = $4`,
    [...key, statementId],
  );
  if (before !== undefined) return isSame(before, statement) ? "repeated" : "conflict";
  if (statement.kind === "end" && await contradicts(client, key, statement)) {
    return "contradiction";
  }
  await client.query(
    `insert into wavekeep.segment_statement
       (recording_id, segment_no, stream_no, statement_id, site_id, kind, first_sequence,
        sequence_count, first_sample, sample_count, reason, actor, received_at, signature)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      ...key,
      statementId,
      sender.siteId,
      statement.kind,
      statement.firstSequence,
      statement.sequenceCount,
      statement.firstSample,
      statement.sampleCount,
      statement.reason,
      sender.actor,
      formatInstant(statement.atMicros),
      statement.signature,
    ],
  );
  return "stored";
}

/** Whether another end is stated, or a chunk is stored at or beyond this one. */
async function contradicts(
  client: pg.PoolClient,
  key: readonly unknown[],
  { firstSequence, firstSample }: NewStatement,
): Promise<boolean> {
  const { rows: [row] } = await client.query<{ contradicts: boolean }>(
    `select exists (
        select from wavekeep.segment_statement
          where recording_id = $1 and segment_no = $2 and stream_no = $3 and kind = 'end'
            and (first_sequence, first_sample) <> ($4, $5)
      ) or exists (
        select from wavekeep.chunk
          where recording_id = $1 and segment_no = $2 and stream_no = $3
            and (sequence >= $4 or first_sample + sample_count > $5 and sequence = $4 - 1)
      ) as "contradicts"`,
    [...key, firstSequence, firstSample],
  );
  return row?.contradicts === true;
}

function isSame(row: StatementRow, given: NewStatement): boolean {
  return row.kind === given.kind && row.firstSequence === given.firstSequence &&
    row.sequenceCount === given.sequenceCount &&
    safeInteger(row.firstSample) === given.firstSample &&
    safeInteger(row.sampleCount) === given.sampleCount && row.reason === given.reason;
}
