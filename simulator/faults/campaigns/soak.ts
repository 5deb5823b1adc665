/**
 * Faults. Everything runs for hours and everything is killed now and then (goal A12), but for one ingest,
 * whose memory and descriptors must stay what they are.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { planFaults, type PlannedFault } from "../plan.ts";
import { descriptorCount, residentBytes } from "../process_facts.ts";
import { robustSlope } from "../robust_slope.ts";
import { audited } from "../run_services.ts";
import type { ServiceProcess } from "../service_process.ts";
import type { Stage } from "../stage.ts";

const DEVICES = 50;

/** As live devices: about one chunk a second each. */
const DEVICE_PAUSE_MS_MAX = 2_000;

const PAUSE_MS = [1_000, 8_000] as const;

/** The first third warms up: caches fill, the allocator finds its size. */
const WARM_UP = 1 / 3;
const SAMPLE_EVERY_MS = 1_000;

/** Below this a slope says nothing: a garbage collection is larger than what it would find. */
const SLOPE_NEEDS_SECONDS = 20 * 60;
const SLOPE_MAX_BYTES_PER_HOUR = 2 ** 20;

/** Connections of devices and to the database come and go. */
const DESCRIPTORS_MORE_MAX = 20;

/** Pairs of points grow with the square of their number. */
const POINTS_MAX = 600;

export const soak: Campaign = {
  name: "soak",
  what:
    "50 live devices on two ingest processes, query and the sequencer; one ingest, query, the sequencer " +
    "and the database are killed at random, and the other ingest is watched.",
  must:
    "0 acknowledged chunks lost, 0 doubled; memory of the ingest that lives grows <= 1 MiB an hour after " +
    "warm-up, descriptors do not grow",
  full: 2 * 60 * 60,
  small: 60,
  unit: "seconds",
  run: (options) => onStage(options, (stage) => soaking(stage, options)),
};

async function soaking(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const names = ["ingest", "ingest", "query", "sequence"] as const;
  const [steady, ...others] = await Promise.all(
    names.map(async (task) => services.use(await stage.service(task))),
  ) as [ServiceProcess, ...ServiceProcess[]];
  for (const service of [steady, ...others]) service.start();
  const ingests = [steady, others[0]!];
  await Promise.all(ingests.map((ingest) => ingest.ready()));
  using fleet = await Fleet.open(stage, {
    name: "soak",
    seed: options.seed,
    devices: DEVICES,
    urls: ingests.map(({ url }) => url),
    pauseMsMax: DEVICE_PAUSE_MS_MAX,
  });
  fleet.start();
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1000;
  const samples: { at: number; bytes: number; descriptors: number }[] = [];
  const { pid } = steady;
  const watching = (async () => {
    while (seconds() < options.count) {
      await sleep(SAMPLE_EVERY_MS, options.signal);
      const [bytes, descriptors] = await Promise.all([residentBytes(pid!), descriptorCount(pid!)]);
      samples.push({ at: seconds(), bytes, descriptors });
      options.onProgress(Math.min(options.count, Math.floor(seconds())));
    }
  })();
  watching.catch(() => {});
  let kills = 0;
  for (const fault of plan(options)) {
    const leftMs = 1000 * (options.count - seconds());
    await sleep(Math.max(0, Math.min(leftMs, fault.pauseMs)), options.signal);
    if (seconds() >= options.count) break;
    await strike(stage, others, fault);
    kills++;
  }
  await watching;
  await fleet.stop();
  const violations: string[] = [];
  if (steady.pid !== pid) violations.push(`The ingest that lives ended: ${steady.deaths.join()}`);
  const watched = judge(samples, options.count, violations);
  const audit = await audited(stage, fleet);
  return {
    done: options.count,
    violations: [...violations, ...audit.violations],
    figures: { ...audit.figures, kills, ...watched },
  };
}

function plan({ seed }: CampaignOptions): Iterable<PlannedFault> {
  return planFaults(seed, {
    kinds: ["kill", "kill", "kill", "restart-database"],
    pauseMs: PAUSE_MS,
  });
}

async function strike(
  stage: Stage,
  others: readonly ServiceProcess[],
  { kind, where }: PlannedFault,
): Promise<void> {
  if (kind === "restart-database") {
    await stage.database.crash();
    await stage.database.start();
    return;
  }
  const service = others[Math.floor(where * others.length)]!;
  await service.end("SIGKILL");
  service.start();
}

function judge(
  samples: readonly { at: number; bytes: number; descriptors: number }[],
  seconds: number,
  violations: string[],
): Record<string, number> {
  const warm = samples.filter(({ at }) => at >= WARM_UP * seconds);
  const step = Math.ceil(warm.length / POINTS_MAX);
  const points = warm.filter((_, index) => index % step === 0)
    .map(({ at, bytes }) => [at / 3600, bytes] as const);
  const slope = robustSlope(points);
  if (seconds >= SLOPE_NEEDS_SECONDS && slope > SLOPE_MAX_BYTES_PER_HOUR) {
    violations.push(`Memory grows by ${(slope / 2 ** 20).toFixed(2)} MiB an hour`);
  }
  // Medians of the first and the last quarter: single peaks are connections that come and go.
  const quarter = Math.max(1, Math.floor(warm.length / 4));
  const first = median(warm.slice(0, quarter).map(({ descriptors }) => descriptors));
  const last = median(warm.slice(-quarter).map(({ descriptors }) => descriptors));
  if (last > first + DESCRIPTORS_MORE_MAX) {
    violations.push(`Descriptors grew from ${first} to ${last}`);
  }
  return {
    "memory slope MiB/h": slope / 2 ** 20,
    "memory MiB": median(warm.map(({ bytes }) => bytes)) / 2 ** 20,
    "descriptors at first": first,
    "descriptors at last": last,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
