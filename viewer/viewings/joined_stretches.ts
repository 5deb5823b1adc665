/**
 * Stretches of several readers as one.
 *
 * @module
 */

/** From and to, seconds from recording start. */
export type Seconds = readonly [from: number, to: number];

/**
 * Sorted, none touching the next.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { joined } from "./joined_stretches.ts";
 *
 * deepStrictEqual(joined([[20, 30], [0, 10], [10, 15]]), [[0, 15], [20, 30]]);
 * ```
 */
export function joined(stretches: readonly Seconds[]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
