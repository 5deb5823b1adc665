/**
 * What a recording holds besides the brain: blinks, muscle, electrode pops.
 *
 * Each kind lives in slots of fixed length, one possible event a slot; a second looks at the slots that
 * can reach into it.
 *
 * @module
 */

import { PURPOSE, unit } from "./hash.ts";
import { electrodeIndex, ELECTRODES, nearness } from "./montage.ts";
import type { Noise } from "./noise_table.ts";
import { eyesClosed, smoothStep } from "./state.ts";

/** The second being made, and what it is added to. */
export interface SecondInProgress {
  readonly seed: number;
  /** First sample of the second. */
  readonly firstSample: number;
  readonly sampleRateHz: number;
  /** µV, per electrode (electrodeCount × samples of the second). */
  readonly potentials: readonly Float64Array[];
  /** 0 awake … 1 deep sleep, at the start of the second. */
  readonly sleepDepth: number;
  /** Whether a seizure touches the second: nobody blinks calmly through one. */
  readonly isIctal: boolean;
}

/** How strongly an eyelid reaches each electrode: the front of the head, falling off quickly. */
const BLINK_WEIGHTS = (() => {
  const weights = nearness(0, 1.15, 0.33);
  const front = weights[electrodeIndex("FP1")]!;
  return weights.map((w) => w / front);
})();
const BLINK_SLOT_SECONDS = 3;
const MUSCLE_SLOT_SECONDS = 25;
const POP_SLOT_SECONDS = 90;
const POP_REACH_SECONDS = 3;

/** The sites where jaw and scalp muscles lie under the electrodes. */
const MUSCLE_SITES = ["T7", "T8", "F7", "F8", "FT9", "FT10"] as const;

/** Blinks: a third of a second, positive at the forehead; only with open eyes, awake. */
export function addBlinks(second: SecondInProgress): void {
  if (second.isIctal) return;
  eachSlot(second, BLINK_SLOT_SECONDS, 1, (slot, slotStart) => {
    const u = (which: number) => unit(second.seed, PURPOSE.blink, slot * 4 + which);
    const start = slotStart + u(0) * (BLINK_SLOT_SECONDS - 0.5);
    if (u(1) > 0.62 || second.sleepDepth > 0.25 || eyesClosed(second.seed, start) > 0.3) return;
    const amplitude = 90 + 90 * u(2);
    const duration = 0.28 + 0.14 * u(3);
    addShape(second, start, duration, BLINK_WEIGHTS, (x) => {
      // Fast down, slower up, then a small overshoot.
      const rise = Math.sin(Math.PI * Math.min(1, x ** 0.75));
      return amplitude * (rise * rise - 0.12 * smoothStep(0.75, 0.9, x) * (1 - x));
    });
  });
}

/** Muscle: bursts of fast noise over one temple, for a second up to six. */
export function addMuscle(second: SecondInProgress, noise: Noise): void {
  eachSlot(second, MUSCLE_SLOT_SECONDS, 7, (slot, slotStart) => {
    const u = (which: number) => unit(second.seed, PURPOSE.muscle, slot * 8 + which);
    if (u(0) > 0.45 - 0.4 * second.sleepDepth) return;
    const start = slotStart + u(1) * (MUSCLE_SLOT_SECONDS - 7);
    const duration = 1 + 5 * u(2);
    const site = MUSCLE_SITES[Math.floor(u(3) * MUSCLE_SITES.length)]!;
    const amplitude = 12 + 28 * u(4);
    addBurst(second, noise, { start, duration, site, amplitude });
  });
}

/** Fast noise under an envelope at one site. */
export function addBurst(
  second: SecondInProgress,
  noise: Noise,
  burst: { start: number; duration: number; site: string; amplitude: number },
): void {
  const electrode = ELECTRODES[electrodeIndex(burst.site)]!;
  const weights = nearness(electrode.x, electrode.y, 0.38);
  const wave = new Float64Array(second.potentials[0]!.length);
  noise.fill(wave, second.firstSample, electrodeIndex(burst.site));
  const from = second.firstSample;
  const ramp = Math.min(0.25, 0.2 / burst.duration);
  addShape(second, burst.start, burst.duration, weights, (x, i) => {
    const envelope = smoothStep(0, ramp, x) * (1 - smoothStep(1 - ramp, 1, x));
    return burst.amplitude * envelope * wave[i - from]!;
  });
}

/** Electrode pops: a step at one electrode that decays; its two neighbours show it in mirror. */
export function addPops(second: SecondInProgress): void {
  eachSlot(second, POP_SLOT_SECONDS, POP_REACH_SECONDS, (slot, slotStart) => {
    const u = (which: number) => unit(second.seed, PURPOSE.pop, slot * 8 + which);
    if (u(0) > 0.5) return;
    const start = slotStart + u(1) * (POP_SLOT_SECONDS - POP_REACH_SECONDS);
    const electrode = Math.floor(u(2) * ELECTRODES.length);
    const amplitude = (u(3) < 0.5 ? -1 : 1) * (80 + 220 * u(4));
    const decaySeconds = 0.12 + 0.35 * u(5);
    const weights = new Float64Array(ELECTRODES.length);
    weights[electrode] = 1;
    addShape(second, start, POP_REACH_SECONDS, weights, (x) =>
      // The last tenth fades to nothing, so that no step marks the end of our patience.
      amplitude * Math.exp(-x * POP_REACH_SECONDS / decaySeconds) *
      (1 - smoothStep(0.9, 1, x)));
  });
}

/** Calls back for each slot whose event can reach into the second. */
function eachSlot(
  second: SecondInProgress,
  slotSeconds: number,
  reachSeconds: number,
  visit: (slot: number, slotStart: number) => void,
): void {
  const start = second.firstSample / second.sampleRateHz;
  const end = start + second.potentials[0]!.length / second.sampleRateHz;
  const first = Math.max(0, Math.floor((start - reachSeconds) / slotSeconds));
  for (let slot = first; slot * slotSeconds < end; slot++) visit(slot, slot * slotSeconds);
}

/** Adds `shape(x, sample)` for the samples at which 0 ≤ x < 1, weighted per electrode. */
function addShape(
  second: SecondInProgress,
  startSeconds: number,
  durationSeconds: number,
  weights: Float64Array,
  shape: (x: number, sample: number) => number,
): void {
  const { sampleRateHz, firstSample, potentials } = second;
  const endOfSecond = firstSample + potentials[0]!.length;
  const from = Math.max(firstSample, Math.ceil(startSeconds * sampleRateHz));
  const to = Math.min(endOfSecond, Math.ceil((startSeconds + durationSeconds) * sampleRateHz));
  for (let sample = from; sample < to; sample++) {
    const x = (sample / sampleRateHz - startSeconds) / durationSeconds;
    const value = shape(x, sample);
    for (let e = 0; e < potentials.length; e++) {
      const weight = weights[e]!;
      if (weight > 0.005) potentials[e]![sample - firstSample]! += weight * value;
    }
  }
}
