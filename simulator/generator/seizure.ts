/**
 * A focal seizure of the left temporal lobe that spreads and becomes bilateral.
 *
 * Four stages, as an electroencephalographer would tell them: the background flattens and low fast
 * activity appears at the focus (4 s); rhythmic theta grows, slows and spreads; spike-and-wave at about
 * 3 per second over both sides, slowing; abrupt end, then flat and slow for a minute.
 *
 * @module
 */

import type { SecondInProgress } from "./artefacts.ts";
import { addBurst } from "./artefacts.ts";
import { electrodeIndex, ELECTRODES } from "./montage.ts";
import type { Noise } from "./noise_table.ts";
import type { Episode } from "./schedule.ts";
import { smoothStep } from "./state.ts";

const FOCUS = ELECTRODES[electrodeIndex("T7")]!;
const DISTANCES = ELECTRODES.map((e) => Math.hypot(e.x - FOCUS.x, e.y - FOCUS.y));
/** From the place on the other side where the second half of the seizure answers. */
const MIRROR_DISTANCES = ELECTRODES.map((e) =>
  Math.hypot(e.x + FOCUS.x * 0.8, e.y - FOCUS.y - 0.25)
);

/** Where the wave comes from: sources beneath, never the same potential at every electrode. */
const ONSET_SECONDS = 4;
export const POSTICTAL_SECONDS = 60;

/** What is left of the background: 1 outside a seizure, less while it lasts and after. */
export function backgroundGain(seizure: Episode, sample: number, sampleRateHz: number): number {
  const d = (sample - seizure.start) / sampleRateHz;
  const after = (sample - seizure.end) / sampleRateHz;
  if (d < 0 || after > POSTICTAL_SECONDS) return 1;
  if (after < 0) return 1 - 0.55 * smoothStep(0, 2, d);
  return 0.35 + 0.1 * (1 - smoothStep(0, 1, after)) +
    0.65 * smoothStep(POSTICTAL_SECONDS * 0.4, POSTICTAL_SECONDS, after) -
    0.1 * smoothStep(POSTICTAL_SECONDS * 0.4, POSTICTAL_SECONDS, after) *
      (1 - smoothStep(0, 1, after));
}

/** Adds the seizure's own waves, and the slow waves after it, to one second. */
export function addSeizure(second: SecondInProgress, seizure: Episode, muscle: Noise): void {
  const { firstSample, sampleRateHz, potentials } = second;
  const length = potentials[0]!.length;
  const total = (seizure.end - seizure.start) / sampleRateHz;
  for (let i = 0; i < length; i++) {
    const d = (firstSample + i - seizure.start) / sampleRateHz;
    if (d < 0 || d > total + POSTICTAL_SECONDS) continue;
    if (d < total) addIctal(potentials, i, d, total);
    else addPostictal(potentials, i, d - total);
  }
  const middle = seizure.start / sampleRateHz + total * 0.5;
  for (const [site, amplitude] of [["T7", 26], ["T8", 18], ["F7", 16], ["F8", 14]] as const) {
    addBurst(second, muscle, { start: middle, duration: total * 0.5, site, amplitude });
  }
}

