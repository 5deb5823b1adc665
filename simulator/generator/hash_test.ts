import { notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hash32, PURPOSE, unit } from "./hash.ts";

Deno.test("hash32() tells seeds, purposes, indexes and their upper halves apart", () => {
  const values = [
    hash32(1, PURPOSE.blink, 0),
    hash32(2, PURPOSE.blink, 0),
    hash32(1, PURPOSE.muscle, 0),
    hash32(1, PURPOSE.blink, 1),
    hash32(1, PURPOSE.blink, 2 ** 32),
  ];
  strictEqual(new Set(values).size, values.length);
});

Deno.test("unit() is even over many indexes", () => {
  const bins = new Array(10).fill(0);
  for (let i = 0; i < 20_000; i++) bins[Math.floor(unit(7, PURPOSE.pop, i) * 10)]++;
  for (const count of bins) ok(count > 1850 && count < 2150, String(count));
  notStrictEqual(unit(7, PURPOSE.pop, 1), unit(7, PURPOSE.pop, 2));
});
