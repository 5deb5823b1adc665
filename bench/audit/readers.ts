/**
 * Bench, audit. Fifty readers beside fifty devices, by query as it ships and by one that asks nobody who they are,
 * in turns: what knowing, asking, limiting and writing down cost a page.
 *
 * @module
 */

import { type LoadStage, openLoadStage, quantilesOf } from "../load/load_stage.ts";
import { processorMs } from "../load/process_sampler.ts";
import { loadSizes, PAGE_SECONDS } from "../load/sizes.ts";
import { median } from "../measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext } from "../suite.ts";
import type { Workload } from "../workloads.ts";

const READERS_MUST = 1.15;

function sizesOf({ name }: Workload) {
  return name === "small"
    ? { readers: 2, devices: 2, seconds: 1, rounds: 2 }
    : { readers: 50, devices: 50, seconds: 8, rounds: 8 };
}

export function readersPlans(workload: Workload) {
  const { readers, devices } = sizesOf(workload);
  const name = `audit, ${readers} readers beside ${devices} devices`;
  const ratio = (quantile: string) =>
    rowPlan(`${name}: ${quantile} of pages with access control and audit over without`, "×", {
      must: READERS_MUST,
      better: "lower",
      isLong: true,
    });
  return {
    p50: ratio("p50"),
    p95: ratio("p95"),
    processor: rowPlan(
      `${name}: query's processor time for a page with access control and audit over without`,
      "×",
      { better: "lower", isLong: true },
    ),
    with: rowPlan(`${name}, with access control and audit: p50 of pages`, "ms", { isLong: true }),
    without: rowPlan(`${name}, without: p50 of pages`, "ms", { isLong: true }),
  } satisfies Record<string, RowPlan>;
}

type Kind = "with" | "without";

export async function measureReaders(context: RunContext): Promise<void> {
  const { workload, progress, signal, reportWanted, notice } = context;
  const plans = readersPlans(workload);
  const sizes = sizesOf(workload);
  const load = loadSizes(workload);
  progress.step("audit: start the database and the services");
  await using stage = await context.openStage();
  const other = await stage.startAsQuery("bench/audit/query_without.ts");
  const options = {
    seed: workload.seed + 950,
    dataFolder: workload.origin === "CHB-MIT" ? context.dataFolder : undefined,
    deviceCountMax: sizes.devices,
    signal,
  };
  await using guarded = await openLoadStage(stage, options);
  await using free = await openLoadStage({ ...stage, queryUrl: other.url }, options);
  const stages: Readonly<Record<Kind, LoadStage>> = { with: guarded, without: free };
  for (const one of Object.values(stages)) {
    await one.open({
      deviceCount: sizes.devices,
      historySeconds: load.history.seconds,
      chunksPerRequest: 50,
      inFlight: 2,
    });
  }
  const pids: Readonly<Record<Kind, number>> = { with: stage.pids.query, without: other.pid };
  const found: Record<Kind, { p50: number; p95: number; pageMs: number }[]> = {
    with: [],
    without: [],
  };
  // One more than counts: processes compile for their first thousand pages.
  for (let round = 0; round <= sizes.rounds; round++) {
    const order: Kind[] = round % 2 === 0 ? ["with", "without"] : ["without", "with"];
    for (const kind of order) {
      progress.step(`${plans[kind].name}, round ${round}`);
      const before = processorMs(pids[kind]);
      const { result } = await stages[kind].run({
        warmUpSeconds: 1,
        seconds: sizes.seconds,
        devices: { count: sizes.devices, periodMs: load.devicePeriodMs },
        readers: {
          count: sizes.readers,
          periodMs: load.pagePeriodMs,
          windowSeconds: PAGE_SECONDS,
          recordingCount: sizes.devices,
        },
      });
      const { errorCount, errors } = result.readers!;
      if (errorCount > 0) throw new Error(`Cannot compare pages: ${JSON.stringify(errors)}`);
      if (round === 0) continue;
      // The second of warming up is in the time and not among the pages, for both alike.
      const pageMs = (processorMs(pids[kind]) - before) / result.readers!.answerCount;
      found[kind].push({ ...quantilesOf(result.readers!), pageMs });
    }
  }
  // Of neighbours in time, not of medians of different moments.
  const ratio = (what: "p50" | "p95" | "pageMs") =>
    median(found.with.map((own, round) => own[what] / found.without[round]![what]));
  const middle = (kind: Kind) => median(found[kind].map(({ p50 }) => p50));
  reportWanted(measuredRow(plans.p50, ratio("p50"), null));
  reportWanted(measuredRow(plans.p95, ratio("p95"), null));
  reportWanted(measuredRow(plans.processor, ratio("pageMs"), null));
  reportWanted(measuredRow(plans.with, middle("with"), null));
  reportWanted(measuredRow(plans.without, middle("without"), null));
  const rounds = found.with.map((own, round) => own.p50 / found.without[round]!.p50);
  notice(`${plans.p50.name}, by round: ${rounds.map((value) => value.toFixed(3)).join(", ")}`);
  const spent = (kind: Kind) => median(found[kind].map(({ pageMs }) => pageMs)).toFixed(3);
  notice(`${plans.processor.name}: ${spent("with")} and ${spent("without")} ms a page`);
}
