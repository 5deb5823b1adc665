/**
 * A montage on a recording: which rows the page has, and how each stream gives them.
 *
 * Page and worker both work this out from the same model, so a row's index means the same to both. A
 * montage is resolved for each stream by itself: channels of two rates are never added. Where a later
 * segment has other channels, a row is blank in the segments that cannot give it.
 *
 * @module
 */

import type { ChannelType } from "@wavekeep/core/recording";
import {
  canonicalElectrode,
  type DerivationTerm,
  electrodeGraph,
  isAveraged,
  type MontageChannel,
  type MontageFault,
  parseChannelLabel,
  parseMontage,
  type ResolvedMontage,
  resolveMontage,
  standardMontage,
  type TraceGroups,
} from "@wavekeep/core/signal";
import { linkMarks, rowLinks } from "./linked_rows.ts";
import type { MontageChoice } from "./page_view.ts";
import type { RecordingModel, RowModel, Side, StreamModel } from "./recording_model.ts";
import { sideOfLabel } from "./side.ts";

/** How a stream gives one row. */
export interface StreamRow {
  /** Of {@link MontageModel.rows}. */
  readonly row: number;
  /** Channels of the stream by index. One of weight 1 in its own unit where the row is as recorded. */
  readonly terms: readonly DerivationTerm[];
  /** False when the row is a channel as recorded. */
  readonly isDerived: boolean;
}

/** A trace of the montage that no stream can give. */
export interface MissingRow {
  readonly name: string;
  readonly reason: string;
}

/** A montage on a recording. */
export interface MontageModel {
  readonly rows: readonly RowModel[];
  /** For each row what it was summed from; empty for channels as recorded. */
  readonly paths: readonly string[];
  /** For each row the number of its group: neighbours of one number stand together. */
  readonly groups: readonly number[];
  /** For each row what can be bad of it: the electrodes it is named after, or its own name. */
  readonly electrodes: readonly (readonly string[])[];
  /** For each row what it looks at that is bad. */
  readonly bad: readonly (readonly string[])[];
  readonly missing: readonly MissingRow[];
  /** Lines of the reader's own montage that are not understood. */
  readonly faults: readonly MontageFault[];
  /** Electrodes of the average, where the montage has one. */
  readonly average: readonly string[];
  readonly assumesReference: boolean;
  /** The rows that a stream gives. */
  readonly rowsOf: (segmentId: string, stream: number) => readonly StreamRow[];
}

/** Shown below the traces of every montage: not EEG, but read together with it. */
const COMPANIONS: ReadonlySet<ChannelType> = new Set<ChannelType>([
  "eog",
  "emg",
  "ecg",
  "respiration",
  "saturation",
  "pulse",
  "temperature",
  "accelerometer",
  "position",
  "sound",
  "light",
  "event",
  "status",
  "hypnogram",
]);

const FRONT = ["Fp1", "Fp2", "F7", "F8"];

/** Resolved montages by channels and choice: a live recording has a new model every second. */
const resolved = new Map<string, { montage: ResolvedMontage; hasEeg: boolean }>();
const RESOLVED_MAX = 64;

/** Works a montage out. Cheap to repeat. */
export function montageOf(model: RecordingModel, choice: MontageChoice): MontageModel {
  if (choice.kind === "recorded") return asRecorded(model, choice);
  const own = choice.kind === "own" ? parseMontage(choice.own) : undefined;
  const rows: RowModel[] = [];
  const paths: string[] = [];
  const groups: number[] = [];
  const bad: string[][] = [];
  const rowIndexes = new Map<string, number>();
  const missing = new Map<string, string>();
  const byStream = new Map<string, StreamRow[]>();
  let average: readonly string[] = [];
  let assumesReference = false;
  for (const segment of model.segments) {
    for (const stream of segment.streams) {
      const { montage, hasEeg } = resolveFor(stream, model, choice, own?.groups);
      if (!hasEeg) continue;
      const streamRows = montage.traces.map((trace): StreamRow => {
        let row = rowIndexes.get(trace.name);
        if (row === undefined) {
          row = rows.push(derivedRow(trace.name, sideOf(trace.active, trace.against))) - 1;
          rowIndexes.set(trace.name, row);
          paths.push(trace.path);
          groups.push(trace.group);
          bad.push([...trace.bad]);
        } else if (!paths[row]!.split("; ").includes(trace.path)) {
          paths[row] = `${paths[row]}; ${trace.path}`;
          bad[row] = [...new Set([...bad[row]!, ...trace.bad])];
        }
        return { row, terms: trace.terms, isDerived: true };
      });
      byStream.set(keyOf(segment.id, stream.stream), streamRows);
      for (const { name, reason } of montage.missing) missing.set(name, reason);
      if (montage.average.length > average.length) average = montage.average;
      assumesReference ||= montage.assumesReference;
    }
  }
  addCompanions(model, { rows, paths, byStream });
  const last = Math.max(0, ...groups);
  const electrodes = rows.map(electrodesOf);
  return {
    rows,
    paths,
    groups: rows.map((_, row) => groups[row] ?? last + 1),
    electrodes,
    bad: rows.map((_, row) => bad[row] ?? badOf(electrodes[row]!, choice)),
    missing: [...missing].filter(([name]) => !rowIndexes.has(name))
      .map(([name, reason]) => ({ name, reason })),
    faults: own?.faults ?? [],
    average,
    assumesReference,
    rowsOf: (segmentId, stream) => byStream.get(keyOf(segmentId, stream)) ?? [],
  };
}

