import { ok, strictEqual } from "node:assert/strict";
import { eyesClosed, sleepDepth, smoothStep } from "./state.ts";

Deno.test("sleepDepth() is 0 by day, deep at times by night, and continuous over midnight", () => {
  strictEqual(sleepDepth(10 * 3600), 0);
  strictEqual(sleepDepth(86_400 + 10 * 3600), 0);
  ok(sleepDepth(23 * 3600 + 2700) > 0.9);
  for (let t = 0; t < 2 * 86_400; t += 10) {
    ok(Math.abs(sleepDepth(t + 10) - sleepDepth(t)) < 0.05, String(t));
  }
});

Deno.test("eyesClosed() changes without a step and takes both states", () => {
  const seen = new Set<number>();
  for (let t = 0; t < 600; t += 0.05) {
    const value = eyesClosed(3, t);
    if (value === 0 || value === 1) seen.add(value);
    ok(Math.abs(eyesClosed(3, t + 0.05) - value) < 0.2, String(t));
  }
  strictEqual(seen.size, 2);
});

Deno.test("smoothStep() holds its ends", () => {
  strictEqual(smoothStep(1, 2, 0), 0);
  strictEqual(smoothStep(1, 2, 3), 1);
  strictEqual(smoothStep(1, 2, 1.5), 0.5);
});
