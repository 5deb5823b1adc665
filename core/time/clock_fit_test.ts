import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { type ClockObservation, fitClock } from "./clock_fit.ts";

const at = (
  seconds: number,
  { offset = 0, ppm = 0, sigma = 10_000 as number | null, noise = 0 } = {},
): ClockObservation => {
  const referenceMicros = 1_795_262_400_000_000n + BigInt(seconds) * 1_000_000n;
  const ahead = BigInt(Math.round(offset + seconds * ppm + noise));
  return { referenceMicros, deviceMicros: referenceMicros - ahead, uncertaintyMicros: sigma };
};

Deno.test("fitClock() knows nothing without an observation, and no drift from one", () => {
  strictEqual(fitClock([]), undefined);
  const fit = fitClock([at(0, { offset: -2_500_000 })])!;
  deepStrictEqual(
    [fit.offsetMicros, fit.offsetUncertaintyMicros, fit.driftPpm, fit.driftUncertaintyPpm],
    [-2_500_000n, 10_000, null, null],
  );
});

Deno.test("fitClock() gives the textbook's errors: three looks an hour apart, 10 ms each", () => {
  const fit = fitClock([0, 3_600, 7_200].map((second) => at(second, { ppm: 50 })))!;
  // σ / √Σ(x − x̄)² = 10,000 µs / (3,600 s · √2), and √(1/3 + 1/2) σ at an end of the line.
  strictEqual(fit.driftUncertaintyPpm!.toFixed(6), (10_000 / (3_600 * Math.SQRT2)).toFixed(6));
  strictEqual(fit.offsetUncertaintyMicros.toFixed(3), (10_000 * Math.sqrt(5 / 6)).toFixed(3));
  strictEqual(fit.driftPpm!.toFixed(6), "50.000000");
  strictEqual(fit.offsetMicros, 360_000n);
});

Deno.test("fitClock() weighs: a look through a slow line hardly moves the line", () => {
  const good = [0, 600, 1_200, 1_800].map((second) => at(second, { ppm: 12 }));
  const fit = fitClock([...good, at(900, { ppm: 12, noise: 700_000, sigma: 2_000_000 })])!;
  ok(Math.abs(fit.driftPpm! - 12) < 0.1, `${fit.driftPpm}`);
});

Deno.test("fitClock() says less when the looks disagree by more than they say", () => {
  const random = prng(7);
  const quiet = Array.from({ length: 20 }, (_, n) => at(n * 600, { ppm: 5 }));
  const noisy = Array.from(
    { length: 20 },
    (_, n) => at(n * 600, { ppm: 5, noise: random.gaussian() * 100_000 }),
  );
  const ratio = fitClock(noisy)!.driftUncertaintyPpm! / fitClock(quiet)!.driftUncertaintyPpm!;
  ok(ratio > 6 && ratio < 16, `${ratio}`);
});

Deno.test("fitClock() begins anew at every jump: 1970, 2038, 9999, an hour back", () => {
  const jumps = [-1.8e15, 3.5e14, 2.5e17, -3.6e9];
  const observations: ClockObservation[] = [];
  for (const [index, offset] of jumps.entries()) {
    for (const second of [0, 600, 1_200]) {
      observations.push(at(index * 10_000 + second, { offset, ppm: 0 }));
    }
  }
  const fit = fitClock(observations.toReversed())!;
  deepStrictEqual(
    [fit.jumpCount, fit.usedCount, fit.observationCount, fit.offsetMicros],
    [3, 3, 12, -3_600_000_000n],
  );
  strictEqual(fit.driftPpm, 0);
});

Deno.test("fitClock() counts the same look once, and takes one whose uncertainty nobody knows", () => {
  const look = at(0, { sigma: null });
  const fit = fitClock([look, look])!;
  deepStrictEqual([fit.observationCount, fit.offsetUncertaintyMicros], [1, 500_000]);
});
