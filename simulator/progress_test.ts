import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createProgress, describeProgress, formatDuration } from "./progress.ts";

Deno.test("createProgress() prints plain lines, not too many, where there is no terminal", () => {
  let now = 0;
  const lines: string[] = [];
  const view = createProgress({
    label: "P/R",
    totalSeconds: 100,
    isTerminal: false,
    print: (line) => lines.push(line),
    now: () => now,
    intervalMs: 1000,
  });
  for (let second = 0; second <= 20; second++) {
    view.update({ doneSeconds: second, samplesSent: second * 5888 });
    now += 100;
  }
  view.stop();
  deepStrictEqual(lines, [
    "P/R: 10 of 100 s (10 %), 10.0 × real time, 58.9 k samples/s, 9 s left",
    "P/R: 20 of 100 s (20 %), 10.0 × real time, 58.9 k samples/s, 8 s left",
  ]);
});

Deno.test("createProgress() counts what was there already as done, not as speed", () => {
  let now = 0;
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const options = { label: "P", totalSeconds: 1000, isTerminal: false, intervalMs: 1000 };
  const view = createProgress({ ...options, print, now: () => now });
  view.update({ doneSeconds: 900, samplesSent: 0 });
  now = 2000;
  view.update({ doneSeconds: 904, samplesSent: 400 });
  deepStrictEqual(lines, ["P: 904 of 1,000 s (90 %), 2.0 × real time, 0.2 k samples/s, 48 s left"]);
});

Deno.test("describeProgress() says nothing about an end nobody knows", () => {
  strictEqual(
    describeProgress({ doneSeconds: 5, totalSeconds: null, ratio: 1, samplesPerSecond: 5_888_000 }),
    "5 s, 1.0 × real time, 5.9 M samples/s",
  );
});

Deno.test("formatDuration() reads like a person", () => {
  deepStrictEqual([0, 59, 60, 3599, 3600, 90_000].map(formatDuration), [
    "0 s",
    "59 s",
    "1 min 0 s",
    "59 min 59 s",
    "1 h 0 min",
    "25 h 0 min",
  ]);
});
