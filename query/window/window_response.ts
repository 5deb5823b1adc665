/**
 * A read window as text: the plan's `{timestamp, value}` lists, or compact columns.
 *
 * Sole owner of these two shapes. Text is made piece by piece, so that an answer of megabytes is never one
 * string; samples become physical through core/calibration only. A channel without a usable calibration
 * has the value null: the sample exists, its physical value does not.
 *
 * @module
 */

import { gainAndOffset, toPhysical } from "@wavekeep/core/calibration";
import type { Samples } from "@wavekeep/core/chunk";
import type { Channel, CivilStart } from "@wavekeep/core/recording";
import { formatSeconds, rangeLength, sampleTimes } from "@wavekeep/core/time";
import { rateText } from "../describe_recording.ts";
import type { NamedChannel } from "./channel_names.ts";
import type { PlannedRun, WindowPlan } from "./plan_window.ts";
import { secondsAt } from "./timeline.ts";

/** A run with its samples: one column for each wanted channel of its stream. */
export interface ReadRun {
  readonly run: PlannedRun;
  readonly columns: readonly { readonly channel: NamedChannel; readonly samples: Samples }[];
}

/** Everything an answer says. */
export interface ReadWindow {
  readonly plan: WindowPlan;
  /** Wanted channels in order; a name stands once for each segment that has it. */
  readonly channels: readonly NamedChannel[];
  readonly runs: readonly ReadRun[];
  readonly startedAt: CivilStart | null;
  readonly asOf: string;
}

/** The plan's shape, in pieces. */
export function* planJson(window: ReadWindow): Iterable<string> {
  const { plan, channels, runs } = window;
  const names = uniqueNames(channels);
  const timestamps = runs.map(({ run }) => timestampTexts(run));
  const valueTexts = new ValueTexts();
  yield `{"channels":{`;
  for (const [index, name] of names.entries()) {
    yield `${index === 0 ? "" : ","}${JSON.stringify(name)}:[`;
    let isFirst = true;
    for (const [runIndex, { columns }] of runs.entries()) {
      for (const { channel, samples } of columns) {
        if (channel.name !== name) continue;
        const valueText = valueTexts.of(samples, channel.channel);
        for (let at = 0; at < samples.length; at += PIECE) {
          const times = timestamps[runIndex]!(at, Math.min(at + PIECE, samples.length));
          // Joined once: a string that grows by each sample is a tree of a hundred thousand small ones.
          const parts = new Array<string>(2 * times.length);
          for (let i = 0; i < times.length; i++) {
            parts[2 * i] = times[i]!;
            parts[2 * i + 1] = valueText(at + i);
          }
          const piece = parts.join("");
          yield isFirst ? piece.slice(1) : piece;
          isFirst = false;
        }
      }
    }
    yield "]";
  }
  const units = Object.fromEntries(
    names.map((name) => [name, channels.find((channel) => channel.name === name)!.channel.unit]),
  );
  const coordinate = {
    kind: "seconds",
    origin: "recording-start",
    "started_at": window.startedAt,
    start: formatSeconds(plan.window.start),
    end: formatSeconds(plan.window.end),
  };
  yield `},"gaps":${JSON.stringify(plan.gaps)},"coordinate":${JSON.stringify(coordinate)},` +
    `"units":${JSON.stringify(units)},"as_of":${JSON.stringify(window.asOf)}}`;
}

