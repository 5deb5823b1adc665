import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { compareSeconds, exactSeconds, formatSeconds, sampleRate } from "@wavekeep/core/time";
import fc from "fast-check";
import { chooseRecordDuration, commonPeriod, type RecordDemand } from "./record_duration.ts";

function checkChoice(
  demand: Partial<RecordDemand> & Pick<RecordDemand, "rates" | "runs">,
  expected: readonly [duration: string, samples: number[], isExact: boolean],
): void {
  const choice = chooseRecordDuration({ bytesPerSecond: 1000, ...demand });
  deepStrictEqual(
    choice && [formatSeconds(choice.duration), choice.samples, choice.isExact],
    expected,
  );
}

Deno.test("chooseRecordDuration() takes a second where it divides every run", () => {
  checkChoice({ rates: [sampleRate(256)], runs: [[10_496]] }, ["1", [256], true]);
  checkChoice({ rates: [sampleRate(256), sampleRate(1)], runs: [[512, 2], [2560, 10]] }, [
    "1",
    [256, 1],
    true,
  ]);
});

Deno.test("chooseRecordDuration() takes less than a second rather than pad", () => {
  checkChoice({ rates: [sampleRate(256)], runs: [[128]] }, ["0.5", [128], true]);
  checkChoice({ rates: [sampleRate(128)], runs: [[1228]] }, ["4.796875", [614], true]);
});

Deno.test("chooseRecordDuration() finds the common period of mixed rates", () => {
  checkChoice({ rates: [sampleRate(64, 5), sampleRate(100)], runs: [[1408, 11_000]] }, [
    "1.25",
    [16, 125],
    true,
  ]);
  checkChoice({ rates: [sampleRate(256), sampleRate(1, 10)], runs: [[5120, 2]] }, [
    "10",
    [2560, 1],
    true,
  ]);
});

Deno.test("chooseRecordDuration() pads what nothing divides", () => {
  // 257 is prime: records of one or 257 samples, neither of which can be written.
  checkChoice({ rates: [sampleRate(256)], runs: [[257]] }, ["1", [256], false]);
});

Deno.test("chooseRecordDuration() takes a minute where only that is whole", () => {
  checkChoice({ rates: [sampleRate(3781, 60)], runs: [[3781 * 3]], bytesPerSecond: 130 }, [
    "60",
    [3781],
    true,
  ]);
});

Deno.test("chooseRecordDuration() gives up where eight characters hold no duration", () => {
  strictEqual(
    chooseRecordDuration({
      rates: [sampleRate(1, 7_777_777), sampleRate(1, 1_000_003)],
      runs: [[1, 7]],
      bytesPerSecond: 1,
    }),
    undefined,
  );
});

Deno.test("commonPeriod() is whole samples of every rate, and the shortest such time", () => {
  deepStrictEqual(commonPeriod([sampleRate(256)]), exactSeconds(1, 256));
  deepStrictEqual(commonPeriod([sampleRate(64, 5), sampleRate(100)]), exactSeconds(5, 4));
});

Deno.test("chooseRecordDuration() gives whole samples, writable, and divides when it says so", () => {
  const rates = fc.array(
    fc.record({ s: fc.integer({ min: 1, max: 2000 }), d: fc.integer({ min: 1, max: 60 }) })
      .map(({ s, d }) => sampleRate(s, d)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 400 }), (rates, units) => {
      const period = commonPeriod(rates);
      const run = rates.map((rate) =>
        Number(
          period.numerator * BigInt(units) * rate.samples / (period.denominator * rate.seconds),
        )
      );
      const choice = chooseRecordDuration({ rates, runs: [run], bytesPerSecond: 100 });
      if (choice === undefined) return;
      ok(formatSeconds(choice.duration).length <= 8);
      rates.forEach((rate, index) => {
        const samples = exactSeconds(
          choice.duration.numerator * rate.samples,
          choice.duration.denominator * rate.seconds,
        );
        strictEqual(compareSeconds(samples, exactSeconds(choice.samples[index]!)), 0);
        if (choice.isExact) strictEqual(run[index]! % choice.samples[index]!, 0);
      });
    }),
    { numRuns: 200 },
  );
});
