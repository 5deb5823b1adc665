/**
 * Bench, baseline. The plan's two tables as SQL: one row for every channel at every timestamp.
 *
 * What differs from the plan is only what makes it faster: the indexes may be built after a bulk load.
 *
 * @module
 */

import type { ClientBase } from "pg";

const TABLES = `
create table eeg_sample (
  id bigint generated always as identity primary key,
  patient_id text not null,
  recording_id text not null,
  channel text not null,
  timestamp_sec double precision not null,
  value_uv double precision not null,
  ingested_at timestamptz not null default now()
);
create table ingestion_log (
  id bigint generated always as identity primary key,
  patient_id text not null,
  recording_id text not null,
  chunk_start_sec double precision,
  chunk_end_sec double precision,
  num_samples integer,
  checksum text,
  ingested_at timestamptz not null default now()
);
`;

const INDEXES = `
create index eeg_sample_time on eeg_sample (patient_id, recording_id, timestamp_sec);
create index eeg_sample_channel_time
  on eeg_sample (patient_id, recording_id, channel, timestamp_sec);
`;

/** Makes the plan's tables, with both of its indexes. */
export async function createTables(client: ClientBase): Promise<void> {
  await client.query(TABLES + INDEXES);
}

/**
 * Runs a bulk load without the two indexes and builds them afterwards: the fastest way to load, and
 * one that leaves them as dense as they can be.
 */
export async function withoutIndexes(client: ClientBase, load: () => Promise<void>): Promise<void> {
  await client.query("drop index eeg_sample_time, eeg_sample_channel_time");
  await load();
  await client.query("set maintenance_work_mem = '256MB'");
  await client.query(INDEXES);
  await client.query("reset maintenance_work_mem");
}

/** Lets the planner and the visibility map catch up, as autovacuum would within minutes. */
export async function settle(client: ClientBase): Promise<void> {
  await client.query("vacuum (analyze) eeg_sample, ingestion_log");
}

/** Bytes of both tables with their indexes. */
export async function storedBytes(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    "select pg_total_relation_size('eeg_sample') + pg_total_relation_size('ingestion_log') as bytes",
  );
  return Number(rows[0]!.bytes);
}
