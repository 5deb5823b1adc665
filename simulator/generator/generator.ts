/**
 * A plausible 23-channel recording of any length, from a seed.
 *
 * Potentials of 21 electrodes are made first and subtracted pair by pair, so neighbouring channels relate
 * as in a real bipolar montage. Any second can be made on its own, in any order, in constant memory: a
 * resumed device needs no replay. Nobody recorded it, and nothing in it is copied from a recording.
 *
 * @module
 */

import type { AnnotationKind, Channel } from "@wavekeep/core/recording";
import type { SampleRate } from "@wavekeep/core/time";
import { sampleRate } from "@wavekeep/core/time";
import { addBlinks, addMuscle, addPops, type SecondInProgress } from "./artefacts.ts";
import { hash32, PURPOSE, unit } from "./hash.ts";
import { CHANNEL_LABELS, CHANNEL_PAIRS, ELECTRODES, nearness } from "./montage.ts";
import { createNoise } from "./noise_table.ts";
import { type BlockPlan, planBlock } from "./schedule.ts";
import { addSeizure, backgroundGain, POSTICTAL_SECONDS } from "./seizure.ts";
import { eyesClosed, sleepDepth, smoothStep } from "./state.ts";

/** Samples per second of every channel. */
export const SAMPLE_RATE_HZ = 256;
export const GENERATED_RATE: SampleRate = sampleRate(SAMPLE_RATE_HZ);

/** 12-bit converter over ± 800 µV, as in the recordings this resembles. */
const DIGITAL_MIN = -2048;
const DIGITAL_MAX = 2047;
const MICROVOLTS_PER_STEP = 1600 / 4095;
/** µV at digital 0. */
const MICROVOLTS_AT_ZERO = -800 - DIGITAL_MIN * MICROVOLTS_PER_STEP;

export const GENERATED_CHANNELS: readonly Channel[] = CHANNEL_LABELS.map((label, position) => ({
  position,
  label,
  type: "eeg",
  unit: "uV",
  calibration: {
    digitalMin: DIGITAL_MIN,
    digitalMax: DIGITAL_MAX,
    physicalMin: "-800",
    physicalMax: "800",
  },
  reference: "",
  prefilter: "",
}));

/** How a recording is made. */
export interface GeneratorOptions {
  readonly seed: number;
  /** One seizure and one disconnection in each block of this many seconds. */
  readonly blockSeconds: number;
  /** Time of day at sample 0, seconds since midnight: decides when the patient sleeps. */
  readonly startSecondOfDay: number;
}

/** Something that happened, to be sent as an annotation. */
export interface GeneratedEvent {
  readonly kind: AnnotationKind;
  readonly text: string;
  /** Sample of the onset, and how many samples it lasts; null for a moment. */
  readonly startSample: number;
  readonly sampleCount: number | null;
}

/** A recording that exists as soon as somebody looks. */
export interface Generator {
  /** Digital samples of second `index`, shape (23, 256), channel-major; a fresh array. */
  second(index: number): Int32Array;
  /** Events whose onset lies in the seconds [start, end), in order of onset. */
  events(start: number, end: number): GeneratedEvent[];
}

interface Source {
  readonly weights: Float64Array;
  readonly voice: number;
}

