/**
 * Bench, comparison. Bytes on disk for each sample: every table and every index of both designs.
 *
 * What the empty schema takes is subtracted; what audit and log add is not, on either side.
 *
 * @module
 */

import { storedBytes } from "../baseline/tables.ts";
import { measuredRow } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext } from "../suite.ts";
import { SAMPLES_PER_CHUNK } from "../workloads.ts";
import { storageRow } from "./rows.ts";

/** Bytes of both designs at one moment. */
export interface Weight {
  readonly wavekeep: number;
  readonly baseline: number;
}

/** Weighs both. */
export async function weigh(stage: Stage): Promise<Weight> {
  const { rows: [ours] } = await stage.wavekeepPool.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes from pg_class
     where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'm')`,
  );
  const client = await stage.baselinePool.connect();
  try {
    return { wavekeep: Number(ours!.bytes), baseline: await storedBytes(client) };
  } finally {
    client.release();
  }
}

/** The row of storage, once every recording is loaded and nothing else. */
export async function benchStorage(
  context: RunContext,
  stage: Stage,
  empty: Weight,
): Promise<void> {
  const { workload } = context;
  const plan = storageRow(workload);
  if (!context.isWanted(plan)) return;
  context.progress.step(plan.name);
  const full = await weigh(stage);
  const seconds = workload.recordingSeconds + workload.otherRecordings * workload.otherSeconds;
  const samples = seconds * SAMPLES_PER_CHUNK;
  context.report(measuredRow(
    plan,
    (full.wavekeep - empty.wavekeep) / samples,
    (full.baseline - empty.baseline) / samples,
  ));
}
