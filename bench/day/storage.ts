/**
 * Bench, day. What a day weighs: every table, index and TOAST table, and the log that was written for it.
 *
 * @module
 */

import { measuredRow, rowPlan } from "../rows.ts";
import type { Suite } from "../suite.ts";
import type { Workload } from "../workloads.ts";
import { dayName, loadedDay, loadedRows } from "./loaded_day.ts";

function plans(workload: Workload) {
  const name = `storage of ${dayName(workload)}`;
  return {
    tables: rowPlan(`${name}: tables, indexes, TOAST`, "B/sample", { must: 1.0 }),
    log: rowPlan(`${name}: write-ahead log written`, "B/sample"),
  };
}

export const dayStorageSuite: Suite = {
  name: "storage",
  plans: (workload) => Object.values(plans(workload)),
  async run(context) {
    const { tables, log } = plans(context.workload);
    const day = await loadedDay(context);
    if (context.isWanted(tables)) {
      const rows = await loadedRows(context);
      context.report(
        measuredRow(tables, day.storedBytes / day.samples, rows.storedBytes / rows.samples),
      );
    }
    if (context.isWanted(log)) context.report(measuredRow(log, day.walBytes / day.samples, null));
  },
};
