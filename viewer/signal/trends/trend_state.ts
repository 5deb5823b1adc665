/**
 * What can be known of each column of a trend: judged, not assessable, not computed yet, or no data.
 *
 * Four different things, never mixed: a stretch without a value is not a stretch without an event.
 *
 * @module
 */

import type { TrendsAnswer, TrendStream } from "@wavekeep/core/trend";
import type { RecordingModel } from "../recording_model.ts";
import type { DayWindow } from "./day_window.ts";

/** A side of the head. */
export type TrendSide = "left" | "right";

/** Left above right, everywhere. */
export const TREND_SIDES: readonly TrendSide[] = ["left", "right"];

/** What a column is. */
export type TrendState = "assessable" | "not-assessable" | "not-computed" | "missing";

/** The words for it. */
export const STATE_NAMES: Readonly<Record<TrendState, string>> = {
  "assessable": "assessable",
  "not-assessable": "not assessable",
  "not-computed": "not computed yet",
  "missing": "no data",
};

/** A share by state; they sum to 1. */
export type TrendShares = Readonly<Record<TrendState, number>>;

/** The streams that panels show: of each segment the one that most derivations come from. */
export function shownStreams(answer: TrendsAnswer): TrendStream[] {
  const best = new Map<string, TrendStream>();
  for (const stream of answer.streams) {
    const other = best.get(stream.segment_id);
    if (other === undefined || countOf(stream) > countOf(other)) {
      best.set(stream.segment_id, stream);
    }
  }
  return [...best.values()];
}

function countOf({ sides }: TrendStream): number {
  return sides.left.derivations.length + sides.right.derivations.length;
}

/** Seconds from recording start at which a column of a stream begins. */
export function columnStart(answer: TrendsAnswer, stream: TrendStream, column: number): number {
  return Number(stream.origin_seconds) + (stream.first_column + column) * answer["column_seconds"];
}

/** One column of one stream. */
export interface TrendColumn {
  readonly stream: TrendStream;
  readonly index: number;
  readonly start: number;
  readonly seconds: number;
}

/** The column that a moment lies in; undefined where there is no stream. */
export function columnAt(answer: TrendsAnswer, moment: number): TrendColumn | undefined {
  const seconds = answer["column_seconds"];
  for (const stream of shownStreams(answer)) {
    const index = Math.floor((moment - columnStart(answer, stream, 0)) / seconds);
    if (index < 0 || index >= stream["column_count"]) continue;
    return { stream, index, start: columnStart(answer, stream, index), seconds };
  }
  return undefined;
}

/** The shares of a column, of one side or of both alike. */
export function sharesOf(
  { arrays }: TrendStream,
  index: number,
  side: TrendSide | "both",
): TrendShares {
  const of = (name: string) => arrays[name]?.[index] ?? 0;
  const mean = (name: string) =>
    side === "both" ? (of(`${name}_left`) + of(`${name}_right`)) / 2 : of(`${name}_${side}`);
  return {
    "assessable": mean("assessable"),
    "not-assessable": mean("not_assessable"),
    "not-computed": of("not_computed"),
    "missing": of("missing"),
  };
}

/** The state that most of a column is in; of equal shares the one that promises less. */
export function stateOf(stream: TrendStream, index: number, side: TrendSide | "both"): TrendState {
  const shares = sharesOf(stream, index, side);
  let best: TrendState = "missing";
  for (const state of ["not-assessable", "not-computed", "assessable"] as const) {
    if (shares[state] > shares[best]) best = state;
  }
  return best;
}

/** Neighbouring columns in one state. */
export interface StateRun {
  readonly state: TrendState;
  readonly first: number;
  /** After the last. */
  readonly end: number;
}

/** The columns of a stream as stretches of one state. */
export function stateRuns(stream: TrendStream, side: TrendSide | "both"): StateRun[] {
  const runs: { state: TrendState; first: number; end: number }[] = [];
  for (let index = 0; index < stream["column_count"]; index++) {
    const state = stateOf(stream, index, side);
    const last = runs.at(-1);
    if (last?.state === state) last.end = index + 1;
    else runs.push({ state, first: index, end: index + 1 });
  }
  return runs;
}

/**
 * Seconds of a window by state, both sides weighing the same. What lies in no stream is missing.
 *
 * @param model Says where segments end: a last column may reach beyond its samples.
 */
export function secondsByState(
  answer: TrendsAnswer,
  window: DayWindow,
  model: Pick<RecordingModel, "segments" | "endSeconds">,
): Record<TrendState, number> {
  const windowEnd = Math.min(window.start + window.seconds, model.endSeconds);
  const sums = { "assessable": 0, "not-assessable": 0, "not-computed": 0, "missing": 0 };
  for (const stream of shownStreams(answer)) {
    const segment = model.segments.find(({ id }) => id === stream["segment_id"]);
    const last = Math.min(windowEnd, segment?.end ?? windowEnd);
    for (let index = 0; index < stream["column_count"]; index++) {
      const from = columnStart(answer, stream, index);
      const to = Math.min(from + answer["column_seconds"], last);
      const seconds = to - Math.max(from, window.start);
      if (seconds <= 0) continue;
      const shares = sharesOf(stream, index, "both");
      for (const state of ["assessable", "not-assessable", "not-computed"] as const) {
        sums[state] += shares[state] * seconds;
      }
    }
  }
  const known = sums.assessable + sums["not-assessable"] + sums["not-computed"];
  sums.missing = Math.max(0, windowEnd - window.start - known);
  return sums;
}

/** `61.3 assessable h of 72`, and what the rest is. */
export function assessableText(seconds: Readonly<Record<TrendState, number>>): string {
  const total = Object.values(seconds).reduce((sum, part) => sum + part, 0);
  const [size, unit] = total >= 3600 ? [3600, "h"] : total >= 120 ? [60, "min"] : [1, "s"];
  const number = (value: number) => String(Number((value / size).toFixed(1)));
  const rest = (["not-assessable", "not-computed", "missing"] as const)
    .filter((state) => number(seconds[state]) !== "0")
    .map((state) => `${number(seconds[state])} ${unit} ${STATE_NAMES[state]}`);
  const text = `${number(seconds.assessable)} assessable ${unit} of ${number(total)}`;
  return rest.length === 0 ? text : `${text}; ${rest.join(", ")}`;
}
