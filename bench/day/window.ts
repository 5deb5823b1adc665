/**
 * Bench, day. A ten-second page of a day, by one reader: from the request to the last byte.
 *
 * Pages lie anywhere in the day, at whole seconds. The first answers are decoded and compared with what was
 * sent, and warm the processes; they are not timed.
 *
 * @module
 */

import { type Curve, curveValue } from "../curves.ts";
import { oneClient } from "../load/http_connection.ts";
import { median, quantile } from "../measure.ts";
import { windowPath } from "../plan_json.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import { type DayLength, durationName, RATE_HZ, type Workload } from "../workloads.ts";
import { dayName, loadedDay, type LoadedRows, loadedRows } from "./loaded_day.ts";
import { type DayReader, dayReader, type DayWindow } from "./reader.ts";

export const PAGE_SECONDS = 10;

function plansOf(workload: Workload, { seconds, isLong }: DayLength) {
  const name = `window ${PAGE_SECONDS} s of ${dayName(workload, seconds)}, one reader`;
  return {
    p50: rowPlan(`${name}: p50`, "ms", { must: 1.5, isLong }),
    p99: rowPlan(`${name}: p99`, "ms", { must: 6, isLong }),
    againstRows: rowPlan(`${name}: p50 against rows`, "×", {
      must: 200,
      better: "higher",
      isLong,
    }),
  };
}

export const dayWindowSuite: Suite = {
  name: "window 10 s",
  plans: (workload): RowPlan[] =>
    workload.days.flatMap((day) => Object.values(plansOf(workload, day))),
  async run(context) {
    const lines: Curve["lines"] = [];
    let baseline: number[] | undefined;
    for (const length of context.workload.days) {
      const plans = plansOf(context.workload, length);
      if (!Object.values(plans).some(context.isWanted)) continue;
      const rows = await loadedRows(context);
      const day = await loadedDay(context, length.seconds);
      context.progress.step(plans.p50.name);
      using reader = dayReader(day.stage, day.device);
      const times = await timePages(context, reader, {
        seconds: day.seconds,
        count: context.workload.dayWindows,
      });
      baseline ??= await timeRows(context, rows);
      const [ours, theirs] = [median(times), median(baseline)];
      context.reportWanted(measuredRow(plans.p50, ours, theirs));
      // Of a dozen answers the 99th percentile is the slowest: too little to compare with.
      context.reportWanted(measuredRow(plans.p99, quantile(times, 0.99), null));
      context.reportWanted(measuredRow(plans.againstRows, theirs / ours, null));
      lines.push({ name: `of ${durationName(day.seconds)}`, points: percentilePoints(times) });
    }
    context.curve({
      name: `A page of ${PAGE_SECONDS} s, one reader`,
      x: { label: "share of pages", scale: "nines" },
      y: { label: "request to last byte, ms", scale: "log" },
      must: null,
      lines,
    });
  },
};

/** Milliseconds of so many pages, one after the other; `isWarm` leaves out those that are not timed. */
export async function timePages(
  context: Pick<RunContext, "signal">,
  reader: DayReader,
  options: { readonly seconds: number; readonly count: number; readonly isWarm?: boolean },
): Promise<number[]> {
  const { seconds, count } = options;
  // As many again: the engine goes on compiling for some thousand pages, as it would in the first minute.
  const warmUp = options.isWarm ? 0 : count;
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
function percentilePoints(times: readonly number[]): [number, number][] {
  return [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999]
    .filter((share) => (1 - share) * times.length >= 0.5)
    .map((share) => [share, curveValue(quantile(times, share))]);
}

/** The baseline's answers, to the last byte; its text is not parsed. */
async function timeRows(context: RunContext, rows: LoadedRows): Promise<number[]> {
  const stage = await context.stage();
  const { min, max, budgetMs } = context.workload.windowRounds;
  const times: number[] = [];
  using client = oneClient(await stage.baselineUrl());
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
    const { status } = await client.request({ method: "GET", path, headers: {} });
    if (status !== 200) throw new Error(`Cannot time the baseline's window: status is ${status}`);
    if (i > 0) times.push(performance.now() - beforeMs);
  }
  return times;
}
