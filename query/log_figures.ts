/**
 * How far behind the log is, for `/readyz`: shown, and no condition of being ready.
 *
 * What is stored can be read whether it is proven yet or not; that leaves wait for long is for whoever keeps
 * the sequencer running.
 *
 * @module
 */

import type pg from "pg";

/** As `deno task sequence --health` has it. */
const RED_SECONDS = 10;

/** Of the current log. */
export interface LogFigures {
  /** `red`: a leaf has waited for more than ten seconds. */
  readonly state: "ok" | "red";
  /** Leaves under the published checkpoint; null before the first one. */
  readonly publishedSize: number | null;
  /** Since then; a log to which nothing is added publishes nothing. */
  readonly publishedSeconds: number | null;
  /** How long the oldest leaf waits that is not in the log. */
  readonly waitingSeconds: number;
}

/** @param pool Connections of role `wavekeep_reader`. */
export async function readLogFigures(pool: pg.Pool): Promise<LogFigures> {
  const { rows: [row] } = await pool.query<Omit<LogFigures, "state">>(
    `select published_size::float8 as "publishedSize",
        extract(epoch from clock_timestamp() - published_at)::int as "publishedSeconds",
        coalesce(round(waiting_seconds), 0)::int as "waitingSeconds"
      from wavekeep.log_figures()`,
  );
  return { state: row!.waitingSeconds > RED_SECONDS ? "red" : "ok", ...row! };
}
