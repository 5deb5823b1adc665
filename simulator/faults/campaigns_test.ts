/**
 * Every campaign of the laboratory that breaks ingest, the network and the database, as many units as a test
 * may take, on one stage. `WAVEKEEP_SEED` says which faults; a failure names the command that replays it.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Campaign } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";
import { badNetwork } from "./campaigns/bad_network.ts";
import { cutUpload } from "./campaigns/cut_upload.ts";
import { diskFull } from "./campaigns/disk_full.ts";
import { killIngest, killOneOfTwo } from "./campaigns/kill_ingest.ts";
import { outOfOrder } from "./campaigns/out_of_order.ts";
import { restartDatabase } from "./campaigns/restart_database.ts";
import { exhaustedPool, frozenDatabase, slowDatabase } from "./campaigns/slow_database.ts";
import { soak } from "./campaigns/soak.ts";
import { stopIngest } from "./campaigns/stop_ingest.ts";
import { terminateBackend } from "./campaigns/terminate_backend.ts";
import { runCampaign } from "./run_campaign.ts";
import { SmallVolume } from "./small_volume.ts";
import { Stage } from "./stage.ts";

const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);

const ON_ONE_STAGE: readonly Campaign[] = [
  killIngest,
  killOneOfTwo,
  stopIngest,
  restartDatabase,
  terminateBackend,
  slowDatabase,
  exhaustedPool,
  frozenDatabase,
  cutUpload,
  badNetwork,
  outOfOrder,
  soak,
];

const { signal } = new AbortController();

async function requireMet(campaign: Campaign, stage?: Stage): Promise<void> {
  const row = await runCampaign(campaign, {
    count: campaign.small,
    seed: SEED,
    signal,
    onProgress() {},
    ...(stage === undefined ? {} : { stage }),
  });
  deepStrictEqual(row.violations, []);
  ok(row.met, `${row.value} of ${row.count} ${row.unit}`);
}

Deno.test(`what was acknowledged stays, whatever is broken (seed ${SEED})`, async (t) => {
  await using stage = await Stage.open({ signal });
  for (const campaign of ON_ONE_STAGE) {
    const { name, small, unit } = campaign;
    await t.step(`${name}: ${small} ${unit}`, () => requireMet(campaign, stage));
  }
});

Deno.test({
  name: `what was acknowledged stays when the database's disk is full (seed ${SEED})`,
  // Needs a volume of its own, which not everybody may mount.
  ignore: !await SmallVolume.canMount(),
  fn: () => requireMet(diskFull),
});

Deno.test("campaigns have names of their own, and tests run no more than the whole", () => {
  const names = CAMPAIGNS.map(({ name }) => name);
  deepStrictEqual(names, [...new Set(names)]);
  for (const { name, small, full } of CAMPAIGNS) ok(small <= full, name);
});
