/**
 * Bench, day. A ten-second page of a day, by one reader: from the request to the last byte.
 *
 * Pages lie anywhere in the day, at whole seconds. The first answers are decoded and compared with what was
 * sent, and warm the processes; they are not timed.
 *
 * @module
 */

import { expectStatus } from "../baseline_client.ts";
import { curveValue } from "../curves.ts";
import { median, quantile } from "../measure.ts";
import { windowPath } from "../plan_json.ts";
import { measuredRow, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import { RATE_HZ, type Workload } from "../workloads.ts";
import { dayName, loadedDay, type LoadedRows, loadedRows } from "./loaded_day.ts";
import { type DayReader, dayReader, type DayWindow } from "./reader.ts";

export const PAGE_SECONDS = 10;

function plans(workload: Workload) {
  const name = `window ${PAGE_SECONDS} s of ${dayName(workload)}, one reader`;
  return {
    p50: rowPlan(`${name}: p50`, "ms", { must: 1.5 }),
    p99: rowPlan(`${name}: p99`, "ms", { must: 6 }),
    againstRows: rowPlan(`${name}: p50 against rows`, "×", { must: 200, better: "higher" }),
  };
}

export const dayWindowSuite: Suite = {
  name: "window 10 s",
  plans: (workload) => Object.values(plans(workload)),
  async run(context) {
    const { p50, p99, againstRows } = plans(context.workload);
    const rows = await loadedRows(context);
    const day = await loadedDay(context);
    context.progress.step(p50.name);
    const times = await timePages(context, dayReader(day.stage, day.device), {
      seconds: day.seconds,
      count: context.workload.dayWindows,
    });
    const baseline = await timeRows(context, rows);
    const ours = median(times);
    if (context.isWanted(p50)) context.report(measuredRow(p50, ours, median(baseline)));
    if (context.isWanted(p99)) {
      // Of a dozen answers the 99th percentile is the slowest: too little to compare with.
      context.report(measuredRow(p99, quantile(times, 0.99), null));
    }
    if (context.isWanted(againstRows)) {
      context.report(measuredRow(againstRows, median(baseline) / ours, null));
    }
    context.curve({
      name: `A page of ${PAGE_SECONDS} s, one reader`,
      x: { label: "share of pages", scale: "nines" },
      y: { label: "request to last byte, ms", scale: "log" },
      must: null,
      lines: [{ name: "stored chunks", points: percentilePoints(times) }],
    });
  },
};

/** Milliseconds of so many pages, one after the other. */
export async function timePages(
  context: Pick<RunContext, "signal">,
  reader: DayReader,
  options: { readonly seconds: number; readonly count: number },
): Promise<number[]> {
  const { seconds, count } = options;
  const warmUp = Math.ceil(count / 10);
  const times: number[] = [];
  for (let i = 0; i < warmUp + count; i++) {
    context.signal.throwIfAborted();
    const page = pageOf(i, seconds);
    if (i < Math.min(5, warmUp)) await reader.verify(page);
    const beforeMs = performance.now();
    await reader.read(page);
    if (i >= warmUp) times.push(performance.now() - beforeMs);
  }
  return times;
}

/** A page of its own for each turn, anywhere in the recording. */
export function pageOf(turn: number, seconds: number): DayWindow {
  const start = (turn * 982_451_653 + 131) % (seconds - PAGE_SECONDS + 1);
  return { start, end: start + PAGE_SECONDS };
}

/** Points of a percentile curve. */
export function percentilePoints(times: readonly number[]): [number, number][] {
  return [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999]
    .filter((share) => (1 - share) * times.length >= 0.5)
    .map((share) => [share, curveValue(quantile(times, share))]);
}

/** The baseline's answers, to the last byte; its text is not parsed. */
async function timeRows(context: RunContext, rows: LoadedRows): Promise<number[]> {
  const stage = await context.stage();
  const { min, max, budgetMs } = context.workload.windowRounds;
  const times: number[] = [];
  const startedMs = performance.now();
  for (let i = 0; i <= max; i++) {
    if (i > min && performance.now() - startedMs > 4 * budgetMs) break;
    const { start, end } = pageOf(i, rows.seconds);
    const path = windowPath({
      recordingId: rows.recordingId,
      start: start * RATE_HZ,
      end: end * RATE_HZ,
    });
    const beforeMs = performance.now();
    const response = await fetch(stage.baselineUrl + path, { client: stage.http });
    await expectStatus(response, 200);
    await response.arrayBuffer();
    if (i > 0) times.push(performance.now() - beforeMs);
  }
  return times;
}
