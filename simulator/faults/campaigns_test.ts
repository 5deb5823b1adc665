/**
 * The campaigns of the laboratory that break the network and the database, as many units as a test may take, on
 * one stage. Those that kill processes are in `kill_campaigns_test.ts` and `relay_campaigns_test.ts`.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Campaign } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";
import { badNetwork } from "./campaigns/bad_network.ts";
import { cutUpload } from "./campaigns/cut_upload.ts";
import { diskFull } from "./campaigns/disk_full.ts";
import { outOfOrder } from "./campaigns/out_of_order.ts";
import { restartDatabase } from "./campaigns/restart_database.ts";
import { exhaustedPool, frozenDatabase, slowDatabase } from "./campaigns/slow_database.ts";
import { terminateBackend } from "./campaigns/terminate_backend.ts";
import { SmallVolume } from "./small_volume.ts";
import { Stage } from "./stage.ts";
import { requireAllMet, requireMet, SEED } from "./testing/require_met.ts";

const ON_ONE_STAGE: readonly Campaign[] = [
  restartDatabase,
  terminateBackend,
  slowDatabase,
  exhaustedPool,
  frozenDatabase,
  cutUpload,
  badNetwork,
  outOfOrder,
];

Deno.test(`what was acknowledged stays, whatever is broken (seed ${SEED})`, async (t) => {
  await using stage = await Stage.open({ signal: new AbortController().signal });
  await requireAllMet(t, stage, ON_ONE_STAGE);
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

/** Have tests of their own beside what they try, not of the laboratory's. */
const TRIED_ELSEWHERE = [
  "mutated files",
  "protocol simulation",
  "slow connections",
  "strange requests",
];

Deno.test("the README says how much of each campaign the tests run", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const lines = readme.matchAll(
    /^\| (?<name>[a-z ]+?) +\| (?<much>\d+ [a-z ]+?) +\| `\w+\.ts` +\|$/gm,
  )
    .map(({ groups }) => `${groups!["name"]}: ${groups!["much"]}`);
  const run = CAMPAIGNS.filter(({ name }) => !TRIED_ELSEWHERE.includes(name));
  deepStrictEqual(
    lines.toArray().sort(),
    run.map(({ name, small, unit }) => `${name}: ${small} ${unit}`).sort(),
  );
});
