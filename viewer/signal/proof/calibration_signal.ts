/**
 * The calibration signal: a square wave of 50 µV and impulses of one sample, in place of what was recorded.
 *
 * It takes the place of the samples inside the chunks, before anything is done to them, so it goes where
 * they go: calibration, montage, filters, scale, renderer. Chunks, gaps and channels stay as they are.
 *
 * @module
 */

import { gainAndOffset } from "@wavekeep/core/calibration";
import { rateHz, sampleRate } from "@wavekeep/core/time";
import type { ChunkKey, ChunkStore, StoredChunk } from "../chunk_store.ts";
import type { ChannelModel, RecordingModel } from "../recording_model.ts";

/** From the lower to the upper level, µV. */
export const SQUARE_MICROVOLTS = 50;
/** Height of an impulse above the level it stands on, µV. */
export const IMPULSE_MICROVOLTS = 100;
/** Of the wave. Short enough that nothing is flat for so long that it counts as a channel that is stuck. */
export const PERIOD_SECONDS = 0.4;
/** One impulse in so many periods. */
const IMPULSE_PERIODS = 10;
/** Each channel is so much of a period later than the one before, or differences would be flat. */
const DELAYS = 16;

/**
 * What the signal is at a sample, µV.
 *
 * @param channel Row of the channel in its chunk.
 * @param period Samples of one period, 4 or more.
 *
 * @example An impulse of one sample three quarters through the first period
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { calibrationAt } from "./calibration_signal.ts";
 *
 * deepStrictEqual([0, 49, 50, 74, 75, 76].map((i) => calibrationAt(i, 0, 100)),
 *   [25, 25, -25, -25, 75, -25]);
 * ```
 */
export function calibrationAt(sample: number, channel: number, period: number): number {
  const delay = Math.floor(channel % DELAYS * period / DELAYS);
  const long = period * IMPULSE_PERIODS;
  const at = ((sample - delay) % long + long) % long;
  const level = (at % period < period / 2 ? 1 : -1) * SQUARE_MICROVOLTS / 2;
  return at === Math.floor(period * 0.75) ? level + IMPULSE_MICROVOLTS : level;
}

/** Samples of one period at a rate. */
export function calibrationPeriod(rate: number): number {
  return Math.max(4, Math.round(rate * PERIOD_SECONDS));
}

/** The store with the signal in the place of the samples: what is there is there, at the same samples. */
export function withCalibrationSignal(
  store: Pick<ChunkStore, "get" | "state">,
  model: RecordingModel,
): Pick<ChunkStore, "get" | "state"> {
  return {
    state: (key, revision) => store.state(key, revision),
    get(key) {
      const chunk = store.get(key);
      return chunk && replaceSamples(chunk, key, model);
    },
  };
}

function replaceSamples(chunk: StoredChunk, key: ChunkKey, model: RecordingModel): StoredChunk {
  const stream = model.segments.find(({ id }) => id === key.segmentId)?.streams
    .find((one) => one.stream === key.stream);
  if (stream === undefined) return chunk;
  const { samples: count, seconds } = stream.rate;
  const period = calibrationPeriod(rateHz(sampleRate(BigInt(count), BigInt(seconds))));
  const samples = chunk.samples.slice();
  const isWhole = samples instanceof Int32Array;
  stream.channels.forEach((channel, index) => {
    const toDigital = digitalOf(channel, model);
    for (let i = 0; i < chunk.sampleCount; i++) {
      const digital = toDigital(calibrationAt(chunk.firstSample + i, index, period));
      samples[index * chunk.sampleCount + i] = isWhole ? Math.round(digital) : digital;
    }
  });
  return { ...chunk, samples };
}

/** µV to what the recorder would have written; what is no voltage gets a fifth of its range for 50 µV. */
function digitalOf(
  { row, calibration }: ChannelModel,
  model: RecordingModel,
): (microvolts: number) => number {
  const { microvoltsPerUnit, range } = model.rows[row]!;
  const unitOf = (microvolts: number) => {
    if (microvoltsPerUnit !== null) return microvolts / microvoltsPerUnit;
    if (range === null) return microvolts;
    const share = microvolts / (5 * SQUARE_MICROVOLTS);
    return (range.min + range.max) / 2 + share * (range.max - range.min);
  };
  const scale = calibration === null || !model.rows[row]!.isPhysical
    ? undefined
    : gainAndOffset(calibration);
  if (scale === undefined) return unitOf;
  return (microvolts) => unitOf(microvolts) / scale.gain - scale.offset;
}
