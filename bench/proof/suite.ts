/**
 * Bench, proof. What it costs that every sample can be traced: ingest, a proof, the log and the scrub.
 *
 * One stage for ingest and for proofs out of the log that it made; the log's own time and the scrub have
 * database servers of their own. Each part has a time within which it must be through.
 *
 * @module
 */

import { measureLeafWait } from "../log/leaf_wait.ts";
import { median } from "../measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import { measureScrubApart } from "../scrub/apart.ts";
import type { RunContext, Suite } from "../suite.ts";
import { thousands, type Workload } from "../workloads.ts";
import { chunkProofPlans, measureChunkProofs } from "./chunk_proofs.ts";
import { ingestKeptPlans, measureIngestKept } from "./ingest_kept.ts";

/** Leaves of a transaction, as ingest commits those of many devices. */
const LEAVES_PER_COMMIT = 40;
const SCRUB_MUST = 10_000;
const LEAF_MUST_MS = 2_000;

/** Whatever hangs is given up after this long: many times what a part takes on two quiet cores. */
const PART_MS = 300_000;

function leafPlan({ proof: { leafRate, leafSeconds } }: Workload): RowPlan {
  return rowPlan(
    `proof, leaf to signed checkpoint, ${thousands(leafRate)} leaves/s for ${leafSeconds} s: p99`,
    "ms",
    { must: LEAF_MUST_MS, isLong: true },
  );
}

function scrubPlans({ proof: { scrubChunks } }: Workload) {
  const name = `proof, scrub of ${thousands(scrubChunks)} chunks of 16 KiB`;
  return {
    core: rowPlan(`${name}: a core, PostgreSQL's time included`, "chunks/s", {
      must: SCRUB_MUST,
      isLong: true,
    }),
    own: rowPlan(`${name}: a core of the scrub's process`, "chunks/s", { isLong: true }),
    deep: rowPlan(`${name}, all decoded: a core, PostgreSQL's time included`, "chunks/s", {
      isLong: true,
    }),
  };
}

export const proofSuite: Suite = {
  name: "proof",
  plans: (workload): RowPlan[] => [
    ...Object.values(ingestKeptPlans(workload)),
    ...Object.values(chunkProofPlans(workload)),
    leafPlan(workload),
    ...Object.values(scrubPlans(workload)),
  ],
  async run(context) {
    await measureStage(context);
    await measureLeaves(context);
    await measureScrubbing(context);
  },
};

/** Ingest with and without, and proofs out of what came in. */
async function measureStage(context: RunContext): Promise<void> {
  const { workload } = context;
  const isAsked = (plans: Readonly<Record<string, RowPlan>>) =>
    Object.values(plans).some(context.isWanted);
  const proofs = isAsked(chunkProofPlans(workload));
  if (!proofs && !isAsked(ingestKeptPlans(workload))) return;
  await using stage = await context.openStage();
  const logged = await measureIngestKept(context, stage, within(context, PART_MS));
  if (proofs) await measureChunkProofs(context, stage, logged, within(context, PART_MS));
}

async function measureLeaves(context: RunContext): Promise<void> {
  const plan = leafPlan(context.workload);
  if (!context.isWanted(plan)) return;
  context.progress.step(plan.name);
  const { leafRate: rate, leafSeconds: seconds } = context.workload.proof;
  const { waitMs } = await measureLeafWait({
    rate,
    seconds,
    commit: LEAVES_PER_COMMIT,
    signal: within(context, PART_MS),
  });
  context.report(measuredRow(plan, waitMs(0.99), null));
}

async function measureScrubbing(context: RunContext): Promise<void> {
  const plans = scrubPlans(context.workload);
  if (!Object.values(plans).some(context.isWanted)) return;
  context.progress.step(plans.core.name);
  const { scrubChunks, scrubRounds } = context.workload.proof;
  const times = await measureScrubApart({
    chunkCount: scrubChunks,
    rounds: scrubRounds,
    signal: within(context, PART_MS),
    onRound: ({ isDeep }) => context.progress.step((isDeep ? plans.deep : plans.core).name),
  });
  const speed = (isDeep: boolean, secondsOf: (time: typeof times[number]) => number) =>
    median(
      times.filter((time) => time.isDeep === isDeep).map((time) => scrubChunks / secondsOf(time)),
    );
  const both = ({ own, server }: typeof times[number]) => own + server;
  context.reportWanted(measuredRow(plans.core, speed(false, both), null));
  context.reportWanted(measuredRow(plans.own, speed(false, ({ own }) => own), null));
  context.reportWanted(measuredRow(plans.deep, speed(true, both), null));
}

/** Given by Ctrl-C, and when a part hangs. */
function within({ signal }: RunContext, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
