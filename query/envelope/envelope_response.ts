/**
 * A read envelope as JSON, or as a header and arrays of numbers.
 *
 * Sole owner of both shapes. Digital integers stay digital, as in columns of samples: calibration is the
 * reader's, with the channel beside the numbers.
 *
 * @see core/summary/FORMAT.md, "The envelope answer"
 * @module
 */

import { concatBytes, type LittleEndianArray, littleEndianBytes } from "@wavekeep/core/bytes";
import { type Channel, type Hole, microvoltsPerUnit } from "@wavekeep/core/recording";
import { bucketSequences } from "@wavekeep/core/summary";
import { formatSeconds } from "@wavekeep/core/time";
import { rateText } from "../describe_recording.ts";
import type { NamedChannel } from "../window/channel_names.ts";
import type { StreamTimeline } from "../window/timeline.ts";
import { EMPTY_GREATEST, EMPTY_LEAST, type EnvelopeColumns } from "./columns.ts";
import type { EnvelopePlan, PlannedEnvelope } from "./plan_envelope.ts";

/** Everything an answer says. */
export interface ReadEnvelope {
  readonly plan: EnvelopePlan;
  /** In the order of `plan.streams`. */
  readonly streams: readonly {
    readonly columns: EnvelopeColumns;
    /** In the order of `columns.rows`. */
    readonly channels: readonly NamedChannel[];
  }[];
  readonly gaps: readonly Hole[];
  readonly isComplete: boolean;
  readonly asOf: string;
  /** Nothing that is stored can be read any more. */
  readonly isErased: boolean;
}

/** `WKO1` */
const MAGIC: readonly number[] = [0x57, 0x4b, 0x4f, 0x31];

const TYPES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [Int16Array, "int16"],
  [Int32Array, "int32"],
  [Uint32Array, "uint32"],
  [Float32Array, "float32"],
  [Float64Array, "float64"],
]);

/** The answer as text. */
export function envelopeJson(envelope: ReadEnvelope): string {
  return JSON.stringify(documentOf(envelope, {
    extremes: (values, isEmpty) =>
      Array.from(values, (value, index) => isEmpty(index) ? null : value),
    numbers: (values) => Array.from(values),
  }));
}

/** The answer as a header and arrays. */
export function envelopeBytes(envelope: ReadEnvelope): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let offset = 0;
  const place = (values: LittleEndianArray) => {
    const bytes = littleEndianBytes(values);
    const padding = new Uint8Array(-bytes.length & 7);
    arrays.push(bytes, padding);
    const placed = { type: TYPES.get(values.constructor), offset, length: values.length };
    offset += bytes.length + padding.length;
    return placed;
  };
  const document = documentOf(envelope, {
    extremes: (values, isEmpty) => place(marked(values, isEmpty)),
    numbers: place,
  });
  const text = JSON.stringify(document);
  const head = new TextEncoder().encode(text);
  const header = new Uint8Array(head.length + (-head.length & 7)).fill(0x20);
  header.set(head);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return concatBytes(Uint8Array.from(MAGIC), length, header, ...arrays);
}

/** How numbers become part of a document. */
interface NumberWriter {
  extremes(values: Extremes, isEmpty: (column: number) => boolean): unknown;
  numbers(values: Int32Array | Uint32Array | Float64Array): unknown;
}

type Extremes = Int16Array | Int32Array | Float32Array | Float64Array;

