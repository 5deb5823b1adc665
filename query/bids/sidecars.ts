/**
 * The JSON and TSV files beside the samples of one run.
 *
 * Says what is known and "n/a" for the rest: task, reference and line frequency are asked of whoever
 * exports, never guessed.
 *
 * @see https://bids-specification.readthedocs.io/en/stable/modality-specific-files/electroencephalography.html
 * @module
 */

import type { Channel } from "@wavekeep/core/recording";
import { parseChannelLabel } from "@wavekeep/core/edf";
import { addSeconds, compareSeconds, rateHz, toNumber, ZERO_SECONDS } from "@wavekeep/core/time";
import { type BidsOptions, tsvText } from "@wavekeep/core/wire";
import { impossible } from "../export/plan_export.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import { bidsType, bidsUnit } from "./bids_names.ts";
import { type BidsRun, endOfRun, type NamedRecording } from "./plan_bids.ts";

/** JSON as every sidecar is written. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}

/** `_eeg.json`. */
export function eegSidecar(run: BidsRun, options: BidsOptions): string {
  const channels = run.plan.signals.map(({ channel }) => channel);
  const types = channels.map(({ type }) => bidsType(type));
  const count = (type: string) => types.filter((one) => one === type).length;
  return jsonText({
    TaskName: options.task,
    EEGReference: options.eeg_reference ?? commonReference(channels),
    SamplingFrequency: rateHz(run.rate),
    PowerLineFrequency: options.power_line_frequency ?? "n/a",
    SoftwareFilters: "n/a",
    HardwareFilters: hardwareFilters(channels),
    EEGGround: "n/a",
    EEGChannelCount: count("EEG"),
    ECGChannelCount: count("ECG"),
    EMGChannelCount: count("EMG"),
    EOGChannelCount: count("EOG"),
    MiscChannelCount: count("MISC"),
    TriggerChannelCount: count("TRIG"),
    RecordingDuration: toNumber(run.duration),
    RecordingType: "continuous",
  });
}

/** `_channels.tsv`, in the order of the signals. */
export function channelsTable(
  run: BidsRun,
  { labelOf }: NamedRecording,
  { bad_channels: bad }: BidsOptions,
): string {
  const { segmentNumber } = run.plan.runs[0]!.streams[0]!.stream;
  return tsvText(
    [
      "name",
      "type",
      "units",
      "description",
      "sampling_frequency",
      "reference",
      "status",
      "status_description",
    ],
    run.plan.signals.map(({ channel }) => {
      const label = labelOf(segmentNumber, channel.position);
      const isBad = bad?.some((name) => isCalled(name, label, channel.label)) ?? false;
      return [
        channel.label,
        bidsType(channel.type),
        bidsUnit(channel.unit),
        label === channel.label ? null : `label as stored: ${label}`,
        rateHz(run.rate),
        channel.reference,
        bad === undefined ? null : isBad ? "bad" : "good",
        isBad ? "named bad by whoever exported" : null,
      ];
    }),
  );
}

/**
 * The marks of a run: those that touch it, and those that touch no run of its streams but lie behind it, in
 * a hole, or before the first run of all. So no mark is lost; one across a hole is in both runs.
 */
export function marksOfRun(
  run: BidsRun,
  runs: readonly BidsRun[],
  marks: readonly PlacedAnnotation[],
): PlacedAnnotation[] {
  const own = runs.filter(({ acquisition }) => acquisition === run.acquisition);
  const [first] = [...runs].sort((a, b) => compareSeconds(a.onset, b.onset));
  return marks.filter((mark) => {
    if (mark.onset === undefined) return false;
    const touched = runs.filter((one) => isTouched(one, mark));
    if (touched.some(({ acquisition }) => acquisition === run.acquisition)) {
      return touched.includes(run);
    }
    if (touched.some((one) => segmentOf(one) !== segmentOf(run))) return false;
    const before = own.filter(({ onset }) => compareSeconds(onset, mark.onset!) <= 0).at(-1);
    if (before !== undefined) return before === run;
    return own[0] === run && segmentOf(run) === segmentOf(first!);
  });
}

function segmentOf({ plan }: BidsRun): number {
  return plan.runs[0]!.streams[0]!.stream.segmentNumber;
}

function isTouched(run: BidsRun, { onset, duration }: PlacedAnnotation): boolean {
  if (onset === undefined) return false;
  const isWithin = compareSeconds(onset, run.onset) >= 0;
  return compareSeconds(onset, endOfRun(run)) < 0 &&
    (isWithin || compareSeconds(addSeconds(onset, duration ?? ZERO_SECONDS), run.onset) > 0);
}

/**
 * A name that nothing has is a slip, and would call a bad channel good.
 *
 * @throws {ProblemError} `export-impossible`.
 */
export function refuseUnknownNames(
  { recording, labelOf }: NamedRecording,
  { bad_channels: bad = [] }: BidsOptions,
): void {
  const unknown = bad.find((name) =>
    !recording.streams.some(({ segmentNumber, channels }) =>
      channels.some(({ position, label }) =>
        isCalled(name, labelOf(segmentNumber, position), label)
      )
    )
  );
  if (unknown !== undefined) throw impossible(`no channel or electrode is called "${unknown}"`);
}

/** Whether a name is a channel's label, its name in the dataset, or one of its electrodes. */
function isCalled(name: string, label: string, nameInDataset: string): boolean {
  return [label, nameInDataset, ...electrodesOf(label)].includes(name);
}

/** What all EEG channels share; BIDS sends readers to the table where they differ. */
function commonReference(channels: readonly Channel[]): string {
  const eeg = channels.filter(({ type }) => type === "eeg");
  const references = [...new Set(eeg.map(({ reference }) => reference))];
  if (references.length === 1) return references[0] || "n/a";
  return references.length === 0 ? "n/a" : "differs from channel to channel, see channels.tsv";
}

/** Prefilters as the device wrote them, each with the channels that have it. */
function hardwareFilters(channels: readonly Channel[]): unknown {
  const texts = [...new Set(channels.map(({ prefilter }) => prefilter))].filter((text) => text);
  if (texts.length === 0) return "n/a";
  return Object.fromEntries(texts.map((text) => [text, {
    Channels: channels.filter(({ prefilter }) => prefilter === text).map(({ label }) => label)
      .join(", "),
  }]));
}

function electrodesOf(label: string): string[] {
  const { electrode, reference } = parseChannelLabel(label);
  return [electrode ?? "", reference].filter((name) => name !== "");
}
