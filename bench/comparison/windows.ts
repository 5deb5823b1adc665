/**
 * Bench, comparison. Latency of the plan's windows: from the request until the samples are in memory, parsed or
 * decoded, in microvolts.
 *
 * Each cell asks both designs for the same window in turns. The first answer of each is compared with
 * the signal sample by sample and not timed.
 *
 * @module
 */

import type { BaselineClient } from "../baseline_client.ts";
import { interleave, median } from "../measure.ts";
import {
  type BenchWindow,
  CHANNEL_NAMES,
  planValues,
  type PlanWindowAnswer,
  verifyWindow,
} from "../plan_json.ts";
import { measuredRow, type RowPlan } from "../rows.ts";
import type { RunContext } from "../suite.ts";
import type { WavekeepClient } from "../wavekeep_client.ts";
import { CHANNEL_COUNT, RATE_HZ, type Workload } from "../workloads.ts";
import { type Form, FORMS, windowRow } from "./rows.ts";

/** Who is asked, and about what. */
export interface WindowBenchOptions {
  readonly baseline: BaselineClient;
  readonly wavekeep: WavekeepClient;
  readonly recordingId: string;
  /** The signal of the recording: what right answers hold. */
  readonly chunks: readonly Int32Array[];
  /** How many recordings are loaded at this moment. */
  readonly recordingCount: number;
}

/** Rows of the state that is loaded now. */
export async function benchWindows(
  context: RunContext,
  options: WindowBenchOptions,
): Promise<void> {
  let isWarm = false;
  for (const windowSeconds of context.workload.windowSeconds) {
    for (const channelCount of [1, CHANNEL_COUNT]) {
      const { recordingCount } = options;
      const planOf = (form: Form) =>
        windowRow(context.workload, { recordingCount, windowSeconds, channelCount, form });
      const plans = FORMS.map((form) => ({ form, plan: planOf(form) }))
        .filter(({ plan }) => context.isWanted(plan));
      if (plans.length === 0) continue;
      context.progress.step(plans[0]!.plan.name);
      if (!isWarm) await warmUp(context.workload, options);
      isWarm = true;
      await benchCell(context, options, { windowSeconds, channelCount, plans });
    }
  }
}

/** Lets the processes of both designs compile what they run, as they would have within minutes. */
async function warmUp(workload: Workload, options: WindowBenchOptions): Promise<void> {
  const { baseline, wavekeep, recordingId } = options;
  const cell = { windowSeconds: 1, channelCount: CHANNEL_COUNT };
  for (let round = 0; round < workload.warmUpWindows; round++) {
    const window = windowOfRound(workload, recordingId, cell, round);
    await baseline.readWindow(window);
    await wavekeep.readWindowJson(window);
    await wavekeep.readWindowChunks(window);
  }
}

interface Cell {
  readonly windowSeconds: number;
  readonly channelCount: number;
  readonly plans: readonly { readonly form: Form; readonly plan: RowPlan }[];
}

async function benchCell(
  context: RunContext,
  options: WindowBenchOptions,
  cell: Cell,
): Promise<void> {
  const { baseline, wavekeep, chunks } = options;
  const windowOf = (round: number) =>
    windowOfRound(context.workload, options.recordingId, cell, round);
  const checkPlanAnswer = (who: string, answer: PlanWindowAnswer, window: BenchWindow) =>
    verifyWindow(who, planValues(answer, window), window, chunks);

  const contenders = [
    {
      name: "baseline",
      async run(round: number) {
        const window = windowOf(round);
        const answer = await baseline.readWindow(window);
        if (round === 0) checkPlanAnswer("the baseline", answer, window);
      },
    },
    {
      name: "JSON",
      async run(round: number) {
        const window = windowOf(round);
        const answer = await wavekeep.readWindowJson(window);
        if (round === 0) checkPlanAnswer("Wavekeep's JSON", answer, window);
      },
    },
    {
      name: "chunks",
      async run(round: number) {
        const window = windowOf(round);
        const samples = await wavekeep.readWindowChunks(window);
        if (round === 0) verifyWindow("Wavekeep's chunks", samples, window, chunks);
      },
    },
  ];
  const asked = new Set(["baseline", ...cell.plans.map(({ form }) => form as string)]);
  const { min, max, budgetMs } = context.workload.windowRounds;
  const times = await interleave(contenders.filter(({ name }) => asked.has(name)), {
    roundsMin: min,
    roundsMax: max,
    budgetMs,
    signal: context.signal,
  });
  const baselineMs = median(times.get("baseline")!);
  for (const { form, plan } of cell.plans) {
    context.report(measuredRow(plan, median(times.get(form)!), baselineMs));
  }
}

/** Another window each round, the same for every contender, cutting through chunks. */
function windowOfRound(
  workload: Workload,
  recordingId: string,
  cell: Omit<Cell, "plans">,
  round: number,
): BenchWindow {
  const length = cell.windowSeconds * RATE_HZ;
  const room = workload.recordingSeconds * RATE_HZ - length + 1;
  // A large prime spreads the rounds over the recording without two that overlap early on.
  const start = (round * 982_451_653 + 131) % room;
  return {
    recordingId,
    start,
    end: start + length,
    ...(cell.channelCount === CHANNEL_COUNT ? {} : { channels: CHANNEL_NAMES.slice(2, 3) }),
  };
}
