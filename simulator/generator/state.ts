/**
 * Awake or asleep, eyes open or closed: the slow state that shapes the rhythms.
 *
 * All functions are continuous in time and cheap at any time.
 *
 * @module
 */

import { PURPOSE, unit } from "./hash.ts";

const DAY_SECONDS = 86_400;
const SLEEP_CYCLE_SECONDS = 5_400;
const EYE_BLOCK_SECONDS = 9;
const EYE_RAMP_SECONDS = 0.6;

/** Smooth step from 0 at `a` to 1 at `b`. */
export function smoothStep(a: number, b: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - a) / (b - a)));
  return t * t * (3 - 2 * t);
}

/**
 * Depth of sleep from 0 (awake) to 1 (deep): cycles of ninety minutes between 23:00 and 06:30.
 *
 * @param secondOfDay Seconds since midnight; beyond a day is fine.
 */
export function sleepDepth(secondOfDay: number): number {
  const t = ((secondOfDay % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const hour = t / 3600;
  const night = hour > 12 ? smoothStep(22.7, 23.3, hour) : 1 - smoothStep(6.2, 6.7, hour);
  const sinceOnset = (t - 23 * 3600 + DAY_SECONDS) % DAY_SECONDS;
  const cycle = 0.5 - 0.5 * Math.cos(2 * Math.PI * sinceOnset / SLEEP_CYCLE_SECONDS);
  return night * (0.3 + 0.7 * cycle);
}

/** 1 when the eyes are closed, 0 when open, with short ramps between. */
export function eyesClosed(seed: number, seconds: number): number {
  const block = Math.floor(seconds / EYE_BLOCK_SECONDS);
  const within = seconds - block * EYE_BLOCK_SECONDS;
  const before = isClosed(seed, block - 1);
  const now = isClosed(seed, block);
  return before + (now - before) * smoothStep(0, EYE_RAMP_SECONDS, within);
}

function isClosed(seed: number, block: number): number {
  return unit(seed, PURPOSE.eyes, block) < 0.4 ? 1 : 0;
}
