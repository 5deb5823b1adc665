import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { histogramOf } from "./histogram.ts";
import { Tally } from "./tally.ts";

const right = { status: 200, bodyByteLength: 10 };

Deno.test("Tally counts from the intended time, and keeps lateness and service apart", () => {
  const tally = new Tally(1_000);
  tally.count({ dueMs: 1_100, sentMs: 1_130, doneMs: 1_140 }, right, undefined);
  const data = tally.data();
  strictEqual(histogramOf(data.latency).maxMs, 40);
  strictEqual(histogramOf(data.lateness).maxMs, 30);
  strictEqual(histogramOf(data.service).maxMs, 10);
  strictEqual(data.bodyBytes, 10);
});

Deno.test("Tally leaves the latencies of the warm-up out, never its errors", () => {
  const tally = new Tally(1_000);
  tally.count({ dueMs: 900, sentMs: 900, doneMs: 1_500 }, right, undefined);
  tally.count({ dueMs: 910, sentMs: 910, doneMs: 920 }, { status: 503, bodyByteLength: 0 }, "503");
  tally.count(
    { dueMs: 1_000, sentMs: 1_000, doneMs: 1_010 },
    { error: "timeout", message: "late" },
    undefined,
  );
  const data = tally.data();
  strictEqual(histogramOf(data.latency).count, 0);
  strictEqual(data.answerCount, 1);
  strictEqual(data.errorCount, 2);
  deepStrictEqual(data.errors, { "503": 1, "timeout: late": 1 });
});

Deno.test("Tally has an entry for each second in which something came", () => {
  const tally = new Tally(0);
  for (const doneMs of [10, 990, 1_000, 4_500]) {
    tally.count({ dueMs: 5, sentMs: 5, doneMs }, right, undefined);
  }
  deepStrictEqual(
    tally.data().timeline.map(({ seconds, count }) => [seconds, count]),
    [[1, 2], [2, 1], [5, 1]],
  );
});
