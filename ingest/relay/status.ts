/**
 * The relay in numbers: what its page shows and its metrics say.
 *
 * @module
 */

import type { DisputedEntry, DrainStatus, SpoolStatus } from "@wavekeep/core/spool";
import type { SeenClock } from "./clocks.ts";

export interface RelayStatus {
  readonly name: string;
  readonly spool: SpoolStatus;
  readonly drain: DrainStatus;
  /** Free bytes of the disk that the spool lies on; null when the system does not say. */
  readonly diskFreeBytes: number | null;
  readonly clock: SeenClock | null;
  readonly keyCount: number;
  readonly refusedFull: number;
  readonly upSeconds: number;
  /** The newest first. */
  readonly disputed: readonly DisputedEntry[];
}

/** The one word for how it is. */
export type RelayHealth = "forwarding" | "away" | "nearly full" | "full";

/** From here on somebody should look. */
const ALARM_SHARE = 0.7;

export function healthOf({ spool, drain, diskFreeBytes }: RelayStatus): RelayHealth {
  const share = spool.usedBytes / spool.quotaBytes;
  const isDiskFull = diskFreeBytes !== null && diskFreeBytes < 16 * 1024 * 1024;
  if (share >= 0.98 || isDiskFull) return "full";
  if (share >= ALARM_SHARE) return "nearly full";
  return drain.awayReason === null ? "forwarding" : "away";
}
