/**
 * What trends cost a sample: 23 channels of CHB-MIT's labels at 256 Hz, all eight pairs.
 *
 * @module
 */

import { sampleRate } from "@wavekeep/core/time";
import { EpochMaker, planTrends, TrendBlock } from "@wavekeep/core/trend";
import { prng } from "../testing/prng.ts";

const LABELS =
  ("FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FZ-CZ CZ-PZ FP2-F4 F4-C4 C4-P4 P4-O2 " +
    "FP2-F8 F8-T8 T8-P8 P8-O2 P7-T7 T7-FT9 FT9-FT10 FT10-T8 T8-P8").split(" ");
const RATE = 256;

const random = prng(1);
const channels = LABELS.map((label, position) => ({
  position,
  label,
  type: "eeg" as const,
  unit: "uV",
  calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" },
  reference: "",
  prefilter: "",
}));
const plan = planTrends({ rate: sampleRate(RATE), kind: "int32", channels });
if ("reason" in plan) throw new Error(plan.reason);
const maker = new EpochMaker(plan);
const block = new TrendBlock({ level: 0, block: 0 }, [8, 8]);
const seconds = Array.from(
  { length: 10 },
  () => LABELS.map(() => Int32Array.from({ length: RATE }, () => random.below(400) - 200)),
);

Deno.bench("epoch of 23 × 256 Hz, 58,880 samples", { baseline: true }, () => {
  maker.make(seconds, block, 0);
});
