/** Filters that channels share. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { solveSharedFilters } from "./shared_filters.ts";
import { autocorrelateWhole } from "./whole_autocorrelation.ts";

/** Autocorrelation of noise through x[t] = a x[t−1] + noise. */
function lagsOf(seed: number, a: number, loudness: number): Float64Array {
  const random = prng(seed);
  let value = 0;
  const x = Int16Array.from({ length: 4000 }, () => {
    value = a * value + loudness * random.gaussian();
    return value;
  });
  const lags = new Float64Array(33);
  autocorrelateWhole(x, lags);
  return lags;
}

const SLOW = [1, 2, 3].map((seed) => lagsOf(seed, 0.9, 10 * seed * seed));
const FAST = [4, 5].map((seed) => lagsOf(seed, -0.6, 50));

Deno.test("solveSharedFilters() makes one filter for all that loud channels do not rule", () => {
  const { filters, assignment } = solveSharedFilters(SLOW, { order: 8, filterCount: 1 });
  deepStrictEqual([...assignment], [0, 0, 0]);
  strictEqual(filters.length, 1);
  ok(Math.abs(filters[0]!.reflections[0]! / 32_768 - 0.9) < 0.02);
});

Deno.test("solveSharedFilters() gives channels of another nature another filter", () => {
  const { assignment, filters, logError } = solveSharedFilters([...SLOW, ...FAST], {
    order: 8,
    filterCount: 2,
  });
  strictEqual(filters.length, 2);
  deepStrictEqual([...assignment.subarray(0, 3)], Array(3).fill(assignment[0]));
  deepStrictEqual([...assignment.subarray(3)], Array(2).fill(assignment[3]));
  ok(assignment[0] !== assignment[3]);
  const one = solveSharedFilters([...SLOW, ...FAST], { order: 8, filterCount: 1 });
  ok(logError < one.logError - 2);
});

Deno.test("solveSharedFilters() makes no more filters than the channels differ", () => {
  const same = [SLOW[0]!, SLOW[0]!, SLOW[0]!];
  strictEqual(solveSharedFilters(same, { order: 8, filterCount: 4 }).filters.length, 1);
});

Deno.test("solveSharedFilters() lets silent channels have no say", () => {
  const silent = new Float64Array(33);
  const { filters } = solveSharedFilters([silent, ...SLOW], { order: 8, filterCount: 1 });
  const without = solveSharedFilters(SLOW, { order: 8, filterCount: 1 });
  deepStrictEqual(filters[0]!.reflections, without.filters[0]!.reflections);
  const none = solveSharedFilters([silent, silent], { order: 8, filterCount: 3 });
  strictEqual(none.filters[0]!.reflections.length, 0);
});
