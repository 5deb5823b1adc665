/**
 * Layer 1. The one "now" of the workspace, as an interface.
 *
 * Core never reads a clock: whoever needs the time is given one of these. Services build theirs at
 * start; tests pass a fixed one. Wall clock and monotonic clock are separate on purpose, because the
 * wall clock jumps.
 *
 * @module
 */

/** Where time comes from. */
export interface Clock {
  /** Microseconds since 1970-01-01 UTC by the wall clock; may jump either way. */
  nowMicros(): bigint;
  /** Nanoseconds since some fixed moment of this process; never falls. */
  monotonicNs(): bigint;
}

/**
 * A clock that moves only when told.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { manualClock } from "@wavekeep/core/time";
 *
 * const clock = manualClock(0n);
 * clock.advanceMicros(5n);
 * strictEqual(clock.nowMicros(), 5n);
 * strictEqual(clock.monotonicNs(), 5000n);
 * ```
 */
export function manualClock(startMicros: bigint): Clock & { advanceMicros(by: bigint): void } {
  let elapsed = 0n;
  return {
    nowMicros: () => startMicros + elapsed,
    monotonicNs: () => elapsed * 1000n,
    advanceMicros: (by) => {
      elapsed += by;
    },
  };
}
