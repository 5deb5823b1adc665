/**
 * The sequencer itself, once, until everything that was stored is in the log.
 *
 * Not a number of steps: a test in another database of this server may hold the horizon back.
 *
 * @module
 */

import { createLogger, Secret } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { inDatabase } from "../../core/testing/test_database.ts";
import { openSequencer } from "../../ingest/log/open_sequencer.ts";
import type { Pipeline } from "./pipeline.ts";

/** Lets the sequencer take all that waits; gives the key it signs with. */
export async function runSequencer(pipeline: Pipeline) {
  const { leaves } = await inDatabase(pipeline.database.ownerUrl, async (client) => {
    const { rows: [row] } = await client.query<{ leaves: number }>(
      `select count(*)::int as "leaves" from wavekeep.event where leaf_entry is not null`,
    );
    return row!;
  });
  const open = await openSequencer({
    SEQUENCER_DATABASE_URL: new Secret(pipeline.database.sequencerUrl),
    KEY_DIR: pipeline.keyFolder,
    LOG_LEVEL: "warn",
  }, createLogger({ service: "test", level: "warn", write: () => {} }));
  try {
    // And the leaf that starts a log.
    while ((await open.sequencer.step()).size < leaves + 1) await sleep(20);
    return open.signer.key;
  } finally {
    await open.close();
  }
}
