/**
 * Bench. The registry: every suite, in the order in which they run and report.
 *
 * To add one: write a {@link Suite} in a folder of its own and add a line here. The order is part of the
 * result: what is timed on a quiet machine comes before what fills it.
 *
 * @module
 */

import { auditSuite } from "./audit/suite.ts";
import { batchedIngestSuite } from "./day/batched_ingest.ts";
import { dayStorageSuite } from "./day/storage.ts";
import { overviewSuite } from "./day/overview.ts";
import { shapesSuite } from "./day/shapes.ts";
import { dayWindowSuite } from "./day/window.ts";
import { windowGrowthSuite } from "./day/window_growth.ts";
import { budgetSuite } from "./budget/suite.ts";
import { codecSuite } from "./codec_bench.ts";
import { comparisonSuite } from "./comparison/suite.ts";
import { edfSuite } from "./edf_bench.ts";
import { fileMemorySuite } from "./load/file_memory.ts";
import { loadSuite } from "./load/suite.ts";
import { proofSuite } from "./proof/suite.ts";
import type { RowPlan } from "./rows.ts";
import { signInSuite } from "./sign_in/suite.ts";
import { signaturesSuite } from "./signatures/suite.ts";
import type { Suite } from "./suite.ts";
import { viewerSuite } from "./viewer/suite.ts";
import type { Workload } from "./workloads.ts";

export const SUITES: readonly Suite[] = [
  codecSuite,
  edfSuite,
  comparisonSuite,
  batchedIngestSuite,
  dayStorageSuite,
  dayWindowSuite,
  overviewSuite,
  viewerSuite,
  budgetSuite,
  shapesSuite,
  signaturesSuite,
  signInSuite,
  proofSuite,
  auditSuite,
  windowGrowthSuite,
  loadSuite,
  fileMemorySuite,
];

/**
 * The rows that a run measures, in the order of its report.
 *
 * @param only What `--only` says: rows whose name contains it, whatever the case, long ones too. Without
 * it the rows that the workload is for.
 */
export function planRows(workload: Workload, only?: string): RowPlan[] {
  const all = SUITES.flatMap((suite) => suite.plans(workload));
  if (only !== undefined) {
    return all.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  }
  if (workload.rows === "all") return all;
  return all.filter(({ isLong = false }) => isLong === (workload.rows === "long"));
}
