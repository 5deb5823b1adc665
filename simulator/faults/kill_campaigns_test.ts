/**
 * The campaigns of the laboratory that kill and stop ingest under live streams, as many units as a test may take,
 * on one stage; and a minute of everything being killed at once.
 *
 * @module
 */

import { killIngest, killOneOfTwo } from "./campaigns/kill_ingest.ts";
import { soak } from "./campaigns/soak.ts";
import { stopIngest } from "./campaigns/stop_ingest.ts";
import { Stage } from "./stage.ts";
import { requireAllMet, SEED } from "./testing/require_met.ts";

Deno.test(`what was acknowledged stays, whoever is killed (seed ${SEED})`, async (t) => {
  await using stage = await Stage.open({ signal: new AbortController().signal });
  await requireAllMet(t, stage, [killIngest, killOneOfTwo, stopIngest, soak]);
});
