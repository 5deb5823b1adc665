/**
 * Builds what scrubbing needs out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import { fileKeyStore, type KeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { checkSchemaVersion, type Logger, openPool } from "@wavekeep/core/service";
import type pg from "pg";
import { findParameterSet } from "../store/postgres/parameter_sets.ts";
import { createStoredSets } from "../stored_sets.ts";
import { systemClock } from "../system_clock.ts";
import type { ScrubConfig } from "./config.ts";
import { postgresScrubStore } from "./postgres_store.ts";
import type { ScrubDeps } from "./scrub_place.ts";

/** What scrubbing needs, on connections of role `wavekeep_scrubber` that were opened with `rawRows`. */
export function scrubDeps(pool: pg.Pool, keyStore: KeyStore, logger: Logger): ScrubDeps {
  const sets = createStoredSets({
    store: { findParameterSet: (...args) => findParameterSet(pool, ...args) },
    keyStore,
    sha256: nodeSha256,
    clock: systemClock,
    logger,
  });
  return { store: postgresScrubStore(pool), keyStore, sets, logger, nowMs: Date.now };
}

/** @throws {Error} Keys, role or schema of the server are not as they must be. */
export async function openScrub(
  config: Pick<ScrubConfig, "SCRUBBER_DATABASE_URL" | "KEY_DIR">,
  logger: Logger,
): Promise<{ deps: ScrubDeps; close(): Promise<void> }> {
  const pool = openPool(config.SCRUBBER_DATABASE_URL.reveal(), {
    role: "wavekeep_scrubber",
    // One page is checked while the next one is read; findings and progress go beside.
    max: 2,
    rawRows: true,
    logger,
    applicationName: "wavekeep scrub",
  });
  try {
    await checkSchemaVersion(pool);
    const keyStore = await fileKeyStore(config.KEY_DIR);
    return { deps: scrubDeps(pool, keyStore, logger), close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
