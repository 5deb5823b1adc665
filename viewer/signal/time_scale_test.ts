import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { momentOf, secondLines, xOf } from "./time_scale.ts";

const page = { start: 600, seconds: 10, left: 80, width: 1500 };

Deno.test("xOf() places both edges of the page on the edges of the plot", () => {
  strictEqual(xOf(page, 600), 80);
  strictEqual(xOf(page, 610), 1580);
});

Deno.test("momentOf() is the inverse of xOf() on day seven", () => {
  const late = { ...page, start: 7 * 86_400 };
  ok(Math.abs(momentOf(late, xOf(late, 604_803.125)) - 604_803.125) < 1e-9);
});

Deno.test("secondLines() makes every fifth second heavier", () => {
  const lines = secondLines(page);
  strictEqual(lines.length, 11);
  deepStrictEqual(lines.filter((line) => line.isMajor).map((line) => line.moment), [600, 605, 610]);
});

Deno.test("secondLines() makes every tenth second heavier on a minute", () => {
  strictEqual(secondLines({ ...page, seconds: 60 }).filter((line) => line.isMajor).length, 7);
});
