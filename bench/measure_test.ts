import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { interleave, median, quantile } from "./measure.ts";

const idle = (name: string) => ({ name, run: () => Promise.resolve() });

Deno.test("quantile() returns a value that was measured", () => {
  const values = [5, 1, 4, 2, 3];
  strictEqual(quantile(values, 0.01), 1);
  strictEqual(quantile(values, 0.5), 3);
  strictEqual(quantile(values, 1), 5);
  strictEqual(median([1, 2, 3, 4]), 2);
  deepStrictEqual(values, [5, 1, 4, 2, 3]);
});

Deno.test("quantile() refuses no values and a share outside (0, 1]", () => {
  throws(() => quantile([], 0.5), RangeError);
  throws(() => quantile([1], 0), RangeError);
  throws(() => quantile([1], 1.1), RangeError);
});

Deno.test("interleave() counts every round but the first, for every contender alike", async () => {
  const times = await interleave([idle("ours"), idle("baseline")], {
    roundsMin: 3,
    roundsMax: 3,
    budgetMs: 0,
  });
  deepStrictEqual([...times].map(([name, list]) => [name, list.length]), [["ours", 3], [
    "baseline",
    3,
  ]]);
});

Deno.test("interleave() stops at the budget but never below the minimum", async () => {
  const slow = { name: "slow", run: () => new Promise<void>((done) => setTimeout(done, 2)) };
  const times = await interleave([slow], { roundsMin: 2, roundsMax: 1000, budgetMs: 1 });
  strictEqual(times.get("slow")?.length, 2);
});

Deno.test("interleave() ends with the reason of its signal", async () => {
  const aborter = new AbortController();
  aborter.abort(new Error("asked to stop"));
  await rejects(
    interleave([idle("a")], { roundsMin: 1, roundsMax: 1, budgetMs: 0, signal: aborter.signal }),
    /asked to stop/,
  );
});
