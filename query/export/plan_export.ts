/**
 * From timelines to the data records of one EDF+ or BDF+ file.
 *
 * Sole owner of what an export holds. One contiguous run is EDF+C, several are EDF+D, and no gap is ever
 * closed. All signals of a file share its records, so the streams must begin together and have gaps
 * together; where they do not, the export is refused with the reason, because the alternative is to make
 * samples up. A last record that is not full is padded, and the file says how many samples are real.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Calibration, Channel } from "@wavekeep/core/recording";
import {
  addSeconds,
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  intersectRanges,
  rangeLength,
  rateHz,
  type SampleRange,
  secondsOfSample,
} from "@wavekeep/core/time";
import type { OpenRecording, OpenStream } from "../open_recording.ts";
import { later, type TimeRange, windowSamples } from "../window/gaps.ts";
import { horizon, secondsAt, type StreamTimeline } from "../window/timeline.ts";
import { chooseRecordDuration } from "./record_duration.ts";

/** A stream with its timeline. */
export interface ExportStream {
  readonly stream: OpenStream;
  readonly timeline: StreamTimeline;
}

/** One signal of the file. */
export interface ExportSignal {
  readonly channel: Channel & { readonly calibration: Calibration };
  /** Index of the stream within its segment's list, and the row in its chunks. */
  readonly streamIndex: number;
  readonly row: number;
}

/** A contiguous stretch of one segment, over all its streams. */
export interface ExportRun {
  readonly streams: readonly ExportStream[];
  /** Samples of each stream. */
  readonly samples: readonly SampleRange[];
  /** Seconds from recording start. */
  readonly onset: ExactSeconds;
  readonly recordCount: number;
  /** Samples of each stream that the last record lacks. */
  readonly padding: readonly number[];
}

/** What a file will hold. */
export interface ExportPlan {
  readonly signals: readonly ExportSignal[];
  readonly runs: readonly ExportRun[];
  readonly recordDuration: ExactSeconds;
  /** Samples per record of each stream. */
  readonly samplesPerRecord: readonly number[];
  readonly recordCount: number;
  readonly isContiguous: boolean;
}

/** Bytes of a sample, for sizing records. */
const BYTES_PER_SAMPLE = 2;

/**
 * Plans a file.
 *
 * @param window What to export; everything when absent.
 * @throws {ProblemError} `export-impossible`, naming the reason.
 */
export function planExport(
  recording: OpenRecording,
  streams: readonly ExportStream[],
  window: Partial<TimeRange>,
): ExportPlan {
  if (recording.key === undefined) throw impossible("the patient was erased");
  const bySegment = recording.segments.map(({ segmentNumber }) =>
    streams.filter(({ stream }) => stream.segmentNumber === segmentNumber)
  );
  const stretches = bySegment.flatMap((own) => stretchesOf(own, window))
    .sort((a, b) => compareSeconds(a.onset, b.onset));
  const [first] = stretches;
  if (first === undefined) throw impossible("nothing is stored in this range");
  const signals = signalsOf(first.streams);
  const table = tableText(first.streams);
  for (const { streams } of stretches) {
    if (tableText(streams) === table) continue;
    throw impossible(
      `segment ${streams[0]!.stream.segmentNumber} has another channel table than segment ` +
        `${first.streams[0]!.stream.segmentNumber}; export each by its own start and end`,
    );
  }
  const rates = first.streams.map(({ stream }) => stream.rate);
  const choice = chooseRecordDuration({
    rates,
    runs: stretches.map(({ samples }) => samples.map(rangeLength)),
    bytesPerSecond: first.streams.reduce(
      (sum, { stream }) => sum + BYTES_PER_SAMPLE * stream.channelCount * rateHz(stream.rate),
      0,
    ),
  });
  if (choice === undefined) {
    throw impossible(
      "no record duration of eight characters holds a whole number of samples of every channel",
    );
  }
  const runs = stretches.map((stretch) => runOf(stretch, choice.samples));
  refuseOverlap(runs, choice.duration);
  return {
    signals,
    runs,
    recordDuration: choice.duration,
    samplesPerRecord: choice.samples,
    recordCount: runs.reduce((sum, { recordCount }) => sum + recordCount, 0),
    isContiguous: runs.every((run, index) =>
      index === 0 || compareSeconds(endOf(runs[index - 1]!, choice.duration), run.onset) === 0
    ),
  };
}

/** @returns The problem that an export is refused with. */
export function impossible(reason: string): ProblemError {
  return new ProblemError("export-impossible", { detail: `Cannot export: ${reason}` });
}

interface Stretch {
  readonly streams: readonly ExportStream[];
  readonly samples: readonly SampleRange[];
  readonly onset: ExactSeconds;
}

