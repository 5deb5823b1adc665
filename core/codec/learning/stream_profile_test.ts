/** What is known of single channels. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../testing/prng.ts";
import { eegChunk } from "../../testing/signals.ts";
import { StreamProfile } from "./stream_profile.ts";

const SAMPLE_COUNT = 256;

/** A chunk whose channels come from a function each. */
function chunk(...channels: ((t: number) => number)[]): Int32Array {
  const samples = new Int32Array(channels.length * SAMPLE_COUNT);
  channels.forEach((at, c) => {
    for (let t = 0; t < SAMPLE_COUNT; t++) samples[c * SAMPLE_COUNT + t] = at(t);
  });
  return samples;
}

const random = prng(15);
const WAVE = eegChunk(random, { channelCount: 1, sampleCount: SAMPLE_COUNT, amplitude: 200 });
const wave = (t: number) => WAVE[t]!;

Deno.test("StreamProfile leaves out copies until they differ", () => {
  const profile = new StreamProfile(3);
  profile.observe(chunk(wave, (t) => -wave(t), wave), SAMPLE_COUNT);
  deepStrictEqual([0, 1, 2].map((c) => profile.isModellable(c)), [true, true, false]);
  profile.observe(chunk(wave, wave, (t) => wave(t) + t % 2), SAMPLE_COUNT);
  deepStrictEqual([0, 1, 2].map((c) => profile.isModellable(c)), [true, true, true]);
});

Deno.test("StreamProfile leaves out lines that step, and keeps constants and quiet waves", () => {
  const profile = new StreamProfile(4);
  const trigger = (t: number) => t > 100 && t < 110 ? 65_280 : 255;
  profile.observe(chunk(trigger, () => 7, (t) => wave(t) >> 7, wave), SAMPLE_COUNT);
  deepStrictEqual([0, 1, 2, 3].map((c) => profile.isModellable(c)), [false, true, true, true]);
});

Deno.test("StreamProfile leaves out what swings beyond the format's range", () => {
  const profile = new StreamProfile(2);
  const wild = (t: number) => t % 2 === 0 ? -(2 ** 31) : 2 ** 31 - 1;
  profile.observe(chunk(wild, wave), SAMPLE_COUNT);
  deepStrictEqual([0, 1].map((c) => profile.isModellable(c)), [false, true]);
});

Deno.test("StreamProfile finds shared low bits and how far to shift", () => {
  const profile = new StreamProfile(3);
  profile.observe(chunk((t) => 3 + 8 * wave(t), (t) => 1000 * wave(t), wave), SAMPLE_COUNT);
  strictEqual(profile.lowBits(0), 3);
  strictEqual(profile.lowBits(1), 3);
  strictEqual(profile.lowBits(2), 0);
  strictEqual(profile.rightShift(2), 0);
  ok(profile.rightShift(1) > 0);
});

Deno.test("StreamProfile does not believe low bits of a channel that hardly moved", () => {
  const profile = new StreamProfile(1);
  profile.observe(chunk((t) => t === 9 ? 4 : 0), SAMPLE_COUNT);
  strictEqual(profile.lowBits(0), 0);
});

Deno.test("StreamProfile knows a channel as well at a thousandth of its loudness", () => {
  const profile = new StreamProfile(2);
  profile.observe(chunk(wave, (t) => 64 * wave(t)), SAMPLE_COUNT);
  const [soft, loud] = [profile.lagsOf(0), profile.lagsOf(1)];
  for (let lag = 1; lag < soft.length; lag++) {
    ok(Math.abs(soft[lag]! / soft[0]! - loud[lag]! / loud[0]!) < 1e-3);
  }
});
