import { ok, throws } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { Fourier } from "./fourier.ts";
import { halve, halvingScratch, halvingsOf } from "./halve.ts";

Deno.test("Fourier says what the sum says, for every length that windows have", () => {
  const random = prng(3);
  for (const length of [1, 2, 3, 4, 5, 6, 8, 15, 32, 60, 200, 250, 256, 320, 400, 486, 498 - 18]) {
    const fourier = new Fourier(length);
    const real = Float64Array.from({ length }, () => random.below(2001) - 1000);
    const imaginary = Float64Array.from({ length }, () => random.below(2001) - 1000);
    for (let run = 0; run < 2; run++) {
      fourier.real.set(real);
      fourier.imaginary.set(imaginary);
      const found = fourier.run();
      for (let k = 0; k < length; k++) {
        let re = 0, im = 0;
        for (let n = 0; n < length; n++) {
          const angle = -2 * Math.PI * (k * n % length) / length;
          re += real[n]! * Math.cos(angle) - imaginary[n]! * Math.sin(angle);
          im += real[n]! * Math.sin(angle) + imaginary[n]! * Math.cos(angle);
        }
        const isNear = Math.abs(found.real[k]! - re) < 1e-7 &&
          Math.abs(found.imaginary[k]! - im) < 1e-7;
        ok(isNear, `line ${k} of ${length}`);
      }
    }
  }
  throws(() => new Fourier(14));
});

Deno.test("halve() keeps what is below 30 Hz and drops what would fold into it", () => {
  ok([256, 500, 512, 1000, 200, 250, 2048].map(halvingsOf).join() === "1,2,2,3,0,1,4");
  const rate = 256;
  const scratch = new Float64Array(halvingScratch(10 * rate));
  const amplitude = (hertz: number) => {
    const values = Float64Array.from(
      { length: 10 * rate },
      (_, i) => Math.sin(2 * Math.PI * hertz * i / rate),
    );
    halve(values, { start: 0, end: 10 * rate }, values, scratch);
    return Math.max(...values.subarray(rate, 4 * rate).map(Math.abs));
  };
  for (const hertz of [0.5, 5, 15, 30]) ok(Math.abs(amplitude(hertz) - 1) < 0.01, `${hertz} Hz`);
  for (const hertz of [98, 110, 120, 127]) ok(amplitude(hertz) < 5e-4, `${hertz} Hz`);
  const constant = new Float64Array(2 * rate).fill(50);
  halve(constant, { start: 0, end: 2 * rate }, constant, scratch);
  ok(constant.subarray(0, rate).every((value) => Math.abs(value - 50) < 1e-9));
});
