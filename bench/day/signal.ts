/**
 * Bench, day. The signal of a synthetic day: real recordings over and over, under seeded noise.
 *
 * Hazard: noise is added electrode by electrode, in whole steps of the converter, so that channels which
 * are exact sums or copies of others stay so. Noise of each channel's own would break what the codec
 * lives on, and the day would be larger than the recordings it is made of.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { gridRange } from "@wavekeep/core/chunk";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import { edfSegments, openEdfInput } from "../../simulator/edf_source.ts";
import { exactSeconds } from "@wavekeep/core/time";
import { CHANNELS, eegSignal } from "../eeg_signal.ts";
import { CHANNEL_COUNT, RATE_HZ, SAMPLES_PER_CHUNK } from "../workloads.ts";

/**
 * What a patient wears. "scalp": 23 channels at 256 Hz; "mixed": the same, an oximeter at 1 Hz and an
 * accelerometer at 12.5 Hz; "wearable": four channels at 256 Hz; "dense": 128 channels at 512 Hz.
 */
export type DayShape = "scalp" | "mixed" | "wearable" | "dense";

/** Where the EEG comes from. */
export type DayOrigin = "CHB-MIT" | "synthetic";

/** One stream of a signal that goes on as long as one likes. */
export interface DayStream {
  readonly descriptor: StreamDescriptor;
  /**
   * Samples of a second, shape (channelCount, sampleCount) as the grid has it. To be asked for in order,
   * from 0.
   */
  second(second: number): Int32Array;
}

/** Recordings of CHB-MIT: their seconds follow each other, in the order of this list. */
const RECORDINGS = [
  "chb01_03_NonSeizure",
  "chb01_03_Seizure",
  "chb01_15_s1722-1772_reencoded",
  "chb01_18_s1710_edfplusD_reencoded",
  "chb01_21_s317_edfplusD_reencoded",
  "chb01_26_s1852_edfplusD_reencoded",
];

/** Both sides in front of and behind the ear, where wearables sit. */
const WEARABLE_LABELS = ["F7-T7", "T7-P7", "F8-T8", "T8-P8"];

/** How long the noiseless synthetic EEG is before it repeats, as long as the recordings are together. */
const SYNTHETIC_SECONDS = 192;

/** The EEG without noise: a channel table and seconds that are repeated. */
export interface EegSeconds {
  readonly origin: DayOrigin;
  readonly channels: readonly Channel[];
  /** Shape (23, 256) each. */
  readonly seconds: readonly Int32Array[];
}

/**
 * Reads the recordings, or makes the seeded synthetic signal where there are none.
 *
 * @param dataFolder Folder of the real recordings; undefined when there is none.
 * @throws {Error} A recording is not there, or is not of the plan's shape.
 */
export function eegSeconds(dataFolder: string | undefined): Promise<EegSeconds> {
  const seconds = known.get(dataFolder) ?? readEegSeconds(dataFolder);
  known.set(dataFolder, seconds);
  return seconds;
}

/** Read once a process: every shape is made of the same seconds. */
const known = new Map<string | undefined, Promise<EegSeconds>>();

async function readEegSeconds(dataFolder: string | undefined): Promise<EegSeconds> {
  if (dataFolder === undefined) {
    const seconds = eegSignal(20_761_107, SYNTHETIC_SECONDS).chunks;
    return { origin: "synthetic", channels: CHANNELS, seconds };
  }
  const seconds: Int32Array[] = [];
  let channels: readonly Channel[] | undefined;
  for (const name of RECORDINGS) {
    const input = await openEdfInput(`${dataFolder}/chbmit/${name}.edf`);
    try {
      const [stream] = input.channels.streams;
      channels ??= stream!.channels;
      assert(
        JSON.stringify(channels) === JSON.stringify(stream!.channels),
        `${name} has the channels of the recordings before it`,
      );
      for (const segment of edfSegments(input, { offset: exactSeconds(0), uncertainty: "0" })) {
        for await (const { samples } of segment.chunks([])) {
          if (samples.length === SAMPLES_PER_CHUNK) seconds.push(Int32Array.from(samples));
        }
      }
    } finally {
      input.close();
    }
  }
  return { origin: "CHB-MIT", channels: channels!, seconds };
}

/** The streams of a day. Equal arguments give equal samples. */
export function dayStreams(shape: DayShape, eeg: EegSeconds, seed: number): DayStream[] {
  if (shape === "wearable") {
    const rows = WEARABLE_LABELS.map((label) =>
      eeg.channels.findIndex((channel) => channel.label === label)
    );
    return [eegStream(eeg, rows, seed)];
  }
  if (shape === "dense") return [denseStream(eeg, seed)];
  const scalp = eegStream(eeg, eeg.channels.map((_, row) => row), seed);
  if (shape === "scalp") return [scalp];
  return [scalp, oximeterStream(seed + 1), accelerometerStream(seed + 2)];
}

