/**
 * Faults. Every campaign there is, in the order in which they are run.
 *
 * @module
 */

import type { Campaign } from "./campaign.ts";
import { badNetwork } from "./campaigns/bad_network.ts";
import { cutUpload } from "./campaigns/cut_upload.ts";
import { diskFull } from "./campaigns/disk_full.ts";
import { failover } from "./campaigns/failover.ts";
import { killIngest, killOneOfTwo } from "./campaigns/kill_ingest.ts";
import { killRelay } from "./campaigns/kill_relay.ts";
import { mutatedFiles } from "./campaigns/mutated_files.ts";
import { networkAway } from "./campaigns/network_away.ts";
import { outOfOrder } from "./campaigns/out_of_order.ts";
import { relayDiskFull } from "./campaigns/relay_disk_full.ts";
import { restartDatabase } from "./campaigns/restart_database.ts";
import { restore } from "./campaigns/restore.ts";
import { simulation } from "./campaigns/simulation.ts";
import { slowConnections } from "./campaigns/slow_connections.ts";
import { exhaustedPool, frozenDatabase, slowDatabase } from "./campaigns/slow_database.ts";
import { soak } from "./campaigns/soak.ts";
import { stopIngest } from "./campaigns/stop_ingest.ts";
import { strangeRequests } from "./campaigns/strange_requests.ts";
import { terminateBackend } from "./campaigns/terminate_backend.ts";

/** One line each; the longest first, for those who run several at once. */
export const CAMPAIGNS: readonly Campaign[] = [
  soak,
  killIngest,
  killRelay,
  restartDatabase,
  simulation,
  networkAway,
  killOneOfTwo,
  stopIngest,
  terminateBackend,
  cutUpload,
  badNetwork,
  outOfOrder,
  slowDatabase,
  exhaustedPool,
  frozenDatabase,
  relayDiskFull,
  diskFull,
  restore,
  failover,
  mutatedFiles,
  slowConnections,
  strangeRequests,
];
