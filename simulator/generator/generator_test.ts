import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { transform } from "./fourier.ts";
import {
  createGenerator,
  GENERATED_CHANNELS,
  type Generator,
  SAMPLE_RATE_HZ,
} from "./generator.ts";

const OPTIONS = { seed: 7, blockSeconds: 600, startSecondOfDay: 9 * 3600 };
const generator = createGenerator(OPTIONS);
const MICROVOLTS = 1600 / 4095;

/** Channel `label` over some seconds, µV. */
function trace(from: Generator, label: string, start: number, seconds: number): Float64Array {
  const row = GENERATED_CHANNELS.findIndex((channel) => channel.label === label);
  const values = new Float64Array(seconds * SAMPLE_RATE_HZ);
  for (let s = 0; s < seconds; s++) {
    const second = from.second(start + s);
    for (let i = 0; i < SAMPLE_RATE_HZ; i++) {
      values[s * SAMPLE_RATE_HZ + i] = second[row * SAMPLE_RATE_HZ + i]! * MICROVOLTS;
    }
  }
  return values;
}

/** Mean power between two frequencies, µV². */
function bandPower(values: Float64Array, low: number, high: number): number {
  const { re, im } = transform({ re: values, im: new Float64Array(values.length) });
  let power = 0;
  for (let k = 1; k < values.length / 2; k++) {
    const hertz = k * SAMPLE_RATE_HZ / values.length;
    if (low <= hertz && hertz < high) power += 2 * (re[k]! ** 2 + im[k]! ** 2);
  }
  return power / values.length ** 2;
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

Deno.test("createGenerator() makes any second alone, in any order, the same", () => {
  const forwards = [40, 41, 42].map((s) => generator.second(s));
  const again = createGenerator(OPTIONS);
  deepStrictEqual(again.second(42), forwards[2]);
  deepStrictEqual(again.second(40), forwards[0]);
});

Deno.test("createGenerator() gives another recording for another seed", () => {
  notDeepStrictEqual(createGenerator({ ...OPTIONS, seed: 8 }).second(3), generator.second(3));
});

Deno.test("createGenerator() is stable: a hash of chosen seconds", () => {
  const hash = createHash("sha256");
  for (const second of [0, 1, 205, 230, 505, 86_400 * 30]) hash.update(generator.second(second));
  strictEqual(
    hash.digest("hex"),
    "786dfebc40aebaa88d13bed4c53b1364818786102ad61cae7e1fc8fe19f95ac9",
  );
});

Deno.test("second() joins the next one without a step", () => {
  for (const label of ["FP1-F7", "P7-O1", "C3-P3"]) {
    const values = trace(generator, label, 60, 30);
    let largest = 0;
    let largestAtSeam = 0;
    for (let i = 1; i < values.length; i++) {
      const step = Math.abs(values[i]! - values[i - 1]!);
      if (i % SAMPLE_RATE_HZ === 0) largestAtSeam = Math.max(largestAtSeam, step);
      else largest = Math.max(largest, step);
    }
    ok(largestAtSeam <= largest, `${label}: ${largestAtSeam} µV at a seam, ${largest} elsewhere`);
  }
});

Deno.test("second() has the spectrum of an EEG: falling, with alpha at the back", () => {
  const back = trace(generator, "P7-O1", 30, 120);
  const front = trace(generator, "FP1-F3", 30, 120);
  ok(bandPower(back, 8, 12) > 3 * bandPower(back, 13, 17), "alpha stands out over the occiput");
  ok(bandPower(back, 8, 12) > 2 * bandPower(front, 8, 12), "alpha is posterior");
  ok(bandPower(front, 0.5, 4) > 4 * bandPower(front, 20, 40), "power falls with frequency");
  for (const values of [back, front]) ok(rms(values) > 8 && rms(values) < 60, String(rms(values)));
});

Deno.test("second() has slow waves instead of alpha at night", () => {
  const night = createGenerator({ ...OPTIONS, startSecondOfDay: 23.6 * 3600 });
  const slow = (from: Generator) => bandPower(trace(from, "F3-C3", 30, 60), 0.5, 2);
  const alpha = (from: Generator) => bandPower(trace(from, "P7-O1", 30, 60), 8, 12);
  ok(slow(night) > 2 * slow(generator));
  ok(alpha(night) < alpha(generator) / 2);
});

Deno.test("events() and the signal agree on the seizure and the disconnection", () => {
  const events = generator.events(0, 600);
  deepStrictEqual(events.map(({ kind }) => kind), ["seizure", "button", "device-status"]);
  const [seizure, , unplugged] = events;
  const onset = Math.ceil(seizure!.startSample / SAMPLE_RATE_HZ);
  const length = Math.floor(seizure!.sampleCount! / SAMPLE_RATE_HZ);
  const before = rms(trace(generator, "F7-T7", onset - 20, 15));
  ok(rms(trace(generator, "F7-T7", onset + 15, length - 20)) > 2.5 * before, "ictal amplitude");
  const spikes = trace(generator, "F7-T7", onset + Math.floor(length * 0.7), 8);
  ok(
    bandPower(spikes, 2, 4) > bandPower(spikes, 4.2, 6),
    "two to four per second late in the seizure",
  );
  const flat = trace(
    generator,
    "F7-T7",
    Math.floor(unplugged!.startSample / SAMPLE_RATE_HZ) + 3,
    3,
  );
  strictEqual(rms(flat), 0);
});

Deno.test("events() of adjoining ranges are those of the whole, once each", () => {
  const whole = generator.events(0, 3000);
  const parts = Array.from({ length: 3000 }, (_, s) => generator.events(s, s + 1)).flat();
  deepStrictEqual(parts, whole);
  strictEqual(whole.length, 15);
});

Deno.test("second() stays on the converter's scale, rails only when unplugged", () => {
  for (let s = 0; s < 500; s += 7) {
    for (const value of generator.second(s)) ok(value > -2048 && value < 2047, `second ${s}`);
  }
  const [, , unplugged] = generator.events(0, 600);
  const second = generator.second(Math.floor(unplugged!.startSample / SAMPLE_RATE_HZ));
  ok(second.includes(-2048) && second.includes(2047));
});
