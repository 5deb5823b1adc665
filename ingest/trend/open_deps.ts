/**
 * Builds what deriving needs out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import { fileKeyStore, type KeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { checkSchemaVersion, type Logger, openPool } from "@wavekeep/core/service";
import type pg from "pg";
import { findParameterSet } from "../store/postgres/parameter_sets.ts";
import { createStoredSets } from "../stored_sets.ts";
import { systemClock } from "../system_clock.ts";
import type { TrendsConfig } from "./config.ts";
import type { DeriveDeps } from "./derive_stream.ts";
import { postgresTrendStore } from "./postgres_store.ts";

/** What deriving needs, on connections of role `wavekeep_deriver`. */
export function deriveDeps(pool: pg.Pool, keyStore: KeyStore, logger: Logger): DeriveDeps {
  const sets = createStoredSets({
    store: { findParameterSet: (...args) => findParameterSet(pool, ...args) },
    keyStore,
    sha256: nodeSha256,
    clock: systemClock,
    logger,
  });
  return { store: postgresTrendStore(pool), keyStore, sets, logger };
}

/** @throws {Error} Keys, role or schema of the server are not as they must be. */
export async function openTrends(
  config: Pick<TrendsConfig, "DERIVER_DATABASE_URL" | "KEY_DIR">,
  logger: Logger,
): Promise<{ deps: DeriveDeps; close(): Promise<void> }> {
  const pool = openPool(config.DERIVER_DATABASE_URL.reveal(), {
    role: "wavekeep_deriver",
    max: 1,
    logger,
    applicationName: "wavekeep trends",
  });
  try {
    await checkSchemaVersion(pool);
    const keyStore = await fileKeyStore(config.KEY_DIR);
    return { deps: deriveDeps(pool, keyStore, logger), close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
