/**
 * One transaction of one site, with what every write of ingest needs around it.
 *
 * Sole owner of the retry after a deadlock and of the translation of database errors. Keys are sorted
 * before they get here, so deadlocks are rare; the database aborts one of two, and doing it again is
 * safe because an aborted transaction wrote nothing.
 *
 * @module
 */

import {
  CommitOutcomeUnknownError,
  isStoreUnavailable,
  sqlState,
  withSite,
} from "@wavekeep/core/service";
import type pg from "pg";
import { StorageViolationError, StoreUnavailableError } from "../store_errors.ts";

const DEADLOCK_DETECTED = "40P01";
const ATTEMPT_COUNT_MAX = 4;

/**
 * Runs `fn` in a transaction that sees rows of one site.
 *
 * @throws {StoreUnavailableError} The database is away or overloaded, and nothing was written.
 * @throws {CommitOutcomeUnknownError} COMMIT was sent, and nobody knows what became of it.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  siteId: number,
  fn: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await withSite(pool, siteId, fn);
    } catch (error) {
      if (sqlState(error) === DEADLOCK_DETECTED && attempt < ATTEMPT_COUNT_MAX) {
        await pause(attempt);
        continue;
      }
      throw translate(error);
    }
  }
}

/** The store's own words for a database error; what is no outage passes as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof CommitOutcomeUnknownError || error instanceof StorageViolationError) {
    return error;
  }
  if (!isStoreUnavailable(error)) return error;
  return new StoreUnavailableError("Cannot reach the database", { cause: error });
}

/** A few milliseconds, longer each time, so that two losers do not meet again. */
function pause(attempt: number): Promise<void> {
  const pauseMs = attempt * 5 + Math.random() * 10;
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}
