/**
 * Bench. The plan's JSON, which both designs speak: one chunk as a request, one window as an answer.
 *
 * The same bytes go to both, so neither pays for a longer body.
 *
 * @module
 */

import { uniqueLabels } from "@wavekeep/core/recording";
import { MONTAGE, physicalRows } from "./eeg_signal.ts";
import { RATE_HZ } from "./workloads.ts";

/** The one patient of the bench. */
export const PATIENT_ID = "bench";

/** Channel names that are unique, as both answer with them. */
export const CHANNEL_NAMES: readonly string[] = uniqueLabels(MONTAGE);

/** `POST /ingest` of the plan, before it becomes text. */
export function planChunk(recordingId: string, sequence: number, chunk: Int32Array): unknown {
  return {
    "patient_id": PATIENT_ID,
    "recording_id": recordingId,
    channels: CHANNEL_NAMES,
    start: sequence,
    "sample_rate": RATE_HZ,
    samples: physicalRows(chunk).map((row) => Array.from(row)),
  };
}

/** A window in samples from the start of a recording, half-open. */
export interface BenchWindow {
  readonly recordingId: string;
  readonly start: number;
  readonly end: number;
  /** Names; all channels when absent. */
  readonly channels?: readonly string[];
}

/** `/eeg?…` of the plan. 1/256 s has an exact decimal, so no sample is lost to rounding. */
export function windowPath(window: BenchWindow): string {
  const query = new URLSearchParams({
    "patient_id": PATIENT_ID,
    "recording_id": window.recordingId,
    start: String(window.start / RATE_HZ),
    end: String(window.end / RATE_HZ),
    ...(window.channels === undefined ? {} : { channels: window.channels.join(",") }),
  });
  return `/eeg?${query}`;
}

/** The answer of the plan's `GET /eeg`. */
export interface PlanWindowAnswer {
  readonly channels: Readonly<
    Record<string, readonly { readonly timestamp: number; readonly value: number }[]>
  >;
}

/**
 * Compares an answer with the signal that was sent.
 *
 * @param samples What came back, by channel, in microvolts.
 * @throws {Error} A channel or a sample is missing or different: the timing would be worthless.
 */
export function verifyWindow(
  who: string,
  samples: ReadonlyMap<string, ArrayLike<number>>,
  window: BenchWindow,
  chunks: readonly Int32Array[],
): void {
  const names = window.channels ?? CHANNEL_NAMES;
  const fail = (why: string): never => {
    const range = `samples ${window.start} to ${window.end} of ${window.recordingId}`;
    throw new Error(`Cannot time ${who}: its answer for ${range} is wrong: ${why}`);
  };
  if (samples.size !== names.length) fail(`${samples.size} channels, not ${names.length}`);
  const truth = new Map<number, Float64Array[]>();
  for (const name of names) {
    const found = samples.get(name) ?? fail(`no channel ${name}`);
    const wanted = window.end - window.start;
    if (found.length !== wanted) fail(`${found.length} samples of ${name}, not ${wanted}`);
    for (let i = 0; i < found.length; i++) {
      const second = Math.floor((window.start + i) / RATE_HZ);
      if (!truth.has(second)) truth.set(second, physicalRows(chunks[second]!));
      const value = truth.get(second)![CHANNEL_NAMES.indexOf(name)]![(window.start + i) % RATE_HZ]!;
      if (!(Math.abs(found[i]! - value) < 1e-9)) {
        fail(`sample ${window.start + i} of ${name} is ${found[i]}, not ${value}`);
      }
    }
  }
}

/** Values of the plan's answer by channel, for {@link verifyWindow}. Checks the timestamps too. */
export function planValues(answer: PlanWindowAnswer, window: BenchWindow): Map<string, number[]> {
  return new Map(
    Object.entries(answer.channels).map(([name, list]) => {
      list.forEach(({ timestamp }, i) => {
        const expected = (window.start + i) / RATE_HZ;
        if (Math.abs(timestamp - expected) > 1e-9) {
          throw new Error(`Cannot time a window: a timestamp is ${timestamp}, not ${expected}`);
        }
      });
      return [name, list.map(({ value }) => value)];
    }),
  );
}
