/**
 * Faults. Every campaign there is, in the order in which they are run.
 *
 * @module
 */

import type { Campaign } from "./campaign.ts";
import { killIngest, killOneOfTwo } from "./campaigns/kill_ingest.ts";
import { mutatedFiles } from "./campaigns/mutated_files.ts";
import { simulation } from "./campaigns/simulation.ts";

/** One line each. */
export const CAMPAIGNS: readonly Campaign[] = [
  killIngest,
  killOneOfTwo,
  simulation,
  mutatedFiles,
];
