/**
 * Layer 6. How long to wait before trying again.
 *
 * Exponential backoff with full jitter: a thousand devices that lost the same server must not come back in the
 * same millisecond. What the server asks for in Retry-After is the least that is waited.
 *
 * @module
 */

/** Milliseconds. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The wait before attempt `attempt + 1`: anything from 0 to the doubled base, capped.
 *
 * @param attempt 0 after the first failure.
 * @param random From 0 to below 1.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { backoffMs } from "@wavekeep/core/service/backoff";
 *
 * strictEqual(backoffMs(3, { baseMs: 100, capMs: 10_000 }, 0.5), 400);
 * ```
 */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  return random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** Longest Retry-After that is believed; beyond it somebody's clock is wrong. */
const RETRY_AFTER_MS_MAX = 300_000;

/** Milliseconds that a Retry-After header asks for; 0 when there is none that can be read. */
export function parseRetryAfter(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms)) : 0;
}
