import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { exactSeconds, formatSeconds, parseSeconds, sampleRate } from "../time/mod.ts";
import { fastestRate, judgeOnset, RunBuilder } from "./runs.ts";

const rate = sampleRate(256);

function runsOf(onsets: string[]): string[] {
  const builder = new RunBuilder(exactSeconds(1), rate);
  onsets.forEach((onset, index) => builder.add(index, parseSeconds(onset)));
  return builder.runs.map(({ firstRecord, recordCount, onset, residue }) =>
    `${firstRecord}+${recordCount}@${formatSeconds(onset)}~${formatSeconds(residue)}`
  );
}

Deno.test("judgeOnset() joins below half a sample and not at it", () => {
  const half = exactSeconds(1, 512);
  const expected = exactSeconds(7);
  const at = (difference: string) => judgeOnset(parseSeconds(difference), expected, rate);
  strictEqual(judgeOnset({ numerator: 3585n, denominator: 512n }, expected, rate), "gap");
  strictEqual(formatSeconds(half), "0.001953125");
  strictEqual(at("7.001953124"), "joined");
  strictEqual(at("7.001953125"), "gap");
  strictEqual(at("6.998046876"), "joined");
  strictEqual(at("6.998046875"), "backwards");
  strictEqual(at("7"), "joined");
});

Deno.test("RunBuilder breaks at gaps and only there", () => {
  deepStrictEqual(runsOf(["0", "1", "3", "4", "5", "9.5"]), ["0+2@0~0", "2+3@3~0", "5+1@9.5~0"]);
});

Deno.test("RunBuilder joins a slow clock record by record and keeps the residue", () => {
  const onsets = Array.from(
    { length: 101 },
    (_, i) => formatSeconds(exactSeconds(i * 10_001, 10_000)),
  );
  deepStrictEqual(runsOf(onsets), ["0+101@0~0.01"]);
});

Deno.test("RunBuilder begins a new run where a record begins too early", () => {
  deepStrictEqual(runsOf(["0", "1", "1.5"]), ["0+2@0~0", "2+1@1.5~0"]);
});

Deno.test("fastestRate() compares exact ratios", () => {
  const rates = [sampleRate(64, 5), sampleRate(100), sampleRate(1, 10)];
  deepStrictEqual(fastestRate(rates), sampleRate(100));
  strictEqual(fastestRate([]), undefined);
});
