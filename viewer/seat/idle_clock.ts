/**
 * When a seat that nobody touches is locked, and when that is said.
 *
 * Time enters as an argument, by the wall clock: a computer that slept has been left alone for that long, too.
 *
 * @module
 */

/** Said so long before, s. */
export const WARNING_SECONDS = 60;

/** What the time since the last key or movement means. */
export type IdleState =
  | { readonly kind: "open" }
  | { readonly kind: "warning"; readonly secondsLeft: number }
  | { readonly kind: "due" };

/**
 * What is to be done now.
 *
 * @param idleLockSeconds 0 is never.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { idleState } from "./idle_clock.ts";
 *
 * deepStrictEqual(idleState(0, 839_000, 900), { kind: "open" });
 * deepStrictEqual(idleState(0, 850_000, 900), { kind: "warning", secondsLeft: 50 });
 * deepStrictEqual(idleState(0, 900_000, 900), { kind: "due" });
 * ```
 */
export function idleState(
  activeAtMs: number,
  nowMs: number,
  idleLockSeconds: number,
): IdleState {
  if (idleLockSeconds === 0) return { kind: "open" };
  const leftSeconds = idleLockSeconds - (nowMs - activeAtMs) / 1000;
  if (leftSeconds <= 0) return { kind: "due" };
  // Half of a time that is shorter: a warning that is always there warns of nothing.
  if (leftSeconds > Math.min(WARNING_SECONDS, idleLockSeconds / 2)) return { kind: "open" };
  return { kind: "warning", secondsLeft: Math.ceil(leftSeconds) };
}
