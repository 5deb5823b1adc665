/**
 * Makes the trends of everything stored on a test's site, as `deno task trends` does.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { deriveDeps } from "../../ingest/trend/open_deps.ts";
import { runOnce } from "../../ingest/trend/run_once.ts";
import type { ViewerSite } from "./viewer_site.ts";

/** Computes what is missing, once. */
export async function deriveTrends({ pipeline }: ViewerSite): Promise<void> {
  const logger = createLogger({ service: "test", write: () => {} });
  const { database, keyFolder } = pipeline;
  const pool = openPool(database.deriverUrl, { role: "wavekeep_deriver", max: 1, logger });
  try {
    const deps = deriveDeps(pool, await fileKeyStore(keyFolder), logger);
    await runOnce(deps, { siteId: database.siteId, isRebuild: false });
  } finally {
    await pool.end();
  }
}
