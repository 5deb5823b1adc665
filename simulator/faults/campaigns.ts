/**
 * Faults. Every campaign there is, in the order in which they are run.
 *
 * @module
 */

import type { Campaign } from "./campaign.ts";
import { killIngest, killOneOfTwo } from "./campaigns/kill_ingest.ts";
import { mutatedFiles } from "./campaigns/mutated_files.ts";
import { simulation } from "./campaigns/simulation.ts";
import { killRelay } from "./campaigns/kill_relay.ts";
import { networkAway } from "./campaigns/network_away.ts";
import { relayDiskFull } from "./campaigns/relay_disk_full.ts";

/** One line each. */
export const CAMPAIGNS: readonly Campaign[] = [
  killIngest,
  killOneOfTwo,
  simulation,
  mutatedFiles,
  killRelay,
  networkAway,
  relayDiskFull,
];
