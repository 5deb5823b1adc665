import { ok, strictEqual } from "node:assert/strict";
import { EVENT_LOOP, threadTimes, timesBetween } from "./thread_times.ts";

Deno.test("threadTimes() says what this thread took, and timesBetween() what it took since", () => {
  const before = threadTimes(Deno.pid);
  const untilMs = performance.now() + 100;
  while (performance.now() < untilMs);
  const between = timesBetween(before, threadTimes(Deno.pid));
  const own = [...between.values()].reduce((sum, micros) => sum + micros, 0);
  ok(own >= 20_000, `${own} µs`);
  ok(between.has(EVENT_LOOP));
});

Deno.test("timesBetween() counts a thread that began in between, and not one that ended", () => {
  const before = new Map([["pool/8", 50], ["pool/9", 70]]);
  const after = new Map([["pool/8", 60], ["pool/10", 5]]);
  strictEqual(timesBetween(before, after).get("pool"), 15);
});

Deno.test("threadTimes() of a process that is gone are none", () => {
  strictEqual(threadTimes(2 ** 22 + 1).size, 0);
});
