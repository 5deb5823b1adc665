/**
 * Layer 6. Counts of requests that all instances share, on the primary.
 *
 * @module
 */
import type pg from "pg";
import { prepared } from "./prepared.ts";
import type { RateStore } from "./rate_limits.ts";

/** A statement holds at most so many counts: a megabyte or two, and some ten milliseconds. */
const COUNTS_MAX = 5_000;

/** A store through a pool of any role that counts requests. */
export function postgresRateStore(pool: pg.Pool): RateStore {
  return {
    merge: async (counts) => {
      const sums = [];
      for (let start = 0; start < counts.length; start += COUNTS_MAX) {
        const some = counts.slice(start, start + COUNTS_MAX);
        const { rows } = await prepared<{ current: string; previous: string }>(
          pool,
          `select current_count as "current", previous_count as "previous"
             from wavekeep.merge_rate_counts($1, $2, $3)`,
          [
            some.map(({ key }) => `\\x${key}`),
            some.map(({ window }) => window),
            some.map(({ count }) => count),
          ],
        );
        for (const { current, previous } of rows) {
          sums.push({ current: Number(current), previous: Number(previous) });
        }
      }
      return sums;
    },
    forget: async (window) => {
      await prepared(pool, "select wavekeep.forget_rate_counts($1)", [window]);
    },
  };
}