/** Makes a generator; the tables cost about a third of a second, each second about half a millisecond. */
export function createGenerator(options: GeneratorOptions): Generator {
  const { seed, blockSeconds } = options;
  const band = (centre: number, width: number) => (hertz: number) =>
    Math.exp(-((hertz - centre) ** 2) / (2 * width * width));
  const noise = (index: number, spectrum: (hertz: number) => number) =>
    createNoise(hash32(seed, PURPOSE.source, index), spectrum, SAMPLE_RATE_HZ);

  // Power falls a little slower than the square of frequency; below 0.5 Hz the amplifier takes over.
  const background = noise(0, (f) => Math.min(1, f / 0.5) / Math.max(0.5, f) ** 0.85);
  const alpha = noise(1, band(9.6 + 1.2 * unit(seed, PURPOSE.source, 100), 0.55));
  const beta = noise(2, band(20, 4));
  const delta = noise(3, band(1.2, 0.75));
  const theta = noise(4, band(5.5, 1.1));
  const sigma = noise(5, band(13.2, 0.7));
  const muscle = noise(6, (f) => smoothStep(18, 35, f) * (1 - 0.7 * smoothStep(70, 128, f)));

  const patches: Source[] = Array.from({ length: 9 }, (_, i) => {
    const angle = 2 * Math.PI * unit(seed, PURPOSE.source, 200 + i);
    const radius = Math.sqrt(unit(seed, PURPOSE.source, 300 + i));
    return {
      voice: i,
      weights: nearness(radius * Math.cos(angle), radius * Math.sin(angle), 0.45 + 0.05 * i),
    };
  });
  const pair = (x: number, y: number, width: number, voice = 0): Source[] => [
    { voice, weights: nearness(-x, y, width) },
    { voice: voice + 1, weights: nearness(x, y, width) },
  ];
  const occipital = pair(0.36, -1.02, 0.36);
  const frontal = pair(0.35, 0.6, 0.4);
  const central = pair(0.4, 0.1, 0.4, 2);
  const temporal = pair(0.85, 0.1, 0.5);

  const wave = new Float64Array(SAMPLE_RATE_HZ);
  const gain = new Float64Array(SAMPLE_RATE_HZ);
  const potentials = ELECTRODES.map(() => new Float64Array(SAMPLE_RATE_HZ));

  function addSources(
    from: { fill(out: Float64Array, start: number, voice: number): void },
    sources: readonly Source[],
    firstSample: number,
    amplitude: number,
  ): void {
    if (amplitude <= 0) return;
    for (const { weights, voice } of sources) {
      from.fill(wave, firstSample, voice);
      for (let i = 0; i < wave.length; i++) wave[i]! *= amplitude * gain[i]!;
      for (let e = 0; e < potentials.length; e++) {
        const weight = weights[e]!;
        if (weight < 0.01) continue;
        const potential = potentials[e]!;
        for (let i = 0; i < wave.length; i++) potential[i]! += weight * wave[i]!;
      }
    }
  }

  /** Fills `gain` with a slow function of time, evaluated eight times a second and interpolated. */
  function shapeGain(firstSample: number, plans: readonly BlockPlan[], f: (t: number) => number) {
    const step = SAMPLE_RATE_HZ / 8;
    for (let start = 0; start < SAMPLE_RATE_HZ; start += step) {
      const [a, b] = [start, start + step].map((i) => {
        const sample = firstSample + i;
        let value = f(sample / SAMPLE_RATE_HZ);
        for (const { seizure } of plans) value *= backgroundGain(seizure, sample, SAMPLE_RATE_HZ);
        return value;
      }) as [number, number];
      for (let i = 0; i < step; i++) gain[start + i] = a + (b - a) * i / step;
    }
  }

  function plansNear(firstSample: number): BlockPlan[] {
    const start = firstSample / SAMPLE_RATE_HZ;
    const first = Math.max(0, Math.floor((start - POSTICTAL_SECONDS - 1) / blockSeconds));
    const last = Math.floor((start + 1) / blockSeconds);
    const plans: BlockPlan[] = [];
    for (let block = first; block <= last; block++) {
      const plan = planBlock(seed, block, blockSeconds, SAMPLE_RATE_HZ);
      if (plan !== undefined) plans.push(plan);
    }
    return plans.filter(({ seizure, disconnection }) =>
      touches(firstSample, seizure.start, seizure.end + POSTICTAL_SECONDS * SAMPLE_RATE_HZ) ||
      touches(firstSample, disconnection.start, disconnection.end)
    );
  }

  return {
    second(index) {
      const firstSample = index * SAMPLE_RATE_HZ;
      const depth = sleepDepth(options.startSecondOfDay + index);
      const plans = plansNear(firstSample);
      const secondInProgress: SecondInProgress = {
        seed,
        firstSample,
        sampleRateHz: SAMPLE_RATE_HZ,
        potentials,
        sleepDepth: depth,
        isIctal: plans.some(({ seizure }) => touches(firstSample, seizure.start, seizure.end)),
      };
      for (const potential of potentials) potential.fill(0);

      const depthAt = (t: number) => sleepDepth(options.startSecondOfDay + t);
      shapeGain(firstSample, plans, () => 1);
      addSources(background, patches, firstSample, 17);
      for (let e = 0; e < potentials.length; e++) {
        // Each electrode's own noise: skin, amplifier, and a trace of the mains.
        background.fill(wave, firstSample, 50 + e);
        const potential = potentials[e]!;
        const hum = 0.3 + 1.1 * unit(seed, PURPOSE.electrode, e);
        for (let i = 0; i < wave.length; i++) {
          potential[i]! += 4.5 * wave[i]! * gain[i]! +
            hum * Math.sin(2 * Math.PI * 60 * i / SAMPLE_RATE_HZ);
        }
      }
      addSources(beta, frontal, firstSample, 5 - 3 * depth);
      shapeGain(firstSample, plans, (t) => {
        const awake = (1 - depthAt(t)) ** 2;
        return awake * (0.12 + 0.88 * eyesClosed(seed, t));
      });
      addSources(alpha, occipital, firstSample, 34);
      shapeGain(firstSample, plans, depthAt);
      addSources(delta, [...frontal, ...central], firstSample, 38);
      addSources(theta, temporal, firstSample, 14);
      shapeGain(firstSample, plans, (t) => spindleGain(seed, t) * depthAt(t));
      addSources(sigma, central, firstSample, 26);

      addBlinks(secondInProgress);
      addMuscle(secondInProgress, muscle);
      addPops(secondInProgress);
      for (const { seizure } of plans) addSeizure(secondInProgress, seizure, muscle);

      const samples = toDigital(potentials);
      for (const { disconnection } of plans) {
        unplug(samples, seed, firstSample, disconnection.start, disconnection.end);
      }
      return samples;
    },

    events(start, end) {
      const events: GeneratedEvent[] = [];
      const first = Math.max(0, Math.floor(start / blockSeconds) - 1);
      for (let block = first; block * blockSeconds < end; block++) {
        const plan = planBlock(seed, block, blockSeconds, SAMPLE_RATE_HZ);
        if (plan !== undefined) events.push(...eventsOf(plan));
      }
      return events
        .filter(({ startSample }) =>
          start * SAMPLE_RATE_HZ <= startSample && startSample < end * SAMPLE_RATE_HZ
        )
        .sort((a, b) => a.startSample - b.startSample);
    },
  };
}