/** The model as a montage shows it: its rows, and which streams reach them. For drawing only. */
export function displayedModel(model: RecordingModel, montage: MontageModel): RecordingModel {
  if (montage.rows === model.rows) return model;
  return {
    ...model,
    rows: montage.rows,
    marks: linkMarks(model.marks, rowLinks(model, montage)),
    segments: model.segments.map((segment) => ({
      ...segment,
      streams: segment.streams.map((stream) => ({
        ...stream,
        channels: montage.rowsOf(segment.id, stream.stream)
          .map(({ row }) => ({ row, calibration: null })),
      })),
    })),
  };
}

function asRecorded(model: RecordingModel, choice: MontageChoice): MontageModel {
  const streams = new Map(
    model.segments.flatMap((segment) =>
      segment.streams.map((stream) => [keyOf(segment.id, stream.stream), stream] as const)
    ),
  );
  const electrodes = model.rows.map(electrodesOf);
  return {
    rows: model.rows,
    paths: model.rows.map(() => ""),
    groups: model.rows.map(() => 0),
    electrodes,
    bad: electrodes.map((names) => badOf(names, choice)),
    missing: [],
    faults: [],
    average: [],
    assumesReference: false,
    rowsOf: (segmentId, stream) =>
      (streams.get(keyOf(segmentId, stream))?.channels ?? [])
        .map(({ row }, channel) => ({ row, terms: [{ channel, weight: 1 }], isDerived: false })),
  };
}

function resolveFor(
  stream: StreamModel,
  model: RecordingModel,
  choice: MontageChoice,
  own: TraceGroups | undefined,
): { montage: ResolvedMontage; hasEeg: boolean } {
  const channels = stream.channels.map(({ row }, channel): MontageChannel => {
    const { label, type, unit, isPhysical } = model.rows[row]!;
    return { channel, label, type, unit: isPhysical ? unit : "" };
  });
  const key = JSON.stringify([
    choice,
    channels.map(({ label, type, unit }) => [label, type, unit]),
  ]);
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const graph = electrodeGraph(channels);
  const { kind } = choice;
  const groups = own ??
    (kind === "recorded" || kind === "own" ? [] : standardMontage(kind, graph, choice));
  const montage = resolveMontage(groups, graph, {
    notAveraged: choice.isFrontLeftOut ? FRONT : [],
    bad: choice.bad,
  });
  if (resolved.size >= RESOLVED_MAX) resolved.clear();
  const found = { montage, hasEeg: graph.edges.length > 0 };
  resolved.set(key, found);
  return found;
}

function addCompanions(
  model: RecordingModel,
  to: { rows: RowModel[]; paths: string[]; byStream: Map<string, StreamRow[]> },
): void {
  const companions = new Map<number, number>();
  model.rows.forEach((row, index) => {
    if (!COMPANIONS.has(row.type)) return;
    companions.set(index, to.rows.push(row) - 1);
    to.paths.push("");
  });
  for (const segment of model.segments) {
    for (const stream of segment.streams) {
      const key = keyOf(segment.id, stream.stream);
      const rows = stream.channels.flatMap(({ row }, channel): StreamRow[] => {
        const shown = companions.get(row);
        return shown === undefined
          ? []
          : [{ row: shown, terms: [{ channel, weight: 1 }], isDerived: false }];
      });
      to.byStream.set(key, [...to.byStream.get(key) ?? [], ...rows]);
    }
  }
}

/** What a reader can call bad of a row. */
function electrodesOf({ name, label, type }: RowModel): readonly string[] {
  if (type !== "eeg") return [name];
  const { electrode, reference } = parseChannelLabel(label);
  const other = canonicalElectrode(reference);
  return electrode === null ? [name] : other === null ? [electrode] : [electrode, other];
}

function badOf(electrodes: readonly string[], { bad }: MontageChoice): string[] {
  return electrodes.filter((name) => bad.includes(name));
}

function derivedRow(name: string, side: Side): RowModel {
  return {
    name,
    label: name,
    type: "eeg",
    unit: "µV",
    side,
    microvoltsPerUnit: 1,
    range: null,
    isPhysical: true,
  };
}

/** The side of the electrode that is looked at; a midline one beside a lateral one takes its side. */
function sideOf(active: string, against: readonly string[]): Side {
  const side = sideOfLabel(active);
  const [other, ...more] = against;
  if (other === undefined || more.length > 0 || !isAveraged(other)) return side;
  const second = sideOfLabel(other);
  if (side === second || second === "midline") return side;
  return side === "midline" ? second : "other";
}

function keyOf(segmentId: string, stream: number): string {
  return `${segmentId}/${stream}`;
}
