import { ok, strictEqual } from "node:assert/strict";
import { SpareArrays } from "./spare_arrays.ts";

Deno.test("SpareArrays hands out what was given back, and never one that is too short", () => {
  const spare = new SpareArrays();
  const first = spare.take(90_000);
  ok(first.byteLength >= 90_000);
  spare.put(first);
  const long = spare.take(first.byteLength + 1);
  ok(long.byteLength > first.byteLength);
  strictEqual(spare.take(3), first);
  ok(spare.take(3) !== first, "an array that is lent is nobody else's");
});

Deno.test("SpareArrays keeps few, and none of another length", () => {
  const spare = new SpareArrays();
  const many = Array.from({ length: 20 }, () => spare.take(100_000));
  for (const bytes of many) spare.put(bytes);
  const again = new Set(Array.from({ length: 20 }, () => spare.take(100_000)));
  ok(many.filter((bytes) => again.has(bytes)).length <= 4);
  const short = spare.take(10);
  spare.put(short);
  ok(spare.take(10) !== short);
});
