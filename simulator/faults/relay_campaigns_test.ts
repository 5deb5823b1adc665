/**
 * The campaigns that break the relay, as many units as a test may take, on one stage. `WAVEKEEP_SEED` says which
 * faults; a failure names the command that replays it.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { killRelay } from "./campaigns/kill_relay.ts";
import { networkAway } from "./campaigns/network_away.ts";
import { relayDiskFull } from "./campaigns/relay_disk_full.ts";
import { runCampaign } from "./run_campaign.ts";
import { Stage } from "./stage.ts";

const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);
const { signal } = new AbortController();

Deno.test(`what a relay confirmed stays, whatever is broken (seed ${SEED})`, async (t) => {
  await using stage = await Stage.open({ signal });
  for (const campaign of [killRelay, networkAway, relayDiskFull]) {
    const { name, small: count, unit } = campaign;
    await t.step(`${name}: ${count} ${unit}`, async () => {
      const row = await runCampaign(campaign, {
        count,
        seed: SEED,
        signal,
        stage,
        onProgress() {},
      });
      deepStrictEqual(row.violations, []);
      ok(row.met, `${row.value} of ${row.count} ${row.unit}`);
    });
  }
});
