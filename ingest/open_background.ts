/**
 * What the processes beside ingest (trends, scrub) are opened with: a pool of one role, the schema that this
 * build knows, the keys.
 *
 * @module
 */

import { fileKeyStore, type KeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { checkSchemaVersion, type Logger, openPool } from "@wavekeep/core/service";
import type pg from "pg";
import { findParameterSet } from "./store/postgres/parameter_sets.ts";
import { createStoredSets, type StoredSets } from "./stored_sets.ts";
import { systemClock } from "./system_clock.ts";

/** Parameter sets as they are stored, read on connections of this pool. */
export function storedSetsOf(pool: pg.Pool, keyStore: KeyStore, logger: Logger): StoredSets {
  return createStoredSets({
    store: { findParameterSet: (...args) => findParameterSet(pool, ...args) },
    keyStore,
    sha256: nodeSha256,
    clock: systemClock,
    logger,
  });
}

/**
 * Opens the pool, compares the schema, finds the keys, and makes of them what the process works with.
 *
 * @throws {Error} Keys, role or schema of the server are not as they must be; the pool is closed then.
 */
export async function openBackground<T>(
  url: string,
  keyDir: string,
  options: Parameters<typeof openPool>[1],
  depsOf: (pool: pg.Pool, keyStore: KeyStore, logger: Logger) => T,
): Promise<{ deps: T; close(): Promise<void> }> {
  // Nobody waits for it, so it may wait.
  const pool = openPool(url, { connectTimeoutMs: 10_000, lockTimeoutMs: 10_000, ...options });
  try {
    await checkSchemaVersion(pool);
    const keyStore = await fileKeyStore(keyDir);
    return { deps: depsOf(pool, keyStore, options.logger), close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
