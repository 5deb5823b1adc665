/**
 * How the scrub goes, for `/readyz`: shown, and no condition of being ready.
 *
 * Query serves what is whole whatever the scrub has found; who watches sees how old the oldest check is.
 *
 * @module
 */

import type pg from "pg";

/** Figures of all sites together; null when no scrub has run. */
export interface ScrubFigures {
  /** Since the place that was checked longest ago was checked, or opened if it never was. */
  readonly oldestSeconds: number;
  /** Streams, and recordings beside their streams, that were never checked to the end. */
  readonly uncheckedPlaces: number;
  readonly chunksPerSecond: number;
  readonly checkedRows: number;
  readonly findings: number;
  /** RFC 3339. */
  readonly updatedAt: string;
}

/** @param pool Connections of role `wavekeep_reader`. */
export async function readScrubFigures(pool: pg.Pool): Promise<ScrubFigures | null> {
  const { rows: [row] } = await pool.query<ScrubFigures & { updatedAt: string | null }>(
    `select coalesce(extract(epoch from now() - oldest_at), 0)::int as "oldestSeconds",
        unchecked_count::float8 as "uncheckedPlaces",
        round(chunks_per_second)::float8 as "chunksPerSecond",
        checked_count::float8 as "checkedRows", finding_count::float8 as "findings",
        to_char(updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "updatedAt"
      from wavekeep.scrub_figures()`,
  );
  return row?.updatedAt == null ? null : row;
}
