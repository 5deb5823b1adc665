/**
 * What a second of the generated patient costs: 23 channels at 256 Hz.
 *
 * Expectation: 21 electrodes get a weighted sum of some twenty voices, 256 samples each: a hundred thousand
 * multiplications, and the tables' reads. So a second takes some tenths of a millisecond, and one core plays
 * a thousand patients at their own pace. A second is 5,888 samples: divide by the time an iteration takes.
 *
 * Run: `deno bench simulator/generator/generator_bench.ts`. The first line is a hash of the seconds, so that
 * a faster result is known to be the same result.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createGenerator, type GeneratorOptions, SAMPLE_RATE_HZ } from "./generator.ts";

const OPTIONS: GeneratorOptions = { seed: 2076, blockSeconds: 600, startSecondOfDay: 12 * 3_600 };
const NIGHT = 14 * 3_600;
const SECONDS = 32;

const generator = createGenerator(OPTIONS);
const seizure = generator.events(0, OPTIONS.blockSeconds).find(({ kind }) => kind === "seizure");
if (seizure === undefined) throw new Error("The first block has no seizure");
const ictal = Math.ceil(seizure.startSample / SAMPLE_RATE_HZ);
const ictalSeconds = Math.floor(seizure.sampleCount! / SAMPLE_RATE_HZ) - 1;

const hash = createHash("sha256");
for (const first of [0, NIGHT, ictal]) {
  for (let k = 0; k < SECONDS; k++) hash.update(generator.second(first + k));
}
// deno-lint-ignore no-console
console.log(`seconds ${hash.digest("hex").slice(0, 16)}`);

let next = 0;

Deno.bench("second, awake", { group: "second", baseline: true }, () => {
  generator.second(next++ % SECONDS);
});

Deno.bench("second, asleep", { group: "second" }, () => {
  generator.second(NIGHT + next++ % SECONDS);
});

Deno.bench("second, in a seizure", { group: "second" }, () => {
  generator.second(ictal + next++ % ictalSeconds);
});

Deno.bench("tables of a patient", { group: "tables" }, () => {
  createGenerator({ ...OPTIONS, seed: next++ });
});
