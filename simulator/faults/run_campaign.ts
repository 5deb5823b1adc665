/**
 * Faults. Runs one campaign and makes a row of what came of it.
 *
 * @module
 */

import { type Campaign, type CampaignOptions, replayCommand } from "./campaign.ts";
import { Lateness } from "./lateness.ts";
import type { FaultRow } from "./report.ts";

/** Violations kept in a row; one cause makes many. */
const VIOLATIONS_MAX = 20;

/**
 * Runs it to its end. A campaign that could not be tried is a violation of its own, with the reason.
 *
 * @throws What `options.signal` was aborted with.
 */
export async function runCampaign(
  campaign: Campaign,
  options: CampaignOptions,
): Promise<FaultRow> {
  const startedMs = performance.now();
  using lateness = new Lateness();
  const { count, seed, signal } = options;
  let done = 0;
  let violations: string[];
  let figures: FaultRow["figures"] = {};
  try {
    const result = await campaign.run({
      ...options,
      onProgress(now) {
        done = now;
        options.onProgress(now);
      },
    });
    ({ done, figures } = result);
    violations = [...result.violations];
  } catch (error) {
    signal.throwIfAborted();
    violations = [error instanceof Error ? error.message : String(error)];
  }
  if (violations.length > VIOLATIONS_MAX) {
    const rest = violations.length - VIOLATIONS_MAX;
    violations = [...violations.slice(0, VIOLATIONS_MAX), `${rest} more`];
  }
  const replay = replayCommand(campaign.name, { seed, count });
  return {
    name: campaign.name,
    value: done,
    unit: campaign.unit,
    must: campaign.must,
    met: violations.length === 0 && done >= count,
    seed,
    count,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    figures: Object.fromEntries(
      Object.entries({ ...figures, ...lateness.figures }).map((
        [name, value],
      ) => [name, Number(value.toPrecision(6))]),
    ),
    violations: violations.map((violation) => `${violation}; replay: ${replay}`),
  };
}
