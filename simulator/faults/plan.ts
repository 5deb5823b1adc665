/**
 * Faults. What is broken next, drawn from a seed: the same seed, the same faults in the same order.
 *
 * A plan has no length: a campaign of a thousand kills begins with the fifty that the tests make of the
 * same seed.
 *
 * @module
 */

import { prng } from "../../core/testing/prng.ts";

/** Ways to break things. */
export type FaultKind =
  /** What was sent never arrives. */
  | "drop"
  /** It arrives more than once. */
  | "duplicate"
  /** It arrives behind what was sent later. */
  | "reorder"
  /** It takes its time. */
  | "delay"
  /** It ends too early. */
  | "truncate"
  /** One bit of it is turned over. */
  | "flip-bit"
  /** `kill -9` of a process. */
  | "kill"
  /** A process is asked to end, and started again. */
  | "stop"
  /** The database goes down at once, and comes back. */
  | "restart-database"
  | "disk-full"
  | "slow-database";

/** One fault to come. The two shares mean what the campaign takes them for. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** After the fault before. */
  readonly pauseMs: number;
  /** 0 ≤ where < 1: which process, which connection, which byte. */
  readonly where: number;
  /** 0 ≤ much < 1: how long, how often, how many. */
  readonly much: number;
}

/**
 * Draws faults without end.
 *
 * @param options.pauseMs Shortest and longest pause.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { planFaults } from "./plan.ts";
 *
 * const options = { kinds: ["kill", "stop"], pauseMs: [100, 300] } as const;
 * deepStrictEqual(
 *   planFaults(7, options).take(3).toArray(),
 *   planFaults(7, options).take(9).toArray().slice(0, 3),
 * );
 * ```
 */
export function* planFaults(
  seed: number,
  options: {
    readonly kinds: readonly [FaultKind, ...FaultKind[]];
    readonly pauseMs: readonly [min: number, max: number];
  },
): Generator<PlannedFault, never> {
  const random = prng(seed);
  const [min, max] = options.pauseMs;
  while (true) {
    yield {
      kind: random.pick(options.kinds),
      pauseMs: min + random.real() * (max - min),
      where: random.real(),
      much: random.real(),
    };
  }
}