function eegStream(eeg: EegSeconds, rows: readonly number[], seed: number): DayStream {
  const channels = rows.map((row, position) => ({ ...eeg.channels[row]!, position }));
  const electrodes = [...new Set(channels.flatMap(({ label }) => label.split("-")))];
  const pairs = channels.map(({ label }) =>
    label.split("-").map((name) => electrodes.indexOf(name))
  );
  const noise = electrodes.map(() => new Int8Array(RATE_HZ));
  const random = xorshift(seed);
  return {
    descriptor: { stream: 0, rate: sampleRate(RATE_HZ), kind: "int32", channels },
    second(second) {
      for (const row of noise) {
        for (let i = 0; i < row.length; i++) row[i] = smallStep(random());
      }
      // Another start in every minute, so that no two minutes are alike even without the noise.
      const minute = Math.floor(second / 60);
      const source = eeg.seconds[(second + 37 * minute) % eeg.seconds.length]!;
      const samples = new Int32Array(rows.length * RATE_HZ);
      rows.forEach((row, c) => {
        const [anode, cathode] = pairs[c]!;
        const { digitalMin, digitalMax } = channels[c]!.calibration!;
        for (let i = 0; i < RATE_HZ; i++) {
          const step = noise[anode!]![i]! - (cathode === undefined ? 0 : noise[cathode]![i]!);
          const value = source[row * RATE_HZ + i]! + step;
          samples[c * RATE_HZ + i] = Math.min(digitalMax, Math.max(digitalMin, value));
        }
      });
      return samples;
    },
  };
}

/** Channels of a dense recording, and how often each is sampled. */
export const DENSE_SHAPE = { channelCount: 128, rateHz: 2 * RATE_HZ } as const;

/** The EEG several times beside itself, each time from another second on; between two samples their mean. */
function denseStream(eeg: EegSeconds, seed: number): DayStream {
  const { channelCount, rateHz } = DENSE_SHAPE;
  const random = xorshift(seed);
  const rows = Array.from({ length: channelCount }, (_, c) => c % eeg.channels.length);
  return {
    descriptor: {
      stream: 0,
      rate: sampleRate(rateHz),
      kind: "int32",
      channels: rows.map((row, position) => ({
        ...eeg.channels[row]!,
        position,
        label: `E${position + 1}`,
      })),
    },
    second(second) {
      const samples = new Int32Array(channelCount * rateHz);
      rows.forEach((row, c) => {
        const copy = Math.floor(c / eeg.channels.length);
        const source = eeg.seconds[(second + 23 * copy) % eeg.seconds.length]!
          .subarray(row * RATE_HZ, (row + 1) * RATE_HZ);
        const { digitalMin, digitalMax } = eeg.channels[row]!.calibration!;
        for (let i = 0; i < rateHz; i++) {
          const before = source[i >> 1]!;
          const after = source[Math.min(RATE_HZ - 1, (i + 1) >> 1)]!;
          const value = ((before + after) >> 1) + smallStep(random());
          samples[c * rateHz + i] = Math.min(digitalMax, Math.max(digitalMin, value));
        }
      });
      return samples;
    },
  };
}

/** Saturation in percent, once a second: a slow walk with dips. */
function oximeterStream(seed: number): DayStream {
  const random = xorshift(seed);
  const rate = sampleRate(1);
  let value = 97;
  return {
    descriptor: {
      stream: 1,
      rate,
      kind: "int32",
      channels: [{
        position: CHANNEL_COUNT,
        label: "SpO2",
        type: "saturation",
        unit: "%",
        calibration: { digitalMin: 0, digitalMax: 100, physicalMin: "0", physicalMax: "100" },
        reference: "",
        prefilter: "",
      }],
    },
    second() {
      const draw = random() % 64;
      if (draw === 0) value -= 3;
      else if (draw < 5) value += draw % 2 === 0 ? 1 : -1;
      else if (draw < 12 && value < 97) value += 1;
      value = Math.min(99, Math.max(82, value));
      return Int32Array.of(value);
    },
  };
}

/** Three axes of a 12-bit accelerometer over ± 4 g at 12.5 Hz: posture, tremor, and turning over. */
function accelerometerStream(seed: number): DayStream {
  const random = xorshift(seed);
  const rate = sampleRate(25, 2);
  const axes = ["X", "Y", "Z"];
  const posture = [80, -60, 500];
  return {
    descriptor: {
      stream: 2,
      rate,
      kind: "int32",
      channels: axes.map((axis, i) => ({
        position: CHANNEL_COUNT + 1 + i,
        label: `ACC ${axis}`,
        type: "accelerometer",
        unit: "g",
        calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-4", physicalMax: "4" },
        reference: "",
        prefilter: "",
      })),
    },
    second(second) {
      const { start, end } = gridRange(rate, second);
      const count = end - start;
      const isMoving = random() % 40 === 0;
      const samples = new Int32Array(axes.length * count);
      axes.forEach((_, axis) => {
        for (let i = 0; i < count; i++) {
          if (isMoving) posture[axis]! += random() % 121 - 60;
          const value = posture[axis]! + smallStep(random()) + smallStep(random());
          samples[axis * count + i] = Math.min(2047, Math.max(-2048, value));
        }
        posture[axis] = Math.min(700, Math.max(-700, posture[axis]!));
      });
      return samples;
    },
  };
}

/** −1, 0, 0 or 1: half a step of the converter, as variance. */
function smallStep(random: number): number {
  const bits = (random >>> 7) & 3;
  return bits === 0 ? -1 : bits === 1 ? 1 : 0;
}

/** 32 bits at a time, the same on every machine. */
function xorshift(seed: number): () => number {
  let state = (seed | 0) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
