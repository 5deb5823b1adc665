/**
 * Bench. What a suite is: rows that belong together, and the work that measures them.
 *
 * A suite is one entry of `suites.ts`. Nothing else knows what it measures: its names, its sizes and its
 * workload are its own.
 *
 * @module
 */

import type { Curve } from "./curves.ts";
import type { DayPool } from "./day/pool.ts";
import type { DayShape } from "./day/signal.ts";
import type { Progress } from "./progress.ts";
import type { Row, RowPlan } from "./rows.ts";
import type { Stage, StageOptions } from "./stage.ts";
import type { Workload } from "./workloads.ts";

export interface Suite {
  /** Short, for the progress bar and for people. */
  readonly name: string;
  /**
   * Every row of a run of this size, in the order of the report. Pure, and called often.
   *
   * Names are unique over all suites, and say how much was done of what. Rows with `isLong` are left out
   * of a default run unless `--only` names them.
   */
  plans(workload: Workload): readonly RowPlan[];
  /**
   * The shared stage is stopped before: its server would go on cleaning up behind the suites before, and its
   * services hold memory. No suite that comes later can share it.
   */
  readonly isAlone?: boolean;
  /**
   * Measures: calls `context.report` once for each plan of its own that `context.isWanted`, and may leave
   * out the work behind the others. Called only when at least one is wanted, after the suites before it
   * have ended; nothing else of the run goes on meanwhile.
   *
   * Compares an answer with what was sent before it times one: a fast wrong answer is no result. Throws
   * what went wrong; the run then ends without a result.
   */
  run(context: RunContext): Promise<void>;
}

/** What a run gives to its suites. */
export interface RunContext {
  readonly workload: Workload;
  /** Folder of the real recordings; undefined where there are none. */
  readonly dataFolder: string | undefined;
  isWanted(plan: RowPlan): boolean;
  /** Takes a finished row (see `measuredRow`). */
  report(row: Row): void;
  /** The same for a row that came about beside others; dropped when nobody asked for it. */
  reportWanted(row: Row): void;
  /** Takes a finished curve for the results file and its page. */
  curve(curve: Curve): void;
  /** Takes a line about what was left out, or how something came about; shown after the tables. */
  notice(line: string): void;
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * The database and the services that suites share; started at the first call, stopped with the run or
   * before the first suite that `isAlone`. What earlier suites stored is still in it.
   *
   * @throws {Error} It was stopped before a suite that `isAlone`.
   */
  stage(): Promise<Stage>;
  /** Minutes of a day that suites share; made at the first call. */
  dayPool(shape: DayShape): Promise<DayPool>;
  /** A stage of one's own, with nothing in it: dispose of it (`await using`). */
  openStage(options?: Pick<StageOptions, "settings" | "logFileCount">): Promise<Stage>;
}
