/**
 * The generator as a device.
 *
 * The axis of the generated signal is the axis of the recording: second 3 of the signal is second 3 of
 * the recording, whichever segment holds it. So a device that comes back after a pause goes on with the
 * same patient, and what happened meanwhile was not recorded.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { CivilStart, ClockStatus, StreamDescriptor } from "@wavekeep/core/recording";
import { exactSeconds, formatSeconds } from "@wavekeep/core/time";
import type { DeviceSource, SourceMark, SourceSegment } from "./device_source.ts";
import {
  createGenerator,
  GENERATED_CHANNELS,
  GENERATED_RATE,
  type GeneratedEvent,
  type Generator,
  type GeneratorOptions,
  SAMPLE_RATE_HZ,
} from "./generator/generator.ts";

export const SYNTHETIC_STREAM: StreamDescriptor = {
  stream: 0,
  rate: GENERATED_RATE,
  kind: "int32",
  channels: GENERATED_CHANNELS,
};

/** A stretch of seconds that a synthetic device records. */
export interface SyntheticStretch {
  readonly key: string;
  /** Whole seconds from recording start. */
  readonly startSecond: number;
  /** Second after the last; null: until stopped. */
  readonly endSecond: number | null;
  readonly clock: ClockStatus;
}

export interface SyntheticOptions extends GeneratorOptions {
  readonly startedAt: CivilStart;
  /** Device time of second 0 of the recording, µs since 1970 UTC. */
  readonly startedAtMicros: bigint;
  readonly stretches: readonly SyntheticStretch[];
}

/** A device that records stretches of a generated patient. */
export function syntheticSource(options: SyntheticOptions): DeviceSource {
  const generator = createGenerator(options);
  const { stretches } = options;
  const isOpen = stretches.some(({ endSecond }) => endSecond === null);
  return {
    startedAt: options.startedAt,
    segments: stretches.map((stretch) => segmentOf(generator, stretch, options.startedAtMicros)),
    totalSeconds: isOpen
      ? null
      : stretches.reduce((sum, { startSecond, endSecond }) => sum + endSecond! - startSecond, 0),
    notices: [],
    marks(start, end) {
      // An event is known when it is over, and it was recorded when it began inside a stretch.
      const from = Math.max(0, Math.floor(start) - LONGEST_EVENT_SECONDS);
      const to = Math.min(end, lastSecond(stretches) + 1);
      return generator.events(from, Math.max(from, Math.ceil(to)))
        .filter(({ startSample }) => isRecorded(startSample / SAMPLE_RATE_HZ, stretches))
        .map((event) => toMark(options.seed, event, stretches))
        .filter(({ dueSeconds }) => start <= dueSeconds && dueSeconds < end)
        .sort((a, b) => a.dueSeconds - b.dueSeconds);
    },
    async *artifacts() {},
    close() {},
  };
}

const LONGEST_EVENT_SECONDS = 120;

function segmentOf(
  generator: Generator,
  stretch: SyntheticStretch,
  startedAtMicros: bigint,
): SourceSegment {
  const { key, startSecond, endSecond, clock } = stretch;
  return {
    key,
    start: exactSeconds(startSecond),
    startUncertainty: "0",
    clock,
    openedMicros: startedAtMicros + BigInt(startSecond) * 1_000_000n,
    streams: [SYNTHETIC_STREAM],
    sampleCounts: endSecond === null ? null : [(endSecond - startSecond) * SAMPLE_RATE_HZ],
    async *chunks([from = 0]) {
      for (let k = from; endSecond === null || startSecond + k < endSecond; k++) {
        yield {
          stream: 0,
          sequence: k,
          firstSample: k * SAMPLE_RATE_HZ,
          sampleCount: SAMPLE_RATE_HZ,
          samples: generator.second(startSecond + k),
        };
      }
    },
  };
}

function toMark(
  seed: number,
  event: GeneratedEvent,
  stretches: readonly SyntheticStretch[],
): SourceMark {
  const onset = exactSeconds(event.startSample, SAMPLE_RATE_HZ);
  const end = (event.startSample + (event.sampleCount ?? 0)) / SAMPLE_RATE_HZ;
  return {
    // An event that outlasts the recording is known when the recording ends.
    dueSeconds: Math.min(end, lastSecond(stretches)),
    annotation: {
      "annotation_id": createHash("sha256")
        .update(`wavekeep/simulator/event/v1\0${seed}\0${event.kind}\0${event.startSample}`)
        .digest("hex").slice(0, 32),
      kind: event.kind,
      source: event.kind === "seizure" ? "algorithm" : "device",
      anchor: { coordinate: "recording", onset: formatSeconds(onset) },
      duration: event.sampleCount === null
        ? null
        : formatSeconds(exactSeconds(event.sampleCount, SAMPLE_RATE_HZ)),
      text: event.text,
    },
  };
}

function lastSecond(stretches: readonly SyntheticStretch[]): number {
  return Math.max(...stretches.map(({ endSecond }) => endSecond ?? Infinity));
}

function isRecorded(second: number, stretches: readonly SyntheticStretch[]): boolean {
  return stretches.some(({ startSecond, endSecond }) =>
    startSecond <= second && second < (endSecond ?? Infinity)
  );
}
