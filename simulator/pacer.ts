/**
 * Real time, times a speed.
 *
 * A position of the recording is due when its time has passed on the monotonic clock. A device that was
 * held up does not sleep until it has caught up, so nothing drifts.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";

/** The clock, so that tests need not wait. */
export interface PacerClock {
  /** Milliseconds; never falls. */
  now(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: PacerClock = { now: () => performance.now(), sleep };

/** How fast: 1 is real time. */
export type Speed = number | "max";

/** Keeps time for one device. */
export interface Pacer {
  /** Waits until `positionSeconds` is due. */
  waitUntil(positionSeconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * A pacer whose position `fromSeconds` is due now.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { createPacer } from "./pacer.ts";
 *
 * let now = 0;
 * const clock = { now: () => now, sleep: (ms: number) => Promise.resolve(void (now += ms)) };
 * await createPacer({ speed: 4, fromSeconds: 10, clock }).waitUntil(12);
 * strictEqual(now, 500);
 * ```
 */
export function createPacer(
  options: { speed: Speed; fromSeconds: number; clock?: PacerClock },
): Pacer {
  const { speed, fromSeconds, clock = SYSTEM_CLOCK } = options;
  const startMs = clock.now();
  return {
    async waitUntil(positionSeconds, signal) {
      if (speed === "max") return;
      const dueMs = startMs + (positionSeconds - fromSeconds) * 1000 / speed;
      const waitMs = dueMs - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
    },
  };
}
