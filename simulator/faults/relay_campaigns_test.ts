/**
 * The campaigns that break the relay, as many units as a test may take, on one stage.
 *
 * @module
 */

import { killRelay } from "./campaigns/kill_relay.ts";
import { networkAway } from "./campaigns/network_away.ts";
import { relayDiskFull } from "./campaigns/relay_disk_full.ts";
import { Stage } from "./stage.ts";
import { requireAllMet, SEED } from "./testing/require_met.ts";

Deno.test(`what a relay confirmed stays, whatever is broken (seed ${SEED})`, async (t) => {
  await using stage = await Stage.open({ signal: new AbortController().signal });
  await requireAllMet(t, stage, [killRelay, networkAway, relayDiskFull]);
});
