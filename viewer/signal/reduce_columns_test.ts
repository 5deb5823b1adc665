import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { reduceToColumns } from "./reduce_columns.ts";

/** A small seeded generator, so that a failure can be run again. */
function* noise(seed: number): Generator<number> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

Deno.test("reduceToColumns() gives golden columns for a hand-made run", () => {
  const columns = reduceToColumns(Float32Array.of(3, 1, 4, 1, 5, 9, 2, 6), {
    x: 0,
    step: 0.25,
    width: 10,
  });
  strictEqual(columns.count, 2);
  deepStrictEqual([...columns.column], [0, 1, 0, 0, 0, 0, 0, 0].slice(0, columns.column.length));
  deepStrictEqual([...columns.first.subarray(0, 2)], [3, 5]);
  deepStrictEqual([...columns.least.subarray(0, 2)], [1, 2]);
  deepStrictEqual([...columns.greatest.subarray(0, 2)], [4, 9]);
  deepStrictEqual([...columns.last.subarray(0, 2)], [1, 6]);
  deepStrictEqual([...columns.isLeastFirst.subarray(0, 2)], [1, 0]);
});

Deno.test("reduceToColumns() never loses a one-sample spike, wherever it is", () => {
  const sampleCount = 2560, width = 730;
  for (let at = 0; at < sampleCount; at++) {
    const values = new Float32Array(sampleCount);
    values[at] = at % 2 === 0 ? 500 : -500;
    const { count, least, greatest } = reduceToColumns(values, {
      x: 0.3,
      step: (width - 0.5) / sampleCount,
      width,
    });
    const peak = at % 2 === 0
      ? Math.max(...greatest.subarray(0, count))
      : Math.min(...least.subarray(0, count));
    strictEqual(peak, values[at], `spike at sample ${at}`);
  }
});

Deno.test("reduceToColumns() keeps a DC step in the column where it happens", () => {
  const values = new Float32Array(1000).fill(-10);
  values.fill(90, 501);
  const columns = reduceToColumns(values, { x: 0, step: 0.1, width: 100 });
  deepStrictEqual(
    [49, 50, 51].map((i) => [columns.least[i], columns.greatest[i]]),
    [[-10, -10], [-10, 90], [90, 90]],
  );
  strictEqual(columns.isLeastFirst[50], 1);
});

Deno.test("reduceToColumns() leaves out what lies left and right of the plot", () => {
  const values = Float32Array.from({ length: 400 }, (_, i) => i);
  const { count, first, last, column } = reduceToColumns(values, { x: -10, step: 0.1, width: 10 });
  strictEqual(count, 10);
  deepStrictEqual([column[0], column[9]], [0, 9]);
  deepStrictEqual([first[0], last[9]], [100, 199]);
});

Deno.test("reduceToColumns() puts every sample into exactly one column", () => {
  const random = noise(20761106);
  for (let round = 0; round < 200; round++) {
    const length = 1 + Math.floor((random.next().value as number) * 3000);
    const step = 0.001 + (random.next().value as number) * 0.999;
    const x = (random.next().value as number) * 50 - 25;
    const values = Float32Array.from({ length }, () => random.next().value as number);
    const width = 600;
    const columns = reduceToColumns(values, { x, step, width });
    const inside = Array.from(values, (value, i) => ({ value, at: Math.floor(x + i * step) }))
      .filter(({ at }) => at >= 0 && at < width);
    const expected = new Map<number, number[]>();
    for (const { value, at } of inside) expected.set(at, [...(expected.get(at) ?? []), value]);
    deepStrictEqual([...columns.column.subarray(0, columns.count)], [...expected.keys()]);
    [...expected.values()].forEach((group, i) => {
      strictEqual(columns.least[i], Math.min(...group));
      strictEqual(columns.greatest[i], Math.max(...group));
      strictEqual(columns.first[i], group[0]);
      strictEqual(columns.last[i], group.at(-1));
    });
  }
});

Deno.test("reduceToColumns() of a run outside the plot is empty", () => {
  ok(reduceToColumns(new Float32Array(10), { x: 900, step: 0.1, width: 100 }).count === 0);
  ok(reduceToColumns(new Float32Array(10), { x: -900, step: 0.1, width: 100 }).count === 0);
});
