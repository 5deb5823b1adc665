/**
 * Bench, day. A whole day taken in as fast as it goes: over HTTP, checked, sealed, committed.
 *
 * @module
 */

import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Suite } from "../suite.ts";
import type { Workload } from "../workloads.ts";
import { dayName, loadedDay, loadedRows } from "./loaded_day.ts";

interface Plans {
  readonly speed: RowPlan;
  readonly elapsed: RowPlan;
  readonly againstCopy: RowPlan;
}

function plans(workload: Workload): Plans {
  const name = `batched ingest of ${dayName(workload)}`;
  return {
    speed: rowPlan(`${name}: speed`, "M samples/s", { must: 30 }),
    elapsed: rowPlan(`${name}: duration`, "s", { must: 17 }),
    againstCopy: rowPlan(`${name}: against COPY of rows`, "×", { must: 100, better: "higher" }),
  };
}

export const batchedIngestSuite: Suite = {
  name: "batched ingest",
  plans: (workload) => Object.values(plans(workload)),
  async run(context) {
    const { speed, elapsed, againstCopy } = plans(context.workload);
    const rows = await loadedRows(context);
    const day = await loadedDay(context);
    const ours = day.samples / 1e6 / (day.elapsedMs / 1000);
    const copy = rows.samples / 1e6 / (rows.elapsedMs / 1000);
    if (context.isWanted(speed)) context.report(measuredRow(speed, ours, copy));
    if (context.isWanted(elapsed)) {
      context.report(measuredRow(elapsed, day.elapsedMs / 1000, null));
    }
    if (context.isWanted(againstCopy)) {
      context.report(measuredRow(againstCopy, ours / copy, null));
    }
  },
};
