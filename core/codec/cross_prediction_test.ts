/** The recurrences: the document's numbers by hand, and there and back. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng, randomParameterSet } from "../testing/mod.ts";
import {
  isWithinModel,
  predictionFrame,
  predictResiduals,
  restoreValues,
} from "./cross_prediction.ts";
import { writeParameterSet } from "./parameter_set.ts";

/** Two channels: x̂ = last value; the second also takes half of what the first moved. */
const followers = writeParameterSet({
  channelCount: 2,
  fractionBits: 1,
  lags: 1,
  groupSize: 2,
  adaptation: 0,
  filters: [{ reflections: Int16Array.of(32_767) }],
  channels: [
    {
      channel: 0,
      filter: 0,
      rightShift: 0,
      lowBits: 0,
      scaleDefault: 0,
      rowShift: 1,
      coefficients: Int16Array.of(0, 0),
    },
    {
      channel: 1,
      filter: 0,
      rightShift: 0,
      lowBits: 0,
      scaleDefault: 0,
      rowShift: 1,
      coefficients: Int16Array.of(0, 0, 1),
    },
  ],
});

Deno.test("predictResiduals() computes what FORMAT.md says, by hand", () => {
  // 32767 × 512 ÷ 2^10 rounds to 16384 under shift 14: the predictor is exactly the last value.
  const frame = predictionFrame(followers, [0, 1], 4);
  frame.values.set([0, 10, 10, 4], 0);
  frame.values.set([0, 5, 7, 3], 4);
  predictResiduals(frame);
  // Moves +10, 0, −6 and +5, +2, −4; half of the first's move is +5, 0, −3.
  deepStrictEqual([...frame.residuals], [10, 0, 0, 2, -6, -1]);
  // Whitened values have one fraction bit.
  deepStrictEqual([...frame.whitened], [0, 20, 0, -12, 0, 10, 4, -8]);
});

Deno.test("restoreValues() undoes predictResiduals() under random sets", () => {
  const random = prng(31);
  for (let i = 0; i < 50; i++) {
    const channelCount = 1 + random.below(8);
    const set = randomParameterSet(random, { channelCount, rightShift: 0 });
    const coded = Array.from({ length: channelCount }, (_, k) => k).filter(() => random.below(4));
    const sampleCount = 1 + random.below(70);
    const frame = predictionFrame(set, coded, sampleCount);
    for (let at = 0; at < frame.values.length; at++) {
      if (at % sampleCount > 0) frame.values[at] = random.below(65_536) - 32_768;
    }
    predictResiduals(frame);
    const again = predictionFrame(set, coded, sampleCount);
    again.residuals.set(frame.residuals);
    restoreValues(again);
    deepStrictEqual(again.values, frame.values);
    deepStrictEqual(again.whitened, frame.whitened);
  }
});

Deno.test("values outside 16 bits after the right shift are not of the model, either way", () => {
  const [channel] = followers.channels;
  strictEqual(isWithinModel(Int32Array.of(0, 32_767, -32_768), channel!), true);
  strictEqual(isWithinModel(Int32Array.of(0, 32_768), channel!), false);
  strictEqual(isWithinModel(Int32Array.of(0, 32_768), { ...channel!, rightShift: 1 }), true);
  const frame = predictionFrame(followers, [0], 2);
  frame.residuals[0] = 40_000;
  throws(() => restoreValues(frame), (err) => isCoreError(err, "CorruptInputError"));
});

Deno.test("adaptive taps follow what is left over, one step a sample", () => {
  const alone = {
    channel: 0,
    filter: 0,
    rightShift: 0,
    lowBits: 0,
    scaleDefault: 0,
    rowShift: 0,
    coefficients: Int16Array.of(0),
  };
  const set = writeParameterSet({
    channelCount: 1,
    fractionBits: 0,
    lags: 1,
    groupSize: 1,
    // A step of 2^12 of 2^14: a quarter.
    adaptation: 13,
    filters: [{ reflections: new Int16Array(0) }],
    channels: [alone],
  });
  const frame = predictionFrame(set, [0], 5);
  frame.values.set([0, 100, 100, 100, 100]);
  predictResiduals(frame);
  // No past; a past without weights; then 1/4 of the last; then 2/4 of the last and 1/4 before it.
  deepStrictEqual([...frame.residuals], [100, 100, 75, 25]);
});
