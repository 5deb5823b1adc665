/**
 * What the tests of the laboratory have in common: a campaign's small form, and its must.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Campaign } from "../campaign.ts";
import { runCampaign } from "../run_campaign.ts";
import type { Stage } from "../stage.ts";

/** Which faults: `WAVEKEEP_SEED` says so; a failure names the command that replays it. */
export const SEED = Number(Deno.env.get("WAVEKEEP_SEED") ?? Date.now() % 100_000);

/** Runs as many units of a campaign as the tests run, on a stage of its own where none is given. */
export async function requireMet(campaign: Campaign, stage?: Stage): Promise<void> {
  const row = await runCampaign(campaign, {
    count: campaign.small,
    seed: SEED,
    signal: stage?.signal ?? new AbortController().signal,
    onProgress() {},
    ...(stage === undefined ? {} : { stage }),
  });
  deepStrictEqual(row.violations, []);
  ok(row.met, `${row.value} of ${row.count} ${row.unit}`);
}

/** One step a campaign, one after the other on the same stage. */
export async function requireAllMet(
  test: Deno.TestContext,
  stage: Stage,
  campaigns: readonly Campaign[],
): Promise<void> {
  for (const campaign of campaigns) {
    const { name, small, unit } = campaign;
    await test.step(`${name}: ${small} ${unit}`, () => requireMet(campaign, stage));
  }
}