function addIctal(
  potentials: readonly Float64Array[],
  i: number,
  d: number,
  total: number,
): void {
  // Short seizures of short recordings go through the same stages, faster.
  const onset = Math.min(ONSET_SECONDS, total * 0.2);
  const turn = total * 0.45;
  const cross = Math.min(2, total * 0.06);
  const fade = 1 - smoothStep(total - 0.5, total, d);

  const fast = smoothStep(0, onset, d) * (1 - smoothStep(onset - cross / 2, onset + cross, d));
  const theta = smoothStep(onset - cross, onset + cross, d) *
    (1 - smoothStep(turn - cross, turn + cross, d));
  const spikes = smoothStep(turn - cross, turn + cross, d);

  const fastPhase = sweptPhase(d, 0, onset, 24, 15);
  const thetaPhase = sweptPhase(d, onset, turn, 7, 4) + 0.5 * Math.sin(1.3 * d);
  // No brain keeps time like a clock: the rhythm wavers by a tenth of a cycle.
  const spikePhase = sweptPhase(d, turn, total, 3.4, 2.1) + 0.7 * Math.sin(0.83 * d) +
    0.4 * Math.sin(2.1 * d + 1);
  const thetaProgress = Math.min(1, Math.max(0, (d - onset) / (turn - onset)));
  const thetaAmplitude = (30 + 80 * thetaProgress) * (1 + 0.2 * Math.sin(2.3 * d));
  const thetaSpread = 0.32 + 0.4 * thetaProgress;
  const spikeProgress = Math.min(1, Math.max(0, (d - turn) / (total - turn)));
  const spikeCycles = spikePhase / (2 * Math.PI);
  const spikeAmplitude = 110 + 80 * Math.sin(Math.PI * Math.min(1, spikeProgress * 0.8)) +
    22 * Math.sin(0.9 * spikeCycles) + 14 * Math.sin(2.7 * spikeCycles);

  for (let e = 0; e < potentials.length; e++) {
    const distance = DISTANCES[e]!;
    let value = 0;
    if (fast > 0) {
      value += fast * 26 * falloff(distance, 0.3) * Math.sin(fastPhase - 1.1 * distance);
    }
    if (theta > 0) {
      const phase = thetaPhase - 0.9 * distance;
      value += theta * thetaAmplitude * falloff(distance, thetaSpread) *
        (Math.sin(phase) + 0.38 * Math.sin(2 * phase + 0.6));
    }
    if (spikes > 0) {
      const mirror = MIRROR_DISTANCES[e]!;
      value += spikes * spikeAmplitude * (
        falloff(distance, 0.62) * spikeAndWave(spikeCycles - 0.05 * distance) +
        (0.35 + 0.45 * spikeProgress) * falloff(mirror, 0.6) *
          spikeAndWave(spikeCycles - 0.07 - 0.05 * mirror)
      );
    }
    potentials[e]![i]! += fade * value;
  }
}

/** Diffuse slow waves, strongest over the focus, dying away. */
function addPostictal(potentials: readonly Float64Array[], i: number, after: number): void {
  const envelope = smoothStep(0.5, 4, after) * (1 - smoothStep(20, POSTICTAL_SECONDS, after));
  if (envelope === 0) return;
  const phase = 2 * Math.PI * (1.1 * after + 0.35 * Math.sin(after * 0.7));
  for (let e = 0; e < potentials.length; e++) {
    const distance = DISTANCES[e]!;
    potentials[e]![i]! += envelope * 48 * falloff(distance, 0.9) *
      (Math.sin(phase - 0.8 * distance) + 0.3 * Math.sin(1.7 * phase + 2 * distance));
  }
}

/** Phase of a wave whose frequency glides from `f0` at `start` to `f1` at `end`, held after that. */
function sweptPhase(d: number, start: number, end: number, f0: number, f1: number): number {
  const t = d - start;
  const span = end - start;
  const glided = Math.min(t, span);
  const cycles = f0 * glided + (f1 - f0) * glided * Math.max(0, glided) / (2 * span) +
    f1 * (t - glided);
  return 2 * Math.PI * cycles;
}

/** One cycle: a sharp negative spike, then a rounded wave the other way round. */
function spikeAndWave(cycles: number): number {
  const x = cycles - Math.floor(cycles);
  const spike = -1.1 * Math.exp(-(((x - 0.12) / 0.035) ** 2));
  const rebound = 0.45 * Math.exp(-(((x - 0.22) / 0.04) ** 2));
  const wave = x > 0.28 ? -0.75 * Math.sin(Math.PI * (x - 0.28) / 0.72) ** 1.3 : 0;
  return spike + rebound + wave;
}

function falloff(distance: number, sigma: number): number {
  return Math.exp(-(distance * distance) / (2 * sigma * sigma));
}