function documentOf(envelope: ReadEnvelope, writer: NumberWriter): unknown {
  const { plan, streams, gaps, isComplete, asOf } = envelope;
  return {
    start: formatSeconds(plan.window.start),
    end: formatSeconds(plan.window.end),
    columns: plan.columnCount,
    streams: plan.streams.map((planned, index) => {
      const { timeline, level, firstColumn, sampleBounds } = planned;
      const { columns, channels } = streams[index]!;
      return {
        "segment_id": timeline.segmentId,
        stream: timeline.stream,
        rate: rateText(timeline.rate),
        "origin_seconds": formatSeconds(timeline.origin),
        "bucket_sequences": level === null ? null : bucketSequences(level),
        "first_column": firstColumn,
        "column_count": sampleBounds.length - 1,
        bounds: writer.numbers(narrowed(sampleBounds)),
        holes: counts(holesOf(planned, envelope.isErased), writer),
        "not_summarised": counts(columns.notSummarised, writer),
        channels: channelsOf(columns, channels, writer),
      };
    }),
    gaps,
    complete: isComplete,
    "as_of": asOf,
  };
}

function channelsOf(
  columns: EnvelopeColumns,
  channels: readonly NamedChannel[],
  writer: NumberWriter,
): unknown[] {
  const { columnCount } = columns;
  const least = smallest(columns.least);
  const greatest = smallest(columns.greatest);
  return channels.map(({ name, channel }, index) => {
    const start = index * columnCount;
    const end = start + columnCount;
    const isEmpty = (column: number) =>
      columns.least[start + column]! > columns.greatest[start + column]!;
    const notAssessable = columns.notFinite.slice(start, end);
    if (isVoltage(channel)) {
      for (let at = start; at < end; at++) notAssessable[at - start]! += columns.railed[at]!;
    }
    return {
      name,
      channel,
      least: writer.extremes(least.subarray(start, end), isEmpty),
      greatest: writer.extremes(greatest.subarray(start, end), isEmpty),
      "not_assessable": counts(notAssessable, writer),
    };
  });
}

/** A steady value is a rail where it is a potential; anywhere else it is a reading. */
function isVoltage({ unit, type }: Channel): boolean {
  return microvoltsPerUnit(unit) !== undefined ||
    unit.trim() === "" && ["eeg", "eog", "emg", "ecg"].includes(type);
}

/** Samples a channel that are promised and not stored, by column; of an erased patient all of them. */
function holesOf({ timeline, sampleBounds }: PlannedEnvelope, isErased: boolean): Uint32Array {
  const holes = new Uint32Array(sampleBounds.length - 1);
  const stored: StreamTimeline["stored"] = isErased ? [] : timeline.stored;
  let first = 0;
  for (let column = 0; column < holes.length; column++) {
    const start = sampleBounds[column]!;
    const end = sampleBounds[column + 1]!;
    let count = end - start;
    while (first < stored.length && stored[first]!.end <= start) first++;
    for (let at = first; at < stored.length && stored[at]!.start < end; at++) {
      count -= Math.max(0, Math.min(end, stored[at]!.end) - Math.max(start, stored[at]!.start));
    }
    holes[column] = count;
  }
  return holes;
}

function counts(values: Uint32Array, writer: NumberWriter): unknown {
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== 0) return writer.numbers(values);
  }
  return null;
}

/** Integers in 16 bits where all of them fit; what is empty fits. */
function smallest(values: Int32Array | Float64Array): Extremes {
  if (values instanceof Float64Array) return values;
  // Loops, because there are some 90,000 numbers in an answer.
  const narrow = new Int16Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value === EMPTY_LEAST) narrow[at] = 0x7fff;
    else if (value === EMPTY_GREATEST) narrow[at] = -0x8000;
    else if (value >= -0x8000 && value <= 0x7fff) narrow[at] = value;
    else return values;
  }
  return narrow;
}

/** As the binary form has it: NaN in both where floats are empty; integers are marked by their order. */
function marked(values: Extremes, isEmpty: (column: number) => boolean): Extremes {
  if (!(values instanceof Float64Array)) return values;
  return values.map((value, column) => isEmpty(column) ? NaN : value);
}

function narrowed(bounds: readonly number[]): Int32Array | Float64Array {
  return bounds.at(-1)! <= 0x7fffffff ? Int32Array.from(bounds) : Float64Array.from(bounds);
}
