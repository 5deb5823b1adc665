/** Whitening outside the codec, against the codec. @module */

import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { eegChunk } from "../../testing/signals.ts";
import { encodeCrossChannel } from "../cross_channel.ts";
import { writeParameterSet } from "../parameter_set.ts";
import { reflectionFilter } from "../reflection_filter.ts";
import { whitenChannel } from "./whiten.ts";

Deno.test("whitenChannel() gives the values that the codec works with", () => {
  const random = prng(13);
  for (const order of [0, 1, 5, 32]) {
    for (const [fractionBits, rightShift] of [[0, 0], [2, 0], [2, 3], [4, 1]] as const) {
      const reflections = Int16Array.from(
        { length: order },
        (_, m) => m === 0 ? 30_000 : Math.round(4000 * random.gaussian() / (1 + m)),
      );
      const sampleCount = 100;
      const samples = eegChunk(random, { channelCount: 1, sampleCount, amplitude: 900 });
      const set = writeParameterSet({
        channelCount: 1,
        fractionBits,
        lags: 1,
        groupSize: 1,
        adaptation: 0,
        filters: [{ reflections }],
        channels: [{
          channel: 0,
          filter: 0,
          rightShift,
          lowBits: 0,
          scaleDefault: 20,
          rowShift: 0,
          coefficients: new Int16Array(1),
        }],
      });
      const shape = { kind: "int32", channelCount: 1, sampleCount } as const;
      const expected = encodeCrossChannel(samples, shape, set).whitened;
      const whitened = new Int16Array(sampleCount);
      const filter = reflectionFilter(reflections);
      whitenChannel(
        samples,
        { filter, rightShift, fractionBits },
        whitened,
        new Int16Array(sampleCount),
      );
      deepStrictEqual(whitened, expected, `order ${order}, F ${fractionBits}, d ${rightShift}`);
    }
  }
});
