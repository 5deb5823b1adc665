/**
 * Bench. A seeded 23-channel recording that compresses and looks like scalp EEG.
 *
 * Electrodes carry background activity of their own plus sources they share with their neighbours;
 * channels are differences of electrodes, as in a bipolar montage, so some are exact sums of others.
 *
 * Hazard: results are compared between machines, so there is nothing here but + − × and rounding, which
 * IEEE 754 defines to the bit; `Math.sin` and its kind may differ. A test holds the digest.
 *
 * @module
 */

import { toPhysical } from "@wavekeep/core/calibration";
import type { Calibration, Channel } from "@wavekeep/core/recording";
import { CHANNEL_COUNT, RATE_HZ } from "./workloads.ts";

/** Channels as CHB-MIT names and orders them; T8-P8 is there twice. */
export const MONTAGE: readonly string[] = (
  "FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 F8-T8 T8-P8 " +
  "P8-O2 FZ-CZ CZ-PZ P7-T7 T7-FT9 FT9-FT10 FT10-T8 T8-P8"
).split(" ");

/** A 12-bit converter over ± 800 µV: 0.39 µV a step. */
export const CALIBRATION: Calibration = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};

const MICROVOLTS_PER_STEP = 1600 / 4095;

/** The channel table of every workload. */
export const CHANNELS: readonly Channel[] = MONTAGE.map((label, position) => ({
  position,
  label,
  type: "eeg",
  unit: "uV",
  calibration: CALIBRATION,
  reference: "",
  prefilter: "",
}));

/** Electrodes: where they sit (left to right, back to front, both −1 to 1). */
const ELECTRODES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  FP1: [-0.3, 0.9],
  FP2: [0.3, 0.9],
  F7: [-0.8, 0.5],
  F3: [-0.4, 0.5],
  FZ: [0, 0.5],
  F4: [0.4, 0.5],
  F8: [0.8, 0.5],
  FT9: [-1, 0.3],
  FT10: [1, 0.3],
  T7: [-1, 0],
  C3: [-0.5, 0],
  CZ: [0, 0],
  C4: [0.5, 0],
  T8: [1, 0],
  P7: [-0.8, -0.5],
  P3: [-0.4, -0.5],
  PZ: [0, -0.5],
  P4: [0.4, -0.5],
  P8: [0.8, -0.5],
  O1: [-0.3, -0.9],
  O2: [0.3, -0.9],
};

/** Sources that several electrodes see: place, reach, and a resonance (two poles of radius r). */
interface Source {
  readonly x: number;
  readonly y: number;
  /** Squared distance at which it is down to a half. */
  readonly reach: number;
  readonly microvolts: number;
  /** 2 r cos θ and r²: θ = 2π f / 256, written out so that nothing is computed with a cosine. */
  readonly feedback: readonly [number, number];
}

const SOURCES: readonly Source[] = [
  // 10 Hz, posterior, both sides.
  { x: -0.3, y: -0.8, reach: 0.3, microvolts: 7.5, feedback: [1.9209, 0.9801] },
  { x: 0.3, y: -0.8, reach: 0.3, microvolts: 7.5, feedback: [1.9209, 0.9801] },
  // 6 Hz, temporal.
  { x: -0.8, y: 0.2, reach: 0.4, microvolts: 6.0, feedback: [1.9586, 0.9801] },
  { x: 0.8, y: 0.2, reach: 0.4, microvolts: 6.0, feedback: [1.9586, 0.9801] },
  // 2 Hz, wide.
  { x: 0, y: 0.3, reach: 0.8, microvolts: 4.0, feedback: [1.9776, 0.9801] },
  // 20 Hz, frontal.
  { x: 0, y: 0.7, reach: 0.4, microvolts: 4.0, feedback: [1.7464, 0.9801] },
];

