/**
 * Which files of a BIDS dataset the samples of a recording go into.
 *
 * Sole owner of runs. A run is a stretch without a hole: BIDS readers take a file for continuous. Streams of
 * one rate that have their stretches together share files; otherwise each stream has files of its own,
 * told apart by `acq-stream<number>`, since readers bring signals of several rates in one file to one rate.
 * Every stored sample is in exactly one file: a dataset is the whole recording or nothing.
 *
 * @see https://bids-specification.readthedocs.io/en/stable/modality-specific-files/electroencephalography.html
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type Channel } from "@wavekeep/core/recording";
import {
  addSeconds,
  compareSeconds,
  equalRates,
  type ExactSeconds,
  rangeLength,
  type SampleRate,
  secondsOfSample,
} from "@wavekeep/core/time";
import {
  type ExportPlan,
  type ExportStream,
  impossible,
  planExport,
} from "../export/plan_export.ts";
import type { OpenRecording, OpenStream } from "../open_recording.ts";
import { later } from "../window/gaps.ts";
import { secondsAt } from "../window/timeline.ts";
import { bidsLabel, channelNamesOf, taskLabel } from "./bids_names.ts";

/** One file of samples. */
export interface BidsRun {
  /** `sub-…_ses-…_task-…[_acq-…]_run-…`; `_eeg.json` and the others hang on it. */
  readonly stem: string;
  /** What this file shares with the other runs of its streams. */
  readonly acquisition: string;
  readonly plan: ExportPlan;
  readonly rate: SampleRate;
  /** The first sample, in seconds from recording start. */
  readonly onset: ExactSeconds;
  /** Of real samples, padding left out. */
  readonly duration: ExactSeconds;
}

/** A recording whose channels are called as in the dataset, and the labels that they had. */
export interface NamedRecording {
  readonly recording: OpenRecording;
  /** Label as stored, by segment and position. */
  readonly labelOf: (segmentNumber: number, position: number) => string;
}

/** Gives every channel its name in the dataset. */
export function nameChannels(recording: OpenRecording): NamedRecording {
  const labels = new Map<string, string>();
  const names = new Map<string, string>();
  for (const { segmentNumber } of recording.segments) {
    const channels = recording.streams.filter((one) => one.segmentNumber === segmentNumber)
      .flatMap(({ channels }) => channels).sort((a, b) => a.position - b.position);
    channelNamesOf(channels).forEach((name, index) => {
      const { position, label } = channels[index]!;
      names.set(`${segmentNumber}/${position}`, name);
      labels.set(`${segmentNumber}/${position}`, label);
    });
  }
  const renamed = (stream: OpenStream): OpenStream => ({
    ...stream,
    channels: stream.channels.map((channel): Channel => ({
      ...channel,
      label: names.get(`${stream.segmentNumber}/${channel.position}`)!,
    })),
  });
  return {
    recording: { ...recording, streams: recording.streams.map(renamed) },
    labelOf: (segmentNumber, position) => labels.get(`${segmentNumber}/${position}`)!,
  };
}

/** `sub-…/ses-…`. */
export function sessionFolder({ stored }: OpenRecording): string {
  return `sub-${bidsLabel(stored.patientCode)}/ses-${bidsLabel(stored.recordingCode)}`;
}

/** `sub-…_ses-…`. */
export function sessionStem({ stored }: OpenRecording): string {
  return `sub-${bidsLabel(stored.patientCode)}_ses-${bidsLabel(stored.recordingCode)}`;
}

/**
 * Plans the runs, by acquisition and time.
 *
 * @throws {ProblemError} `export-impossible`: a stream that neither EDF nor BDF holds, or nothing stored.
 */
export function planBids(
  recording: OpenRecording,
  streams: readonly ExportStream[],
  taskName: string,
): BidsRun[] {
  const stored = streams.filter(({ timeline }) => timeline.stored.length > 0);
  if (stored.length === 0) throw impossible("nothing is stored");
  const found = recording.segments.flatMap(({ segmentNumber }) => {
    const groups = groupsOf(stored.filter(({ stream }) => stream.segmentNumber === segmentNumber));
    const parts = groups.flatMap((group) => {
      const together = group.length > 1 ? stretchesTogether(recording, group) : undefined;
      if (together !== undefined) return [{ group, plans: together }];
      return group.map((of) => ({ group: [of], plans: stretchesOf(recording, [of]) }));
    });
    return parts.flatMap(({ group, plans }) => {
      const acquisition = parts.length === 1 ? "" : `_acq-stream${group[0]!.stream.stream}`;
      return plans.map((plan) => ({ acquisition, plan }));
    });
  });
  const acquisitions = [...new Set(found.map(({ acquisition }) => acquisition))].sort();
  return acquisitions.flatMap((acquisition) => {
    const own = found.filter((one) => one.acquisition === acquisition)
      .sort((a, b) => compareSeconds(a.plan.runs[0]!.onset, b.plan.runs[0]!.onset));
    const width = Math.max(2, String(own.length).length);
    return own.map(({ plan }, index): BidsRun => {
      const run = String(index + 1).padStart(width, "0");
      const [{ streams, samples, onset }] = plan.runs as [ExportPlan["runs"][number]];
      const { rate } = streams[0]!.stream;
      return {
        stem: `${sessionStem(recording)}_task-${taskLabel(taskName)}${acquisition}_run-${run}`,
        acquisition,
        plan,
        rate,
        onset,
        duration: samples.map((range) => secondsOfSample(rate, rangeLength(range))).reduce(later),
      };
    });
  });
}

/** Streams of one rate. */
function groupsOf(streams: readonly ExportStream[]): ExportStream[][] {
  const groups: ExportStream[][] = [];
  for (const of of streams) {
    const group = groups.find(([first]) => equalRates(first!.stream.rate, of.stream.rate));
    if (group === undefined) groups.push([of]);
    else group.push(of);
  }
  return groups;
}

/** Undefined when the streams cannot share files. */
function stretchesTogether(
  recording: OpenRecording,
  group: readonly ExportStream[],
): ExportPlan[] | undefined {
  try {
    return stretchesOf(recording, group);
  } catch (error) {
    if (error instanceof ProblemError && error.slug === "export-impossible") return undefined;
    throw error;
  }
}

/** A plan for each stretch; together they hold every stored sample. */
function stretchesOf(recording: OpenRecording, group: readonly ExportStream[]): ExportPlan[] {
  const { timeline: lead } = group[0]!;
  const plans = lead.stored.map((range) => {
    const start = secondsAt(lead, range.start);
    const ends = group.map(({ timeline }) =>
      timeline.stored.filter((other) =>
        compareSeconds(secondsAt(timeline, other.start), start) <= 0
      )
        .map((other) => secondsAt(timeline, other.end)).reduce(later, start)
    );
    return planExport(recording, group, { start, end: ends.reduce(later) });
  });
  group.forEach(({ timeline }, index) => {
    const planned = plans.flatMap(({ runs }) => runs.map(({ samples }) => samples[index]!));
    const length = (ranges: typeof planned) =>
      ranges.reduce((sum, range) => sum + rangeLength(range), 0);
    if (
      length(planned) !== length([...timeline.stored]) || plans.some(({ runs }) => runs.length > 1)
    ) {
      throw impossible(`stream ${timeline.stream} has stretches that no run holds`);
    }
  });
  return plans;
}

/** When a run ends, in seconds from recording start. */
export function endOfRun({ onset, duration }: BidsRun): ExactSeconds {
  return addSeconds(onset, duration);
}
