/**
 * Bench. What every bench of a run is given.
 *
 * @module
 */

import type { Progress } from "./progress.ts";
import type { Row, RowPlan } from "./rows.ts";
import type { Workload } from "./workloads.ts";

export interface RunContext {
  readonly workload: Workload;
  /** Whether a row was asked for; benches skip the work behind rows that were not. */
  isWanted(plan: RowPlan): boolean;
  /** Takes a finished row. */
  report(row: Row): void;
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
