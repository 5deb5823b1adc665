import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "@wavekeep/core/testing";
import { quantile } from "../measure.ts";
import { Histogram, histogramOf, MICROS_MAX } from "./histogram.ts";

const SHARES = [0.001, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

/** Every quantile is the exact one, or larger by less than a thousandth (or half a microsecond). */
function checkQuantiles(values: readonly number[]): void {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  strictEqual(histogram.count, values.length);
  for (const share of SHARES) {
    const exact = quantile(values, share);
    const found = histogram.quantileMs(share);
    ok(
      found >= exact - 0.0005 && found <= exact * 1.001 + 0.0005,
      `share ${share}: ${found}, exactly ${exact}`,
    );
  }
}

Deno.test("Histogram agrees with exact quantiles over eight decades", () => {
  const random = prng(1);
  checkQuantiles(Array.from({ length: 20_000 }, () => 10 ** (random.real() * 8 - 3)));
});

Deno.test("Histogram agrees with exact quantiles of latencies with a tail", () => {
  const random = prng(2);
  checkQuantiles(
    Array.from(
      { length: 50_000 },
      () => 0.8 + Math.abs(random.gaussian()) / (random.real() + 1e-4),
    ),
  );
});

Deno.test("Histogram agrees with exact quantiles at the edges of buckets", () => {
  const edges = Array.from({ length: 31 }, (_, n) => [2 ** n - 1, 2 ** n, 2 ** n + 1]).flat();
  checkQuantiles(edges.map((micros) => micros / 1000));
  for (const micros of edges) checkQuantiles([micros / 1000]);
});

Deno.test("Histogram counts what is too long as its longest, and less than nothing as nothing", () => {
  const histogram = new Histogram();
  histogram.record(1e12);
  strictEqual(histogram.quantileMs(1), MICROS_MAX / 1000);
  histogram.record(-3);
  strictEqual(histogram.quantileMs(0.5), 0);
});

Deno.test("Histogram.add() gives the histogram of both, through JSON as well", () => {
  const random = prng(3);
  const both = new Histogram();
  const parts = [new Histogram(), new Histogram()];
  for (let i = 0; i < 5_000; i++) {
    const ms = random.real() * 100;
    both.record(ms);
    parts[i % 2]!.record(ms);
  }
  parts[0]!.add(histogramOf(JSON.parse(JSON.stringify(parts[1]!.data()))));
  deepStrictEqual(parts[0]!.data(), both.data());
  strictEqual(parts[0]!.meanMs, both.meanMs);
  throws(() => both.add({ buckets: [[1e9, 1]], maxMicros: 1, sumMicros: 1 }), RangeError);
});

Deno.test("Histogram refuses quantiles of nothing, and shares that are none", () => {
  const histogram = new Histogram();
  throws(() => histogram.quantileMs(0.5), RangeError);
  histogram.record(1);
  for (const share of [0, -1, 1.01, NaN]) throws(() => histogram.quantileMs(share), RangeError);
});

Deno.test("a histogram that was cleared counts from the beginning", () => {
  const histogram = new Histogram();
  for (const ms of [5, 4_000]) histogram.record(ms);
  histogram.clear();
  strictEqual(histogram.count, 0);
  strictEqual(histogram.maxMs, 0);
  strictEqual(histogram.meanMs, 0);
  throws(() => histogram.quantileMs(0.5), RangeError);
  histogram.record(3);
  deepStrictEqual([histogram.count, histogram.maxMs, histogram.quantileMs(1)], [1, 3, 3]);
});
