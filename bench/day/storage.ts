/**
 * Bench, day. What a recording weighs: every table, index and TOAST table, and the log written for it.
 *
 * @module
 */

import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Suite } from "../suite.ts";
import type { DayLength, Workload } from "../workloads.ts";
import { dayName, loadedDay, loadedRows } from "./loaded_day.ts";

function plansOf(workload: Workload, { seconds, isLong }: DayLength) {
  const name = `storage of ${dayName(workload, seconds)}`;
  return {
    tables: rowPlan(`${name}: tables, indexes, TOAST`, "B/sample", { must: 1.0, isLong }),
    log: rowPlan(`${name}: write-ahead log written`, "B/sample", { isLong }),
  };
}

export const dayStorageSuite: Suite = {
  name: "storage",
  plans: (workload): RowPlan[] =>
    workload.days.flatMap((day) => Object.values(plansOf(workload, day))),
  async run(context) {
    for (const length of context.workload.days) {
      const plans = plansOf(context.workload, length);
      if (!Object.values(plans).some(context.isWanted)) continue;
      const rows = await loadedRows(context);
      const day = await loadedDay(context, length.seconds);
      const baseline = rows.storedBytes / rows.samples;
      context.reportWanted(measuredRow(plans.tables, day.storedBytes / day.samples, baseline));
      context.reportWanted(measuredRow(plans.log, day.walBytes / day.samples, null));
    }
  },
};