/** The stretches in which all streams of one segment have samples. */
function stretchesOf(streams: readonly ExportStream[], window: Partial<TimeRange>): Stretch[] {
  if (streams.length === 0) return [];
  const end = settledEnd(streams, window);
  const pieces = streams.map(({ timeline }) => {
    const wanted = windowSamples(timeline, { start: window.start ?? timeline.origin, end });
    return timeline.stored.map((range) => intersectRanges(range, wanted))
      .filter((range) => rangeLength(range) > 0);
  });
  const [lead] = pieces;
  if (pieces.every((ranges) => ranges.length === 0)) return [];
  if (pieces.some((ranges) => ranges.length !== lead!.length)) {
    throw impossible(
      `streams of segment ${streams[0]!.stream.segmentNumber} have gaps at different times; ` +
        "one file has gaps of all channels only",
    );
  }
  return lead!.map((range, piece) => {
    const onset = secondsAt(streams[0]!.timeline, range.start);
    const samples = streams.map((_, index) => pieces[index]![piece]!);
    streams.forEach(({ timeline }, index) => {
      const found = secondsAt(timeline, samples[index]!.start);
      if (compareSeconds(found, onset) === 0) return;
      throw impossible(
        `stream ${timeline.stream} of segment ${timeline.segmentNumber} begins at ` +
          `${formatSeconds(found)} s where stream ${streams[0]!.stream.stream} begins at ` +
          `${formatSeconds(onset)} s; choose a start at which all channels have a sample`,
      );
    });
    return { streams, samples, onset };
  });
}

/**
 * Where to stop: the window's end, or for an open end where the slowest stream has got to, since a live
 * stream may be a chunk ahead of another.
 */
function settledEnd(streams: readonly ExportStream[], window: Partial<TimeRange>): ExactSeconds {
  if (window.end !== undefined) return window.end;
  const ends = streams.map(({ timeline }) => secondsAt(timeline, horizon(timeline)));
  const furthest = ends.reduce(later);
  if (streams.some(({ timeline }) => timeline.statedEnd !== null)) return furthest;
  const nearest = ends.reduce((a, b) => compareSeconds(a, b) < 0 ? a : b);
  // Less than a sample of the slowest stream is not a lag.
  const slack = streams.map(({ timeline }) => secondsOfSample(timeline.rate, 1)).reduce(later);
  return compareSeconds(furthest, addSeconds(nearest, slack)) < 0 ? furthest : nearest;
}

function runOf(stretch: Stretch, samplesPerRecord: readonly number[]): ExportRun {
  const counts = stretch.samples.map((range, index) =>
    Math.ceil(rangeLength(range) / samplesPerRecord[index]!)
  );
  const recordCount = Math.max(...counts);
  if (counts.some((count) => count !== recordCount)) {
    throw impossible(
      `streams of segment ${stretch.streams[0]!.stream.segmentNumber} end more than a record ` +
        "apart; choose an earlier end",
    );
  }
  return {
    ...stretch,
    recordCount,
    padding: stretch.samples.map((range, index) =>
      recordCount * samplesPerRecord[index]! - rangeLength(range)
    ),
  };
}

function refuseOverlap(runs: readonly ExportRun[], duration: ExactSeconds): void {
  for (const [index, run] of runs.entries()) {
    const before = runs[index - 1];
    if (before === undefined || compareSeconds(endOf(before, duration), run.onset) <= 0) continue;
    throw impossible(
      `records of ${formatSeconds(duration)} s would overlap at ${formatSeconds(run.onset)} s; ` +
        "export the two sides apart",
    );
  }
}

/** When the last record of a run ends, in seconds from recording start. */
export function endOf(run: ExportRun, duration: ExactSeconds): ExactSeconds {
  const count = exactSeconds(duration.numerator * BigInt(run.recordCount), duration.denominator);
  return addSeconds(run.onset, count);
}

/** Signals in file order. */
function signalsOf(streams: readonly ExportStream[]): ExportSignal[] {
  const signals = streams.flatMap(({ stream }, streamIndex) =>
    stream.channels.map((channel, row) => {
      if (stream.kind !== "int32") {
        throw impossible(
          `channel ${channel.position} holds ${stream.kind} values, EDF holds integers only`,
        );
      }
      if (channel.calibration === null) {
        throw impossible(`channel ${channel.position} has no calibration, EDF wants one`);
      }
      return {
        channel: { ...channel, calibration: channel.calibration },
        streamIndex,
        row,
      };
    })
  );
  return signals.sort((a, b) => a.channel.position - b.channel.position);
}

/** Everything of a channel table that one file can have only once. */
function tableText(streams: readonly ExportStream[]): string {
  return JSON.stringify(streams.map(({ stream }) => [
    stream.stream,
    stream.rate.samples.toString(),
    stream.rate.seconds.toString(),
    stream.kind,
    stream.channels,
  ]));
}
