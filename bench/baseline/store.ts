/**
 * Bench, baseline. Writing chunks as rows and reading windows from them.
 *
 * Hazard: a COPY and its log line are one transaction with `synchronous_commit = on`, as ours is; a
 * baseline that promised less would be no comparison.
 *
 * @module
 */

import { once } from "node:events";
import type { Pool, PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { COPY_STATEMENT, copyRows, type PlanChunk } from "./copy_rows.ts";

/** What the plan's query asks for. Seconds from recording start, half-open. */
export interface PlanWindow {
  readonly patientId: string;
  readonly recordingId: string;
  readonly start: number;
  readonly end: number;
  /** All channels when absent. */
  readonly channels?: readonly string[];
}

/** Stores the chunks and a log line for each; durable when it returns. */
export async function writeChunks(
  pool: Pool,
  chunks: readonly PlanChunk[],
  checksum: string,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await copyIn(client, copyRows(chunks));
    await client.query(
      `insert into ingestion_log
         (patient_id, recording_id, chunk_start_sec, chunk_end_sec, num_samples, checksum)
       select * from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::int[], $6::text[])`,
      [
        chunks.map((chunk) => chunk.patientId),
        chunks.map((chunk) => chunk.recordingId),
        chunks.map((chunk) => chunk.start),
        chunks.map((chunk) => chunk.start + chunk.samples[0]!.length / chunk.sampleRateHz),
        chunks.map((chunk) => chunk.samples.reduce((sum, list) => sum + list.length, 0)),
        chunks.map(() => checksum),
      ],
    );
    await client.query("commit");
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Sends one COPY input and waits until the server has taken it. */
export async function copyIn(client: PoolClient, bytes: Uint8Array): Promise<void> {
  const stream = client.query(copyFrom(COPY_STATEMENT));
  stream.end(bytes);
  await once(stream, "finish");
}

/**
 * The window as JSON text: `{channels: {label: [{timestamp, value}, …]}}`.
 *
 * PostgreSQL writes the JSON itself. Fetching rows and building objects from them, as the plan does,
 * took 1.4 to 1.7 times as long for 60 s of 23 channels: this is the baseline at its best.
 */
export async function readWindow(pool: Pool, window: PlanWindow): Promise<string> {
  const { rows } = await pool.query<[string, string]>({
    name: window.channels === undefined ? "window" : "window-of-channels",
    text: `
      select channel,
        '[' || string_agg('{"timestamp":' || timestamp_sec || ',"value":' || value_uv || '}', ','
          order by timestamp_sec) || ']'
      from eeg_sample
      where patient_id = $1 and recording_id = $2 and timestamp_sec >= $3 and timestamp_sec < $4
        ${window.channels === undefined ? "" : "and channel = any($5)"}
      group by channel`,
    values: [
      window.patientId,
      window.recordingId,
      window.start,
      window.end,
      ...(window.channels === undefined ? [] : [window.channels]),
    ],
    rowMode: "array",
  });
  const members = rows.map(([channel, list]) => `${JSON.stringify(channel)}:${list}`);
  return `{"channels":{${members.join(",")}}}`;
}

/** The plan's `GET /recordings`. */
export async function listRecordings(pool: Pool, patientId: string): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select recording_id, max(chunk_end_sec) as duration, sum(num_samples) as samples
     from ingestion_log where patient_id = $1 group by recording_id order by recording_id`,
    [patientId],
  );
  return rows;
}
