/**
 * Builds what scrubbing needs out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import type { KeyStore } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import type pg from "pg";
import { openBackground, storedSetsOf } from "../open_background.ts";
import type { ScrubConfig } from "./config.ts";
import { postgresScrubStore } from "./postgres_store.ts";
import type { ScrubDeps } from "./scrub_place.ts";

/** What scrubbing needs, on connections of role `wavekeep_scrubber` that were opened with `rawRows`. */
export function scrubDeps(pool: pg.Pool, keyStore: KeyStore, logger: Logger): ScrubDeps {
  const sets = storedSetsOf(pool, keyStore, logger);
  return { store: postgresScrubStore(pool), keyStore, sets, logger, nowMs: Date.now };
}

/** @throws {Error} Keys, role or schema of the server are not as they must be. */
export async function openScrub(
  config: Pick<ScrubConfig, "SCRUBBER_DATABASE_URL" | "KEY_DIR">,
  logger: Logger,
): Promise<{ deps: ScrubDeps; close(): Promise<void> }> {
  const options = {
    role: "wavekeep_scrubber",
    // One page is checked while the next one is read; findings and progress go beside.
    max: 2,
    rawRows: true,
    logger,
    applicationName: "wavekeep scrub",
  } as const;
  return await openBackground(
    config.SCRUBBER_DATABASE_URL.reveal(),
    config.KEY_DIR,
    options,
    scrubDeps,
  );
}
