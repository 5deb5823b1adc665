/**
 * Bench, comparison. How fast samples become durable: a file in batches, and single chunks one by one.
 *
 * Every time runs from samples in memory to the acknowledgement, so encoding, digests and JSON count.
 * Requests follow each other on one connection, as one device sends them; both designs take turns.
 *
 * @module
 */

import type { BaselineClient } from "../baseline_client.ts";
import { interleave, quantile } from "../measure.ts";
import { measuredRow } from "../rows.ts";
import type { RunContext } from "../suite.ts";
import type { WavekeepClient } from "../wavekeep_client.ts";
import { SAMPLES_PER_CHUNK } from "../workloads.ts";
import { fileRow, type Form, fullFileRow, singleChunkRow } from "./rows.ts";

/** Both designs. */
export interface Contestants {
  readonly baseline: BaselineClient;
  readonly wavekeep: WavekeepClient;
}

/**
 * Loads one recording into both designs, batch by batch in turns, and reports the file's rows.
 *
 * Runs whether the rows are wanted or not: windows are read from this recording.
 */
export async function ingestFile(
  context: RunContext,
  { baseline, wavekeep }: Contestants,
  recordingId: string,
  chunks: readonly Int32Array[],
): Promise<void> {
  const { workload } = context;
  const segment = await wavekeep.openSegment(recordingId);
  let oursMs = 0;
  let baselineMs = 0;
  for (let first = 0; first < chunks.length; first += workload.chunksPerRequest) {
    context.signal.throwIfAborted();
    const batch = chunks.slice(first, first + workload.chunksPerRequest);
    const ours = async () => void (oursMs += await timed(() => segment.send(first, batch)));
    const theirs = async () =>
      void (baselineMs += await timed(() => baseline.sendChunks(recordingId, first, batch)));
    const isOursFirst = (first / workload.chunksPerRequest) % 2 === 0;
    for (const turn of isOursFirst ? [ours, theirs] : [theirs, ours]) await turn();
  }
  const samples = chunks.length * SAMPLES_PER_CHUNK;
  const plan = fileRow(workload);
  if (context.isWanted(plan)) {
    context.report(measuredRow(plan, samples / (oursMs / 1000), samples / (baselineMs / 1000)));
  }
  const fullPlan = fullFileRow(workload);
  if (chunks.length === workload.fullFileChunks && context.isWanted(fullPlan)) {
    context.report(measuredRow(fullPlan, oursMs / 1000, baselineMs / 1000));
  }
}

/** The plan's full file into Wavekeep alone, where the run is too short for the baseline's. */
export async function benchFullFile(
  context: RunContext,
  wavekeep: WavekeepClient,
  recordingId: string,
  chunks: readonly Int32Array[],
): Promise<void> {
  const plan = fullFileRow(context.workload);
  context.progress.step(plan.name);
  const segment = await wavekeep.openSegment(recordingId);
  const batchSize = context.workload.chunksPerRequest;
  const elapsedMs = await timed(async () => {
    for (let first = 0; first < chunks.length; first += batchSize) {
      context.signal.throwIfAborted();
      await segment.send(first, chunks.slice(first, first + batchSize));
    }
  });
  context.report(measuredRow(plan, elapsedMs / 1000, null));
}

/** p50 and p99 of one chunk, into tables that already hold every recording that was loaded. */
export async function benchSingleChunks(
  context: RunContext,
  { baseline, wavekeep }: Contestants,
  recordingIds: { readonly chunks: string; readonly json: string },
  chunks: readonly Int32Array[],
): Promise<void> {
  const { workload } = context;
  const plansOf = (form: Form) =>
    ([0.5, 0.99] as const)
      .map((share) => ({ share, plan: singleChunkRow(workload, form, share) }))
      .filter(({ plan }) => context.isWanted(plan));
  const plans = { JSON: plansOf("JSON"), chunks: plansOf("chunks") };
  context.progress.step((plans.JSON[0] ?? plans.chunks[0])!.plan.name);

  const segment = await wavekeep.openSegment(recordingIds.chunks);
  const contenders = [
    {
      name: "baseline",
      run: (i: number) => baseline.sendChunks(recordingIds.chunks, i, [chunks[i]!]),
    },
    { name: "chunks", run: (i: number) => segment.send(i, [chunks[i]!]) },
    { name: "JSON", run: (i: number) => wavekeep.sendJson(recordingIds.json, i, chunks[i]!) },
  ];
  const times = await interleave(
    contenders.filter(({ name }) => name === "baseline" || plans[name as Form].length > 0),
    {
      roundsMin: workload.singleChunks,
      roundsMax: workload.singleChunks,
      budgetMs: 0,
      signal: context.signal,
    },
  );
  for (const form of ["JSON", "chunks"] as const) {
    for (const { share, plan } of plans[form]) {
      const ours = quantile(times.get(form)!, share);
      context.report(measuredRow(plan, ours, quantile(times.get("baseline")!, share)));
    }
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const beforeMs = performance.now();
  await work();
  return performance.now() - beforeMs;
}
