/**
 * From a request of an envelope to its plan.
 *
 * What is stored of whole streams is remembered, and only their holes and ends are looked at again: it
 * decides what a summary is worth.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { ENVELOPE_CELLS_MAX, type EnvelopeQuery } from "@wavekeep/core/wire";
import type { Hole } from "@wavekeep/core/recording";
import { segmentSpans } from "../describe_recording.ts";
import type { OpenRecording } from "../open_recording.ts";
import { type NamedChannel, selectChannels } from "../window/channel_names.ts";
import { isOf } from "../window/plan_request.ts";
import { planWindow } from "../window/plan_window.ts";
import { bareTimeline, readTimelines } from "../window/read_timelines.ts";
import { type OpenDeps, type OpenedNow, type RunsView, withOpened } from "../window/with_opened.ts";
import { parseWindow } from "../window/window_request.ts";
import { type EnvelopePlan, planEnvelope } from "./plan_envelope.ts";

/** A planned request. */
export interface PlannedEnvelopeRequest {
  readonly recording: OpenRecording;
  readonly channels: readonly NamedChannel[];
  readonly plan: EnvelopePlan;
  readonly gaps: readonly Hole[];
  readonly asOf: string;
}

/**
 * Plans a request.
 *
 * @throws {ProblemError} `recording-not-found`, `window-invalid`, `channel-not-found`, `window-too-large`.
 */
export function planEnvelopeRequest(
  deps: OpenDeps,
  siteId: number,
  query: EnvelopeQuery,
): Promise<PlannedEnvelopeRequest> {
  return withOpened(
    deps,
    siteId,
    query,
    (view, opened) => planOpenEnvelope(deps, view, opened, query),
  );
}

/** Plans a request of a recording that somebody has opened. */
export async function planOpenEnvelope(
  { known }: Pick<OpenDeps, "known">,
  view: RunsView,
  { recording, named, asOf }: OpenedNow,
  query: Omit<EnvelopeQuery, "patient_id" | "recording_id">,
): Promise<PlannedEnvelopeRequest> {
  const { window } = parseWindow({ ...query, coordinate: "seconds" }, recording);
  const channels = selectChannels(named, query.channels);
  const isErased = recording.key === undefined;
  const streams = recording.streams.filter((stream) => isErased || channels.some(isOf(stream)));
  const timelines = await readTimelines(view, recording, streams, { known });
  const plan = planEnvelope(
    timelines.map((timeline, index) => ({
      timeline,
      channelCount: streams[index]!.channelCount,
    })),
    window,
    query.columns,
  );
  refuseTooMany(plan, channels);
  const { gaps } = planWindow(
    timelines.map((timeline) => ({ timeline, channelCount: 0 })),
    segmentSpans(recording, recording.streams.map((stream) => bareTimeline(recording, stream))),
    window,
    { erased: isErased },
  );
  return { recording, channels, plan, gaps, asOf };
}

function refuseTooMany(plan: EnvelopePlan, channels: readonly NamedChannel[]): void {
  const asked = plan.streams.reduce(
    (sum, { timeline, bounds }) => sum + channels.filter(isOf(timeline)).length * bounds.length,
    0,
  );
  if (asked <= ENVELOPE_CELLS_MAX) return;
  throw new ProblemError("window-too-large", {
    detail: `Cannot answer at once: ${asked} columns of channels were asked for, the limit is ` +
      `${ENVELOPE_CELLS_MAX}`,
    errors: [{ detail: "ask for fewer columns or channels", pointer: "/query/columns" }],
    extensions: { "asked_columns": asked, "limit_columns": ENVELOPE_CELLS_MAX },
  });
}