/** Background of each electrode: three leaky sums of noise make a spectrum that falls with frequency. */
const BACKGROUND: readonly { readonly leak: number; readonly microvolts: number }[] = [
  { leak: 0.99, microvolts: 4.2 },
  { leak: 0.9, microvolts: 2.6 },
  { leak: 0.3, microvolts: 2.6 },
];

/** A recording: digital samples, one chunk a second. */
export interface EegSignal {
  /** Shape (channelCount, sampleCount) each, channel-major. Index = sequence. */
  readonly chunks: readonly Int32Array[];
}

/**
 * The signal of a seed.
 *
 * @param seconds How many one-second chunks.
 * @returns The same bits for the same seed, on every machine; a longer signal starts with the shorter.
 */
export function eegSignal(seed: number, seconds: number): EegSignal {
  const noise = noiseSource(seed);
  const names = Object.keys(ELECTRODES);
  const places = Object.values(ELECTRODES);
  const weights = places.map(([x, y]) =>
    Float64Array.from(SOURCES, (source) => {
      const distance = (x - source.x) * (x - source.x) + (y - source.y) * (y - source.y);
      return source.microvolts * source.reach / (source.reach + distance);
    })
  );
  const pairs = MONTAGE.map((label) => label.split("-").map((name) => names.indexOf(name)));
  const resonators = SOURCES.map(() => new Float64Array(2));
  const sums = places.map(() => new Float64Array(BACKGROUND.length));
  const potentials = new Float64Array(places.length);

  const chunks: Int32Array[] = [];
  for (let second = 0; second < seconds; second++) {
    const chunk = new Int32Array(CHANNEL_COUNT * RATE_HZ);
    for (let k = 0; k < RATE_HZ; k++) {
      stepSources(resonators, noise);
      for (let e = 0; e < potentials.length; e++) {
        potentials[e] = stepBackground(sums[e]!, noise) + mix(weights[e]!, resonators);
      }
      for (let c = 0; c < CHANNEL_COUNT; c++) {
        const [anode, cathode] = pairs[c]!;
        chunk[c * RATE_HZ + k] = digitise(potentials[anode!]! - potentials[cathode!]!);
      }
    }
    chunks.push(chunk);
  }
  return { chunks };
}

/** A chunk in microvolts, one list a channel: what the plan's JSON carries. */
export function physicalRows(chunk: Int32Array): Float64Array[] {
  return MONTAGE.map((_, c) =>
    toPhysical(chunk.subarray(c * RATE_HZ, (c + 1) * RATE_HZ), CALIBRATION)
  );
}

function stepSources(resonators: readonly Float64Array[], noise: () => number): void {
  for (let s = 0; s < SOURCES.length; s++) {
    const state = resonators[s]!;
    const [a1, a2] = SOURCES[s]!.feedback;
    const next = noise() * 0.3 + a1 * state[0]! - a2 * state[1]!;
    state[1] = state[0]!;
    state[0] = next;
  }
}

function stepBackground(sums: Float64Array, noise: () => number): number {
  let total = 0;
  for (let b = 0; b < BACKGROUND.length; b++) {
    const { leak, microvolts } = BACKGROUND[b]!;
    sums[b] = sums[b]! * leak + noise();
    total += sums[b]! * microvolts;
  }
  return total;
}

function mix(weights: Float64Array, resonators: readonly Float64Array[]): number {
  let total = 0;
  for (let s = 0; s < weights.length; s++) total += weights[s]! * resonators[s]![0]!;
  return total;
}

function digitise(microvolts: number): number {
  const step = Math.round(microvolts / MICROVOLTS_PER_STEP);
  return step < CALIBRATION.digitalMin
    ? CALIBRATION.digitalMin
    : step > CALIBRATION.digitalMax
    ? CALIBRATION.digitalMax
    : step;
}

/** Bell-shaped noise, variance 1/3: the sum of four uniform numbers of a 32-bit xorshift. */
function noiseSource(seed: number): () => number {
  let state = (seed | 0) || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 32;
  };
  return () => uniform() + uniform() + uniform() + uniform();
}
