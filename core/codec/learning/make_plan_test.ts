/** Choosing how to whiten. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { montageChunk } from "../../testing/signals.ts";
import { LAGGED_TERMS_MAX } from "../parameter_set.ts";
import { makePlan } from "./make_plan.ts";
import { StreamProfile } from "./stream_profile.ts";

function profileOf(channelCount: number): StreamProfile {
  const profile = new StreamProfile(channelCount);
  const sampleCount = 64;
  const samples = montageChunk(prng(16), { channelCount, sampleCount, amplitude: 100 });
  profile.observe(samples, sampleCount);
  return profile;
}

Deno.test("makePlan() models every channel in nearly equal groups that a set can hold", () => {
  for (const channelCount of [1, 2, 64, 97, 200, 300, 512]) {
    const { plan } = makePlan(profileOf(channelCount), { filterCount: 1, sampleCount: Infinity })!;
    strictEqual(plan.channels.length, channelCount);
    ok(plan.groupSize <= 96 && plan.groupSize * plan.lags <= LAGGED_TERMS_MAX);
    const lastGroup = channelCount % plan.groupSize || plan.groupSize;
    ok(plan.groupSize - lastGroup < Math.ceil(channelCount / plan.groupSize));
  }
});

Deno.test("makePlan() makes small groups from few samples", () => {
  const profile = profileOf(64);
  const sizes = [1, 160, 320, 640].map((sampleCount) =>
    makePlan(profile, { filterCount: 1, sampleCount })!.plan.groupSize
  );
  deepStrictEqual(sizes, [1, 22, 32, 64]);
});

Deno.test("makePlan() is undefined when there is nothing to model", () => {
  const profile = new StreamProfile(1);
  profile.observe(Int32Array.from({ length: 50 }, (_, t) => t > 20 ? 90_000 : 0), 50);
  strictEqual(makePlan(profile, { filterCount: 1, sampleCount: Infinity }), undefined);
});
