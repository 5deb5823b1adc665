/**
 * What time it is at ingest, as well as a box without a good clock can tell.
 *
 * Sole judge of when a token has ended: a relay's own clock may stand in 1970 or in 2038. While it runs, the time is
 * what ingest said last and what has passed since by a clock that nobody sets. After a start without a network it is
 * its own clock, when that is later than what ingest said last, and not by more than a month; otherwise the time is
 * only known to be no less than that.
 *
 * @module
 */

/** Longer than this without a word from ingest, and somebody's clock is wrong. */
const PLAUSIBLE_MS = 30 * 86_400_000;
/** How far a device's clock may be ahead of a time that is known. */
const SKEW_SECONDS = 300;

export interface ServerTime {
  /** Ingest said that it is this time, in milliseconds since 1970. */
  heard(serverMs: number): void;
  nowMs(): number;
  /** How far a device's clock may be ahead. */
  skewSeconds(): number;
}

/**
 * @param options.lastHeardMs What ingest said in an earlier run; undefined when it never did.
 *
 * @example A clock without a battery
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { createServerTime } from "./server_time.ts";
 *
 * const lastHeardMs = Date.UTC(2026, 10, 21);
 * const time = createServerTime({ lastHeardMs, wallMs: () => 0, monotonicMs: () => 5_000 });
 * strictEqual(time.nowMs(), lastHeardMs);
 * strictEqual(time.skewSeconds(), Infinity);
 * time.heard(Date.UTC(2026, 10, 22));
 * strictEqual(time.skewSeconds(), 300);
 * ```
 */
export function createServerTime(
  options: {
    readonly lastHeardMs: number | undefined;
    readonly wallMs: () => number;
    readonly monotonicMs: () => number;
  },
): ServerTime {
  const { lastHeardMs, wallMs, monotonicMs } = options;
  const startedAt = monotonicMs();
  let heard: { readonly serverMs: number; readonly at: number } | undefined;

  function isWallPlausible(): boolean {
    if (lastHeardMs === undefined) return true;
    const wall = wallMs();
    return lastHeardMs <= wall && wall <= lastHeardMs + PLAUSIBLE_MS;
  }

  return {
    heard(serverMs) {
      heard = { serverMs, at: monotonicMs() };
    },
    nowMs() {
      if (heard !== undefined) return heard.serverMs + monotonicMs() - heard.at;
      if (isWallPlausible()) return wallMs();
      return lastHeardMs! + monotonicMs() - startedAt;
    },
    skewSeconds: () => heard !== undefined || isWallPlausible() ? SKEW_SECONDS : Infinity,
  };
}
