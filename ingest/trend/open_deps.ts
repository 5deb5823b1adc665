/**
 * Builds what deriving needs out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import type { KeyStore } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import type pg from "pg";
import { openBackground, storedSetsOf } from "../open_background.ts";
import type { TrendsConfig } from "./config.ts";
import type { DeriveDeps } from "./derive_stream.ts";
import { postgresTrendStore } from "./postgres_store.ts";

/** What deriving needs, on connections of role `wavekeep_deriver`. */
export function deriveDeps(pool: pg.Pool, keyStore: KeyStore, logger: Logger): DeriveDeps {
  const sets = storedSetsOf(pool, keyStore, logger);
  return { store: postgresTrendStore(pool), keyStore, sets, logger };
}

/** @throws {Error} Keys, role or schema of the server are not as they must be. */
export async function openTrends(
  config: Pick<TrendsConfig, "DERIVER_DATABASE_URL" | "KEY_DIR">,
  logger: Logger,
): Promise<{ deps: DeriveDeps; close(): Promise<void> }> {
  const options = {
    role: "wavekeep_deriver",
    max: 1,
    logger,
    applicationName: "wavekeep trends",
  } as const;
  return await openBackground(
    config.DERIVER_DATABASE_URL.reveal(),
    config.KEY_DIR,
    options,
    deriveDeps,
  );
}
