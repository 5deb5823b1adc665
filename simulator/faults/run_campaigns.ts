/**
 * Faults. Runs campaigns, one after the other or several at once.
 *
 * Campaigns share nothing but the machine, and most of them wait most of the time, so several at once is only
 * sooner done. Those that judge how long something takes run first, and alone.
 *
 * @module
 */

import type { Campaign } from "./campaign.ts";
import type { FaultRow } from "./report.ts";

/** How campaigns are run. */
export interface Runs {
  /** How many at once; those that want to be alone are. */
  readonly atOnce: number;
  /** Runs one; undefined when it was interrupted. */
  readonly run: (campaign: Campaign) => Promise<FaultRow | undefined>;
  /** Called with every row as soon as it is there. */
  readonly onRow: (row: FaultRow) => void | Promise<void>;
}

/**
 * Runs campaigns until all are done or one was interrupted.
 *
 * @returns The rows that are there, in the order of `campaigns`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { runCampaigns } from "./run_campaigns.ts";
 *
 * const rows = await runCampaigns([], { atOnce: 2, run: () => Promise.resolve(undefined), onRow() {} });
 * deepStrictEqual(rows, []);
 * ```
 */
export async function runCampaigns(
  campaigns: readonly Campaign[],
  { atOnce, run, onRow }: Runs,
): Promise<FaultRow[]> {
  const rows = new Map<Campaign, FaultRow>();
  let isInterrupted = false;
  const lane = async (queue: Campaign[]) => {
    while (!isInterrupted) {
      const campaign = queue.shift();
      if (campaign === undefined) return;
      const row = await run(campaign);
      if (row === undefined) {
        isInterrupted = true;
        return;
      }
      rows.set(campaign, row);
      await onRow(row);
    }
  };
  await lane(campaigns.filter(({ isAlone }) => isAlone === true));
  const shared = campaigns.filter(({ isAlone }) => isAlone !== true);
  await Promise.all(Array.from({ length: atOnce }, () => lane(shared)));
  return campaigns.flatMap((campaign) => rows.get(campaign) ?? []);
}