function eventsOf(plan: BlockPlan): GeneratedEvent[] {
  const { seizure, button, disconnection } = plan;
  return [
    {
      kind: "seizure",
      text: "Seizure",
      startSample: seizure.start,
      sampleCount: seizure.end - seizure.start,
    },
    { kind: "button", text: "Patient button", startSample: button, sampleCount: null },
    {
      kind: "device-status",
      text: "Electrode box disconnected",
      startSample: disconnection.start,
      sampleCount: disconnection.end - disconnection.start,
    },
  ];
}

/** Bursts of half a second to a second and a half, a few a minute. */
function spindleGain(seed: number, t: number): number {
  const slot = Math.floor(t / 6);
  const start = slot * 6 + 4 * unit(seed, PURPOSE.spindle, slot * 2);
  const duration = 0.6 + 0.9 * unit(seed, PURPOSE.spindle, slot * 2 + 1);
  const x = (t - start) / duration;
  return x < 0 || x > 1 ? 0 : Math.sin(Math.PI * x) ** 2;
}

function touches(firstSample: number, start: number, end: number): boolean {
  return firstSample < end && start < firstSample + SAMPLE_RATE_HZ;
}

/** Bipolar differences through the converter, which clips at its rails as a real one does. */
function toDigital(potentials: readonly Float64Array[]): Int32Array {
  const samples = new Int32Array(CHANNEL_PAIRS.length * SAMPLE_RATE_HZ);
  let at = 0;
  for (const [first, second] of CHANNEL_PAIRS) {
    const a = potentials[first]!;
    const b = potentials[second]!;
    for (let i = 0; i < SAMPLE_RATE_HZ; i++) {
      const steps = Math.round((a[i]! - b[i]! - MICROVOLTS_AT_ZERO) / MICROVOLTS_PER_STEP);
      samples[at++] = Math.min(DIGITAL_MAX, Math.max(DIGITAL_MIN, steps));
    }
  }
  return samples;
}

/** The plug is out: inputs hit a rail for half a second, lie flat, and hit a rail again. */
function unplug(
  samples: Int32Array,
  seed: number,
  firstSample: number,
  start: number,
  end: number,
): void {
  const from = Math.max(start, firstSample);
  const to = Math.min(end, firstSample + SAMPLE_RATE_HZ);
  const railed = Math.min(SAMPLE_RATE_HZ / 2, Math.floor((end - start) / 4));
  for (let channel = 0; channel < CHANNEL_PAIRS.length; channel++) {
    const rail = unit(seed, PURPOSE.disconnection, 1000 + channel) < 0.5
      ? DIGITAL_MIN
      : DIGITAL_MAX;
    for (let sample = from; sample < to; sample++) {
      const isRailed = sample < start + railed || sample >= end - railed;
      samples[channel * SAMPLE_RATE_HZ + sample - firstSample] = isRailed ? rail : 0;
    }
  }
}
