/**
 * The machine's clocks behind the Clock interface.
 *
 * The only place where ingest asks what time it is.
 *
 * @module
 */

import type { Clock } from "@wavekeep/core/time";

export const systemClock: Clock = {
  nowMicros: () => BigInt(Date.now()) * 1_000n,
  monotonicNs: () => BigInt(Math.round(performance.now() * 1e6)),
};
