import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { markIndex, type Placed } from "./mark_index.ts";

/** A repeatable stream of numbers in [0, 1). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function scattered(count: number, seed: number): Placed[] {
  const roll = dice(seed);
  return Array.from({ length: count }, () => ({
    onset: Math.round(roll() * 86_400 * 4) / 4,
    duration: roll() < 0.4 ? null : Math.round(roll() ** 4 * 4000) / 4,
  })).sort((a, b) => a.onset - b.onset);
}

Deno.test("touching() finds what looking at every mark finds", () => {
  const roll = dice(7);
  for (const count of [0, 1, 2, 3, 64, 65, 500]) {
    const marks = scattered(count, count + 1);
    const index = markIndex(marks);
    for (let i = 0; i < 200; i++) {
      const start = Math.round(roll() * 86_400 * 4) / 4;
      const end = start + [1, 10, 60, 5000][i % 4]!;
      const expected = marks.filter(({ onset, duration }) =>
        onset < end && (onset + (duration ?? 0) > start || onset >= start)
      );
      deepStrictEqual(index.touching(start, end), expected);
    }
  }
});

Deno.test("touching() looks at few of ten thousand marks: a path of the tree for each it finds", () => {
  const index = markIndex([
    { onset: 0, duration: 86_400 },
    ...scattered(10_000, 3),
  ]);
  const roll = dice(9);
  let worst = 0;
  for (let i = 0; i < 500; i++) {
    const start = roll() * 86_000;
    const found = index.touching(start, start + 10);
    ok(found.length > 0, "the mark of the whole day is on every page");
    worst = Math.max(worst, index.visitedCount / (found.length + 1));
  }
  // A path of the tree is 15 nodes, and each mark found may need one of its own.
  ok(worst <= 2 * 15, `${worst} nodes for each mark found`);
});

Deno.test("touching() keeps a mark without length on its left edge and drops one that ends there", () => {
  const marks = [{ onset: 90, duration: 10 }, { onset: 100, duration: null }];
  deepStrictEqual(markIndex(marks).touching(100, 110), [marks[1]]);
});

Deno.test("firstFrom() is the first mark not before the moment", () => {
  const index = markIndex([{ onset: 1, duration: null }, { onset: 2, duration: null }]);
  deepStrictEqual([0, 1, 1.5, 2, 2.5].map((moment) => index.firstFrom(moment)), [0, 0, 1, 1, 2]);
});

Deno.test("markIndex() is built once for an array", () => {
  const marks = scattered(10, 1);
  strictEqual(markIndex(marks), markIndex(marks));
});
