/**
 * From a request of trends to its plan: which columns of which streams.
 *
 * Sole owner of how columns lie. They are whole buckets, counted from the start of the segment, so a window
 * that is moved shows the same numbers in the columns that it shares with the one before. Pure arithmetic,
 * but for the look at what is stored.
 *
 * @module
 */

import { sequenceOfSample } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import type { Channel, Hole } from "@wavekeep/core/recording";
import {
  ceilDivide,
  type ExactSeconds,
  floorDivide,
  subtractSeconds,
  toNumber,
} from "@wavekeep/core/time";
import { columnsFor, planTrends, type TrendPlan } from "@wavekeep/core/trend";
import { TRENDS_ANSWER_COLUMNS_MAX, type TrendsQuery } from "@wavekeep/core/wire";
import { segmentSpans } from "../describe_recording.ts";
import type { OpenRecording, OpenStream } from "../open_recording.ts";
import type { TimeRange } from "../window/gaps.ts";
import { planWindow } from "../window/plan_window.ts";
import { bareTimeline, readTimelines } from "../window/read_timelines.ts";
import { horizon, type StreamTimeline } from "../window/timeline.ts";
import { type OpenDeps, type OpenedNow, type RunsView, withOpened } from "../window/with_opened.ts";
import { parseWindow } from "../window/window_request.ts";

/** The columns of one stream. */
export interface PlannedTrends {
  readonly timeline: StreamTimeline;
  readonly stream: OpenStream;
  readonly plan: TrendPlan;
  /** Columns from the origin on, `firstColumn <= column < endColumn`. */
  readonly firstColumn: number;
  readonly endColumn: number;
  /** Sequence after the last one that is stored or promised. */
  readonly endSequence: number;
}

/** A planned request. */
export interface PlannedTrendsRequest {
  readonly recording: OpenRecording;
  readonly window: TimeRange;
  /** Level that columns are made of, where it is there. */
  readonly level: number;
  readonly columnSeconds: number;
  readonly streams: readonly PlannedTrends[];
  readonly unavailable: readonly { readonly timeline: StreamTimeline; readonly reason: string }[];
  readonly gaps: readonly Hole[];
  readonly asOf: string;
}

/**
 * Plans a request.
 *
 * @throws {ProblemError} `recording-not-found`, `window-invalid`, `window-too-large`.
 */
export function planTrendsRequest(
  deps: OpenDeps,
  siteId: number,
  query: TrendsQuery,
): Promise<PlannedTrendsRequest> {
  return withOpened(
    deps,
    siteId,
    query,
    (view, opened) => planOpenTrends(deps, view, opened, query),
  );
}

/** Plans a request of a recording that somebody has opened. */
export async function planOpenTrends(
  { known }: Pick<OpenDeps, "known">,
  view: RunsView,
  { recording, asOf }: Pick<OpenedNow, "recording" | "asOf">,
  query: Omit<TrendsQuery, "patient_id" | "recording_id">,
): Promise<PlannedTrendsRequest> {
  const { window } = parseWindow({ ...query, coordinate: "seconds" }, recording);
  const isErased = recording.key === undefined;
  const timelines = await readTimelines(view, recording, recording.streams, { known });
  const seconds = toNumber(subtractSeconds(window.end, window.start));
  const { level, columnSeconds } = columnsFor(seconds, query.columns);
  const streams: PlannedTrends[] = [];
  const unavailable: { timeline: StreamTimeline; reason: string }[] = [];
  for (const [index, timeline] of isErased ? [] : timelines.entries()) {
    const stream = recording.streams[index]!;
    const columns = columnsOf(timeline, window, columnSeconds);
    if (columns === undefined) continue;
    const plan = planOf(stream);
    if ("reason" in plan) unavailable.push({ timeline, reason: plan.reason });
    else streams.push({ timeline, stream, plan, ...columns });
  }
  refuseTooMany(streams);
  const { gaps } = planWindow(
    timelines.map((timeline) => ({ timeline, channelCount: 0 })),
    segmentSpans(recording, recording.streams.map((stream) => bareTimeline(recording, stream))),
    window,
    { erased: isErased },
  );
  return { recording, window, level, columnSeconds, streams, unavailable, gaps, asOf };
}

function refuseTooMany(streams: readonly PlannedTrends[]): void {
  const asked = streams.reduce((sum, own) => sum + own.endColumn - own.firstColumn, 0);
  if (asked <= TRENDS_ANSWER_COLUMNS_MAX) return;
  throw new ProblemError("window-too-large", {
    detail:
      `Cannot answer at once: ${asked} columns over all streams were asked for, the limit is ` +
      `${TRENDS_ANSWER_COLUMNS_MAX}`,
    errors: [{ detail: "ask for fewer columns", pointer: "/query/columns" }],
    extensions: { "asked_columns": asked, "limit_columns": TRENDS_ANSWER_COLUMNS_MAX },
  });
}

/** The columns that touch a window and have anything stored or promised; undefined when there is none. */
function columnsOf(
  timeline: StreamTimeline,
  window: TimeRange,
  columnSeconds: number,
): { firstColumn: number; endColumn: number; endSequence: number } | undefined {
  const promised = horizon(timeline);
  // Below 1 Hz a sequence is no second, and nothing here is for such a stream.
  if (promised === 0 || timeline.rate.samples < timeline.rate.seconds) return undefined;
  const endSequence = sequenceOfSample(timeline.rate, promised - 1) + 1;
  const at = (time: ExactSeconds, divide: typeof floorDivide) => {
    const { numerator, denominator } = subtractSeconds(time, timeline.origin);
    return Number(divide(numerator, denominator * BigInt(columnSeconds)));
  };
  const firstColumn = Math.max(0, at(window.start, floorDivide));
  const last = Math.ceil(endSequence / columnSeconds);
  const endColumn = Math.min(last, at(window.end, ceilDivide));
  return firstColumn < endColumn ? { firstColumn, endColumn, endSequence } : undefined;
}

/** Plans follow from the channels alone, which a recording that stays open keeps. */
const plans = new WeakMap<readonly Channel[], ReturnType<typeof planTrends>>();

function planOf(stream: OpenStream): ReturnType<typeof planTrends> {
  let plan = plans.get(stream.channels);
  if (plan === undefined) plans.set(stream.channels, plan = planTrends(stream));
  return plan;
}
