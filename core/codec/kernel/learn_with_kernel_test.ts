/** The kernel's loops of learning and their plain twins give the same numbers. @module */

import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../../testing/mod.ts";
import { addCovariance } from "../learning/covariance.ts";
import { whitenChannel } from "../learning/whiten.ts";
import { autocorrelateWhole } from "../learning/whole_autocorrelation.ts";
import { reflectionFilter } from "../reflection_filter.ts";
import { allowKernel } from "./instance.ts";

/** Runs the same with the kernel and without. */
function bothWays<Result>(run: () => Result): void {
  allowKernel(true);
  const fast = run();
  allowKernel(false);
  const plain = run();
  allowKernel(true);
  deepStrictEqual(fast, plain);
}

function values(random: ReturnType<typeof prng>, length: number): Int16Array {
  const reach = [1, 3, 100, 6000, 32_767][random.below(5)]!;
  return Int16Array.from({ length }, () => random.below(2 * reach + 1) - reach);
}

Deno.test("addCovariance() is the same by the kernel, for every size of values", () => {
  const random = prng(201);
  for (let i = 0; i < 200; i++) {
    const channelCount = 1 + random.below(20);
    const sampleCount = 1 + random.below(300);
    const whitened = values(random, channelCount * sampleCount);
    const lagCount = 1 + random.below(5);
    bothWays(() => {
      const sums = new Float64Array(lagCount * channelCount * channelCount).fill(0.5);
      addCovariance(whitened, sampleCount, 0.37, sums);
      return sums;
    });
  }
});

Deno.test("addCovariance() adds the largest products without a carry lost", () => {
  const whitened = new Int16Array(4 * 512).fill(32_767);
  bothWays(() => {
    const sums = new Float64Array(3 * 16);
    addCovariance(whitened, 512, 1, sums);
    return sums;
  });
});

Deno.test("autocorrelateWhole() is the same by the kernel", () => {
  const random = prng(202);
  for (let i = 0; i < 200; i++) {
    const x = values(random, 1 + random.below(600));
    bothWays(() => {
      const lags = new Float64Array(33);
      autocorrelateWhole(x, lags);
      return lags;
    });
  }
});

Deno.test("whitenChannel() is the same by the kernel, for every order and shift", () => {
  const random = prng(203);
  for (let i = 0; i < 300; i++) {
    const filter = reflectionFilter(
      Int16Array.from({ length: i % 33 }, (_, m) => {
        const reach = 32_767 >> Math.min(m, 8);
        return random.below(2 * reach + 1) - reach;
      }),
    );
    const rightShift = random.below(13);
    const fractionBits = random.below(5);
    const samples = Int32Array.from(
      { length: 1 + random.below(120) },
      () => (random.below(32_768) - 16_384) * 2 ** rightShift + random.below(2 ** rightShift),
    );
    bothWays(() => {
      const whitened = new Int16Array(samples.length);
      const past = new Int16Array(samples.length);
      whitenChannel(samples, { filter, rightShift, fractionBits }, whitened, past);
      return whitened;
    });
  }
});
