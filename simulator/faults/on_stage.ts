/**
 * Faults. Runs a campaign's body on the stage it was given, or on one of its own.
 *
 * @module
 */

import type { CampaignOptions } from "./campaign.ts";
import { Stage } from "./stage.ts";

/** Services that `body` starts end with the body, a stage of its own as well. */
export async function onStage<T>(
  options: Pick<CampaignOptions, "stage" | "signal">,
  body: (stage: Stage) => Promise<T>,
): Promise<T> {
  if (options.stage !== undefined) return await body(options.stage);
  await using stage = await Stage.open({ signal: options.signal });
  return await body(stage);
}
