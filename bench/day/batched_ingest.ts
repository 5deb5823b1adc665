/**
 * Bench, day. A recording taken in as fast as it goes: over HTTP, checked, sealed, committed.
 *
 * @module
 */

import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Suite } from "../suite.ts";
import type { DayLength, Workload } from "../workloads.ts";
import { dayName, loadedDay, loadedRows } from "./loaded_day.ts";

const DAY_SECONDS = 86_400;

function plansOf(workload: Workload, { seconds, isLong }: DayLength) {
  const name = `batched ingest of ${dayName(workload, seconds)}`;
  return {
    speed: rowPlan(`${name}: speed`, "M samples/s", { must: 30, isLong }),
    duration: rowPlan(`${name}: duration`, "s", {
      must: seconds === DAY_SECONDS ? 17 : null,
      isLong,
    }),
    againstCopy: rowPlan(`${name}: against COPY of rows`, "×", {
      must: 100,
      better: "higher",
      isLong,
    }),
  };
}

export const batchedIngestSuite: Suite = {
  name: "batched ingest",
  plans: (workload): RowPlan[] =>
    workload.days.flatMap((day) => Object.values(plansOf(workload, day))),
  async run(context) {
    for (const length of context.workload.days) {
      const plans = plansOf(context.workload, length);
      if (!Object.values(plans).some(context.isWanted)) continue;
      const rows = await loadedRows(context);
      const day = await loadedDay(context, length.seconds);
      const ours = day.samples / 1e6 / (day.elapsedMs / 1000);
      const copy = rows.samples / 1e6 / (rows.elapsedMs / 1000);
      context.reportWanted(measuredRow(plans.speed, ours, copy));
      context.reportWanted(measuredRow(plans.duration, day.elapsedMs / 1000, null));
      context.reportWanted(measuredRow(plans.againstCopy, ours / copy, null));
    }
  },
};
