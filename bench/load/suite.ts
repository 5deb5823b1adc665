/**
 * Bench, load. What the services do under open-loop loads, on a stage of their own: batches first, then
 * readers and viewers beside devices, at last devices by the thousand.
 *
 * The order is part of the result: memory is read after the devices, of processes that have been through
 * everything before.
 *
 * @module
 */

import { curveValue } from "../curves.ts";
import { measuredRow, type RowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import { histogramOf } from "./histogram.ts";
import { LIVE_SERVER_SETTINGS } from "./live_server.ts";
import { type LoadStage, type Measured, openLoadStage, quantilesOf } from "./load_stage.ts";
import type { OpenResult, RunCommand, RunResult } from "./messages.ts";
import {
  eventRows,
  generatorRow,
  growthRows,
  liveRows,
  loadPlans,
  memoryCounts,
  memoryRows,
  togetherRows,
} from "./rows.ts";
import { BATCH, type LiveSize, loadSizes, PAGE_SECONDS } from "./sizes.ts";
import type { TallyData } from "./tally.ts";

export const loadSuite: Suite = {
  name: "load",
  isAlone: true,
  plans: loadPlans,
  async run(context) {
    const { workload, progress, signal } = context;
    const sizes = loadSizes(workload);
    const wants = wantsOf(context);
    progress.step("load: start the database and the services");
    const isLong = wants.deviceGrowth || wants.live.some((size) => size.isLong);
    await using stage = await context.openStage({
      settings: LIVE_SERVER_SETTINGS,
      // A short load takes files of the log as they come.
      logFileCount: isLong ? sizes.logFileCount : 0,
    });
    await using load = await openLoadStage(stage, {
      seed: workload.seed + 900,
      dataFolder: workload.origin === "CHB-MIT" ? context.dataFolder : undefined,
      deviceCountMax: wants.deviceCountMax,
      signal,
    });
    const runs: Run[] = [];
    const run: RunOne = async (what, command) => {
      progress.step(what);
      const measured = await load.run(
        { warmUpSeconds: sizes.warmUpSeconds, ...command },
        (text) => progress.step(`${what}: ${text}`),
      );
      runs.push(measured);
      return measured;
    };
    load.onOpened = (opened) => void runs.push(opened);
    if (wants.history) {
      progress.step(`load: batches into ${sizes.history.recordingCount} recordings`);
      await openDevices(load, sizes.history.recordingCount, sizes.history.seconds);
    }
    if (wants.together) await runTogether(context, load, run);
    if (wants.events) await runEvents(context, load, run);
    if (wants.readerGrowth) await runReaderGrowth(context, run);
    for (const [index, size] of wants.live.entries()) {
      await runLive(context, load, run, size);
      if (size.deviceCount !== wants.live[index + 1]?.deviceCount) {
        reportMemory(context, runs, size.deviceCount);
      }
    }
    if (wants.deviceGrowth) await runDeviceGrowth(context, load, run);
    await requireStored(context, stage, acknowledged(runs));
  },
};

type Run = Measured<OpenResult | RunResult>;

/** Puts a load on the services, and remembers what it cost. */
type RunOne = (
  what: string,
  command: Partial<Omit<RunCommand, "do">> & Pick<RunCommand, "seconds">,
) => Promise<Measured<RunResult>>;

/** Which loads are needed for the rows that are wanted. */
function wantsOf({ workload, isWanted }: RunContext) {
  const sizes = loadSizes(workload);
  const any = (rows: Readonly<Record<string, RowPlan>>) => Object.values(rows).some(isWanted);
  // Memory is that of a run which has had all of it.
  const memory = memoryCounts(workload).filter((count) => any(memoryRows(workload, count)));
  const growth = growthRows(workload);
  const together = memory.length > 0 || any(togetherRows(workload));
  const events = memory.length > 0 || any(eventRows(workload));
  const readerGrowth = isWanted(growth.readers);
  const deviceGrowth = isWanted(growth.devices);
  const live = sizes.live.filter((size, index) =>
    any(liveRows(workload, size)) || index === 0 && isWanted(generatorRow(workload)) ||
    // The shortest with so many devices will do.
    memory.includes(size.deviceCount) &&
      sizes.live.findIndex(({ deviceCount }) => deviceCount === size.deviceCount) === index
  );
  const history = together || events || readerGrowth;
  const deviceCountMax = Math.max(
    history ? sizes.history.recordingCount : 0,
    together ? sizes.together.deviceCount : 0,
    events ? sizes.events.deviceCount : 0,
    ...live.map(({ deviceCount }) => deviceCount),
    ...(deviceGrowth ? sizes.growth.devices : []),
  );
  return { together, events, readerGrowth, deviceGrowth, live, history, deviceCountMax };
}

async function openDevices(load: LoadStage, deviceCount: number, historySeconds: number) {
  return await load.open({ deviceCount, historySeconds, ...BATCH });
}

/** Opens as many as are missing, so that `deviceCount` are open. */
async function ensureDevices(
  { progress }: RunContext,
  load: LoadStage,
  deviceCount: number,
): Promise<void> {
  const missing = deviceCount - load.deviceCount;
  if (missing <= 0) return;
  progress.step(`load: open ${missing} recordings`);
  await openDevices(load, missing, 1);
}

async function runTogether(context: RunContext, load: LoadStage, run: RunOne): Promise<void> {
  const { together, history, devicePeriodMs, pagePeriodMs } = loadSizes(context.workload);
  const rows = togetherRows(context.workload);
  await ensureDevices(context, load, together.deviceCount);
  const { result } = await run("readers and devices", {
    seconds: together.seconds,
    devices: { count: together.deviceCount, periodMs: devicePeriodMs },
    readers: {
      count: together.readerCount,
      periodMs: pagePeriodMs,
      windowSeconds: PAGE_SECONDS,
      recordingCount: history.recordingCount,
    },
  });
  const pages = quantilesOf(result.readers!);
  reportMs(context, rows.p50, pages.p50);
  reportMs(context, rows.p95, pages.p95);
  reportMs(context, rows.p99, pages.p99);
  reportMs(context, rows.ingest, quantilesOf(result.devices!).p99);
  reportErrors(context, rows.errors, result.readers!, result.devices!);
  context.curve({
    name: `${together.readerCount} readers beside ${together.deviceCount} devices`,
    x: { label: "share of requests", scale: "nines" },
    y: { label: "from the intended time to the last byte, ms", scale: "log" },
    must: null,
    lines: [
      { name: "pages", points: percentiles(result.readers!) },
      { name: "chunks", points: percentiles(result.devices!) },
    ],
  });
}

async function runEvents(context: RunContext, load: LoadStage, run: RunOne): Promise<void> {
  const { events, devicePeriodMs } = loadSizes(context.workload);
  const rows = eventRows(context.workload);
  await ensureDevices(context, load, events.deviceCount);
  const { result } = await run("commit to event", {
    seconds: events.seconds,
    devices: { count: events.deviceCount, periodMs: devicePeriodMs },
    viewers: { count: events.viewerCount, recordingCount: events.recordingCount },
  });
  const viewers = result.viewers!;
  const fromRequest = histogramOf(viewers.sentToEvent);
  const fromReceipt = histogramOf(viewers.receiptToEvent);
  reportMs(context, rows.p50, fromRequest.quantileMs(0.5));
  reportMs(context, rows.p95, fromRequest.quantileMs(0.95));
  reportMs(context, rows.receipt, fromReceipt.quantileMs(0.95));
  reportErrors(context, rows.errors, viewers, result.devices!);
}

/** All devices of a size, a chunk a second each. */
async function runLive(
  context: RunContext,
  load: LoadStage,
  run: RunOne,
  size: LiveSize,
): Promise<void> {
  const { workload, isWanted } = context;
  const { deviceCount, seconds, warmUpSeconds, rampSeconds = 0 } = size;
  const rows = liveRows(workload, size);
  await ensureDevices(context, load, deviceCount);
  const { result, usage } = await run("live ingest", {
    seconds,
    ...(warmUpSeconds === undefined ? {} : { warmUpSeconds }),
    devices: {
      count: deviceCount,
      periodMs: loadSizes(workload).devicePeriodMs,
      rampSeconds,
    },
  });
  const chunks = quantilesOf(result.devices!);
  reportMs(context, rows.p50, chunks.p50);
  reportMs(context, rows.p99, chunks.p99);
  reportMs(context, rows.p999, chunks.p999);
  reportMs(context, rows.max, chunks.max);
  reportErrors(context, rows.errors, result.devices!);
  if (size === loadSizes(workload).live[0] && isWanted(generatorRow(workload))) {
    const micros = 1_000 * usage.generator.processorMs / result.requestCount;
    context.report(measuredRow(generatorRow(workload), micros, null));
  }
  context.curve({
    name: `Live ingest, ${deviceCount} devices, ${seconds} s`,
    x: { label: "share of chunks", scale: "nines" },
    y: { label: "acknowledged after, ms", scale: "log" },
    must: null,
    lines: [
      { name: "from the intended time", points: percentiles(result.devices!) },
      { name: "from the request", points: percentiles(result.devices!, "service") },
    ],
  });
  const { timeline } = result.devices!;
  if (timeline.length < 2) return;
  context.curve({
    name: `Live ingest over time, ${deviceCount} devices`,
    x: { label: "seconds", scale: "linear" },
    y: { label: "acknowledged after, ms", scale: "log" },
    must: 100,
    lines: (["p50Ms", "p99Ms", "maxMs"] as const).map((key) => ({
      name: { p50Ms: "p50", p99Ms: "p99", maxMs: "slowest" }[key],
      points: timeline.map((entry) => [entry.seconds, curveValue(entry[key])]),
    })),
  });
}

async function runDeviceGrowth(context: RunContext, load: LoadStage, run: RunOne): Promise<void> {
  const { growth, devicePeriodMs } = loadSizes(context.workload);
  const row = growthRows(context.workload).devices;
  await ensureDevices(context, load, growth.devices.at(-1)!);
  const points = await grow(growth.devices, async (count) => {
    const { result } = await run(`live ingest growth: ${count} devices`, {
      seconds: growth.seconds,
      devices: { count, periodMs: devicePeriodMs },
    });
    noteErrors(context, `live ingest growth, ${count} devices`, result.devices!);
    return quantilesOf(result.devices!);
  });
  reportMs(context, row, points.at(-1)!.p99);
  context.curve({
    name: "Live ingest by devices",
    x: { label: "devices, one chunk a second each", scale: "log" },
    y: { label: "acknowledged after, ms", scale: "log" },
    must: 100,
    lines: [
      { name: "p50", points: points.map(({ count, p50 }) => [count, curveValue(p50)]) },
      { name: "p99", points: points.map(({ count, p99 }) => [count, curveValue(p99)]) },
    ],
  });
}

async function runReaderGrowth(context: RunContext, run: RunOne): Promise<void> {
  const { growth, history, pagePeriodMs } = loadSizes(context.workload);
  const row = growthRows(context.workload).readers;
  const points = await grow(growth.readers, async (count) => {
    const { result } = await run(`readers growth: ${count} readers`, {
      seconds: growth.seconds,
      readers: {
        count,
        periodMs: pagePeriodMs,
        windowSeconds: PAGE_SECONDS,
        recordingCount: history.recordingCount,
      },
    });
    noteErrors(context, `readers growth, ${count} readers`, result.readers!);
    return quantilesOf(result.readers!);
  });
  reportMs(context, row, points.at(-1)!.p95);
  context.curve({
    name: "Pages by readers",
    x: { label: "readers, two pages a second each", scale: "log" },
    y: { label: "request to last byte, ms", scale: "log" },
    must: null,
    lines: (["p50", "p95", "p99"] as const).map((key) => ({
      name: key,
      points: points.map((point) => [point.count, curveValue(point[key])]),
    })),
  });
}

async function grow<Point extends object>(
  counts: readonly number[],
  measure: (count: number) => Promise<Point>,
): Promise<(Point & { count: number })[]> {
  const points: (Point & { count: number })[] = [];
  for (const count of counts) points.push({ ...await measure(count), count });
  return points;
}

/** Chunks that ingest has said are committed. */
function acknowledged(runs: readonly Run[]): number {
  return runs.reduce((sum, { result }) => {
    if ("batches" in result) return sum + result.openedCount + (result.batches?.chunkCount ?? 0);
    return sum + (result.devices?.answerCount ?? 0);
  }, 0);
}

/** @throws {Error} A chunk was acknowledged that is not there: no latency is worth anything then. */
async function requireStored(
  { progress }: RunContext,
  { wavekeepPool }: Stage,
  acknowledged: number,
): Promise<void> {
  progress.step("load: count what is stored");
  const { rows: [row] } = await wavekeepPool.query<{ count: string }>(
    "select count(*) as count from wavekeep.chunk",
  );
  if (Number(row!.count) < acknowledged) {
    throw new Error(
      `Cannot report loads: ${acknowledged} chunks acknowledged, ${row!.count} stored`,
    );
  }
}

/** The kernel's own account of the most that each process had by now. */
function reportMemory(context: RunContext, runs: readonly Run[], deviceCount: number): void {
  for (const [name, plan] of Object.entries(memoryRows(context.workload, deviceCount))) {
    if (!context.isWanted(plan)) continue;
    const peaks = runs.map(({ usage }) => usage[name as keyof typeof usage].peakMb);
    context.report(measuredRow(plan, Math.max(...peaks), null));
  }
}

function reportMs({ isWanted, report }: RunContext, plan: RowPlan, ms: number): void {
  // An event that overtakes its receipt took no time, and a row cannot say so.
  if (isWanted(plan)) report(measuredRow(plan, Math.max(ms, 0.001), null));
}

/** Everything that went wrong with a load, of all its kinds of clients. */
type Failures = Pick<TallyData, "errorCount" | "errors">;

function reportErrors(context: RunContext, plan: RowPlan, ...failures: Failures[]): void {
  const count = failures.reduce((sum, { errorCount }) => sum + errorCount, 0);
  if (context.isWanted(plan)) context.report(measuredRow(plan, count, null));
  noteErrors(context, plan.name, ...failures);
}

/** A count says that something went wrong; a line behind the tables says what. */
function noteErrors({ notice }: RunContext, what: string, ...failures: Failures[]): void {
  for (const { errors } of failures) {
    for (const [error, count] of Object.entries(errors)) notice(`${what}: ${count} × ${error}`);
  }
}

const SHARES = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999];

function percentiles(tally: TallyData, of: "latency" | "service" = "latency"): [number, number][] {
  const histogram = histogramOf(tally[of]);
  return SHARES.filter((share) => (1 - share) * histogram.count >= 0.5)
    .map((share) => [share, curveValue(histogram.quantileMs(share))]);
}
