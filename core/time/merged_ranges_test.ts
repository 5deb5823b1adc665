import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { mergedRanges } from "./merged_ranges.ts";

Deno.test("mergedRanges() covers the units that its ranges cover, each once, with no two that touch", () => {
  const { below } = prng(43);
  for (let round = 0; round < 2_000; round++) {
    const ranges = Array.from({ length: below(8) }, () => {
      const start = below(30);
      return [start, start + 1 + below(6)] as const;
    });
    const units = new Set(
      ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, n) => start + n)),
    );
    const merged = mergedRanges(ranges);
    const covered = merged.flatMap(([start, end]) =>
      Array.from({ length: end - start }, (_, n) => start + n)
    );
    deepStrictEqual(covered, [...units].sort((a, b) => a - b), `round ${round}`);
    const touching = merged.filter(([start], index) => index > 0 && start <= merged[index - 1]![1]);
    deepStrictEqual(touching, [], `round ${round}`);
  }
});

Deno.test("mergedRanges() leaves what it was given as it was", () => {
  const ranges: readonly [number, number][] = [[5, 6], [0, 2], [1, 4]];
  deepStrictEqual(mergedRanges(ranges), [[0, 4], [5, 6]]);
  deepStrictEqual(ranges, [[5, 6], [0, 2], [1, 4]]);
});
