import { ok, strictEqual } from "node:assert/strict";
import { fft, planFft } from "./fft.ts";
import type { Run } from "./page_data.ts";
import { frameLength, spectrogram } from "./spectrogram.ts";

const options = { start: 0, end: 10, columnsMax: 50, microvoltsPerUnit: 1 };

function sine(hertz: number, microvolts: number, rate = 256, seconds = 10): Run {
  const values = Float32Array.from(
    { length: rate * seconds },
    (_, i) => microvolts * Math.sin(2 * Math.PI * hertz * i / rate),
  );
  return { startSeconds: 0, secondsPerSample: 1 / rate, values };
}

Deno.test("fft() agrees with the definition", () => {
  const length = 32;
  const input = Float64Array.from({ length }, (_, i) => Math.sin(i * i) + i % 3);
  const real = input.slice(), imaginary = new Float64Array(length);
  fft(planFft(length), real, imaginary);
  for (let k = 0; k < length; k++) {
    let re = 0, im = 0;
    input.forEach((value, n) => {
      re += value * Math.cos(2 * Math.PI * k * n / length);
      im -= value * Math.sin(2 * Math.PI * k * n / length);
    });
    ok(Math.abs(re - real[k]!) < 1e-9 && Math.abs(im - imaginary[k]!) < 1e-9, `line ${k}`);
  }
});

Deno.test("spectrogram() keeps the power of a sine: A²/2, whatever the frame", () => {
  for (const rate of [256, 200, 512]) {
    const picture = spectrogram([sine(10, 50, rate)], options)!;
    const column = picture.power.subarray(25 * picture.binCount, 26 * picture.binCount);
    let sum = 0;
    for (const db of column) sum += 10 ** (db / 10) * picture.hertzPerBin;
    ok(Math.abs(sum / 1250 - 1) < 0.01, `${rate} Hz: ${sum} µV²`);
  }
});

Deno.test("spectrogram() ends at 70 Hz, or at half the rate where that is lower", () => {
  const fast = spectrogram([sine(10, 50)], options)!;
  strictEqual((fast.binCount - 1) * fast.hertzPerBin, 70);
  const slow = spectrogram([sine(10, 50, 100)], options)!;
  strictEqual((slow.binCount - 1) * slow.hertzPerBin, 50);
});

Deno.test("spectrogram() is blank where a frame would touch a hole", () => {
  const { values } = sine(10, 50);
  const runs = [
    { startSeconds: 0, secondsPerSample: 1 / 256, values: values.subarray(0, 1024) },
    { startSeconds: 6, secondsPerSample: 1 / 256, values: values.subarray(1536) },
  ];
  const { power, binCount } = spectrogram(runs, options)!;
  const isBlank = (second: number) => Number.isNaN(power[Math.floor(second * 5) * binCount]!);
  strictEqual(
    [0.2, 1, 3, 3.8, 5, 6.2, 7, 9.9].map(isBlank).join(),
    [
      true,
      false,
      false,
      true,
      true,
      true,
      false,
      true,
    ].join(),
  );
});

Deno.test("spectrogram() reads millivolts as microvolts", () => {
  const picture = spectrogram([sine(10, 0.05)], { ...options, microvoltsPerUnit: 1000 })!;
  const peak = picture.power[25 * picture.binCount + 10]!;
  ok(peak > 25 && peak < 35, `${peak} dB`);
});

Deno.test("frameLength() is about a second", () => {
  strictEqual(frameLength(1 / 256), 256);
  strictEqual(frameLength(1 / 200), 256);
  strictEqual(frameLength(1 / 1), 16);
});