/** Columns: digital integers, or physical values of float streams, in pieces. */
export function* columnsJson(window: ReadWindow): Iterable<string> {
  const { plan, channels, runs } = window;
  const first = new Map<string, Channel>();
  for (const { name, channel } of channels) if (!first.has(name)) first.set(name, channel);
  const listed = [...first].map(([name, channel]) => ({ name, channel }));
  yield `{"channels":${JSON.stringify(listed)},"runs":[`;
  for (const [index, { run, columns }] of runs.entries()) {
    const head = {
      "segment_id": run.timeline.segmentId,
      stream: run.timeline.stream,
      rate: rateText(run.timeline.rate),
      "first_sample": run.samples.start,
      "sample_count": rangeLength(run.samples),
      "start_seconds": formatSeconds(secondsAt(run.timeline, run.samples.start)),
      channels: Object.fromEntries(columns.map(({ channel }) => [channel.name, channel.channel])),
    };
    yield `${index === 0 ? "" : ","}${JSON.stringify(head).slice(0, -1)},"columns":{`;
    for (const [columnIndex, { channel, samples }] of columns.entries()) {
      yield `${columnIndex === 0 ? "" : ","}${JSON.stringify(channel.name)}:[`;
      for (let at = 0; at < samples.length; at += PIECE) {
        const part = samples.subarray(at, at + PIECE);
        const piece = part instanceof Int32Array
          ? part.join(",")
          : Array.from(part, jsonNumber).join(",");
        yield at === 0 ? piece : `,${piece}`;
      }
      yield "]";
    }
    yield "}}";
  }
  const tail = {
    gaps: plan.gaps,
    start: formatSeconds(plan.window.start),
    end: formatSeconds(plan.window.end),
    "as_of": window.asOf,
  };
  yield `],${JSON.stringify(tail).slice(1)}`;
}

/** Samples written at once. */
const PIECE = 1024;

/** Timestamps kept for the next channel: about 6 MB of text. */
const SHARED_MAX = 65_536;

/** Each wanted name once, in order. */
export function uniqueNames(channels: readonly NamedChannel[]): string[] {
  return [...new Set(channels.map(({ name }) => name))];
}

/** The text before each value of a stretch of a run, with the comma before it. Channels share them, unless a run is long. */
function timestampTexts(run: PlannedRun): (start: number, end: number) => readonly string[] {
  const { rate, origin } = run.timeline;
  const make = (start: number, end: number) => {
    const range = { start: run.samples.start + start, end: run.samples.start + end };
    return Array.from(
      sampleTimes(rate, origin, range),
      (time) => `,{"timestamp":${time},"value":`,
    );
  };
  const length = rangeLength(run.samples);
  if (length > SHARED_MAX) return make;
  const shared = make(0, length);
  return (start, end) => shared.slice(start, end);
}

/** A value of a converter with up to 16 bits is written once an answer; of a wider one each time. */
const SHARED_VALUES_MAX = 65_536;

/**
 * Values as JSON. A converter has few values and an answer many samples: a text that was made is used
 * again, by every channel of the same calibration.
 */
class ValueTexts {
  readonly #made = new Map<string, string[]>();

  /** The text of each sample of a column, by its index, with the brace behind it. */
  of(samples: Samples, channel: Channel): (index: number) => string {
    const values = physicalValues(samples, channel);
    const { calibration } = channel;
    const width = calibration === null ? 0 : calibration.digitalMax - calibration.digitalMin + 1;
    const isShared = samples instanceof Int32Array && values !== undefined &&
      calibration !== null && width <= SHARED_VALUES_MAX;
    if (!isShared) return (index) => `${jsonNumber(values?.[index])}}`;
    const made = this.#textsOf(calibration);
    const first = calibration.digitalMin;
    return (index) => {
      const at = samples[index]! - first;
      // A sample outside the range that its channel states is one all the same.
      if (!(at >= 0 && at < width)) return `${jsonNumber(values[index])}}`;
      return made[at] ??= `${jsonNumber(values[index])}}`;
    };
  }

  #textsOf(calibration: NonNullable<Channel["calibration"]>): string[] {
    const name = JSON.stringify(calibration);
    let made = this.#made.get(name);
    if (made === undefined) this.#made.set(name, made = []);
    return made;
  }
}

/** Undefined: no physical value can be given. Float samples are physical already. */
function physicalValues(samples: Samples, channel: Channel): ArrayLike<number> | undefined {
  if (!(samples instanceof Int32Array)) return samples;
  const { calibration } = channel;
  if (calibration === null || gainAndOffset(calibration) === undefined) return undefined;
  return toPhysical(samples, calibration);
}

/** JSON has no infinities and no NaN: such a value is null. It has a negative zero; `String` has none. */
function jsonNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "null";
  return value === 0 && Object.is(value, -0) ? "-0" : String(value);
}
