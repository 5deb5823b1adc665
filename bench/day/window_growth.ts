/**
 * Bench, day. Whether a page costs more when there is a hundred times as much around it.
 *
 * For each count a stage of its own: one recording is taken in, then copied inside the server
 * (`copy_recordings.ts`). Pages of all stages are read in turns, so that what else the machine does falls
 * on all alike.
 *
 * @module
 */

import { curveValue } from "../curves.ts";
import { interleave, quantile } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import { durationName, type Workload } from "../workloads.ts";
import { copyRecordings } from "./copy_recordings.ts";
import { dayDevice } from "./device.ts";
import { dayBodies, openDay, sendBodies } from "./load_day.ts";
import { settledWeight } from "./loaded_day.ts";
import { type DayReader, dayReader } from "./reader.ts";
import { PAGE_SECONDS, pageOf, timePages } from "./window.ts";

/** One experiment. */
interface Growth {
  /** Length of each recording. */
  readonly seconds: number;
  /** Recordings on each stage, growing; the last over the first is the row. */
  readonly counts: readonly number[];
  readonly pages: number;
  readonly isLong: boolean;
}

const GROWTHS: Readonly<Record<Workload["name"], readonly Growth[]>> = {
  small: [{ seconds: 15, counts: [1, 3], pages: 3, isLong: false }],
  default: [
    { seconds: 600, counts: [1, 100], pages: 300, isLong: true },
    { seconds: 86_400, counts: [1, 10, 100], pages: 2_000, isLong: true },
  ],
  long: [
    { seconds: 600, counts: [1, 100], pages: 300, isLong: true },
    { seconds: 86_400, counts: [1, 10], pages: 2_000, isLong: true },
  ],
  full: [
    { seconds: 600, counts: [1, 100], pages: 400, isLong: false },
    { seconds: 86_400, counts: [1, 10, 100], pages: 2_000, isLong: true },
  ],
};

function planOf({ seconds, counts, isLong }: Growth): RowPlan {
  const name = `window growth, ${PAGE_SECONDS} s, 1 to ${counts.at(-1)} recordings of ` +
    `${durationName(seconds)}: p50 at ${counts.at(-1)} over p50 at 1`;
  return rowPlan(name, "×", { better: "lower", must: 1.2, isLong });
}

export const windowGrowthSuite: Suite = {
  name: "window growth",
  plans: (workload) => GROWTHS[workload.name].map(planOf),
  async run(context) {
    for (const growth of GROWTHS[context.workload.name]) {
      if (context.isWanted(planOf(growth))) await measureGrowth(context, growth);
    }
  },
};

async function measureGrowth(context: RunContext, growth: Growth): Promise<void> {
  const { signal } = context;
  const plan = planOf(growth);
  await using stages = new AsyncDisposableStack();
  const readers: DayReader[] = [];
  for (const count of growth.counts) {
    const stage = stages.use(await context.openStage());
    readers.push(stages.use(await readerAmong(context, stage, { ...growth, count })));
  }
  context.progress.step(plan.name);
  const times = await interleave(
    readers.map((reader, i) => ({
      name: String(growth.counts[i]),
      async run(round) {
        await reader.read(pageOf(round, growth.seconds));
      },
    })),
    { roundsMin: growth.pages, roundsMax: growth.pages, budgetMs: 0, signal },
  );
  const quantileOf = (count: number, share: number) => quantile(times.get(String(count))!, share);
  const [first, last] = [growth.counts[0]!, growth.counts.at(-1)!];
  context.report(measuredRow(plan, quantileOf(last, 0.5) / quantileOf(first, 0.5), null));
  context.curve({
    name: `A page of ${PAGE_SECONDS} s among recordings of ${durationName(growth.seconds)}`,
    x: { label: "recordings", scale: "log" },
    y: { label: "request to last byte, ms", scale: "log" },
    must: null,
    lines: [0.5, 0.99].map((share) => ({
      name: `p${100 * share}`,
      points: growth.counts.map((count): [number, number] => [
        count,
        curveValue(quantileOf(count, share)),
      ]),
    })),
  });
}

/** A stage with so many recordings, settled; and a reader of the one that was taken in. */
async function readerAmong(
  context: RunContext,
  stage: Stage,
  { seconds, count, pages }: Growth & { readonly count: number },
): Promise<DayReader> {
  const { progress, signal, workload } = context;
  progress.step(`window growth: a recording of ${durationName(seconds)}`);
  const device = dayDevice(await context.dayPool("scalp"), {
    patientId: PATIENT_ID,
    recordingId: "growth",
    seed: workload.seed + 700,
  });
  await openDay(stage, device);
  const bodies = dayBodies(device, seconds, workload.dayChunksPerRequest);
  await sendBodies(stage, bodies, { inFlight: 4, signal });
  await settledWeight(context, stage);
  await copyRecordings(stage.wavekeepPool, device.recordingId, {
    count,
    signal,
    onCopied: (copied) =>
      progress.step(`window growth: ${copied} recordings of ${durationName(seconds)}`),
  });
  await stage.wavekeepPool.query("vacuum (analyze)");
  // Or it would fall into the pages.
  await stage.wavekeepPool.query("checkpoint");
  const reader = dayReader(stage, device);
  // Compiled, as processes are that have run for minutes.
  await timePages(context, reader, { seconds, count: Math.ceil(pages / 2) });
  return reader;
}
