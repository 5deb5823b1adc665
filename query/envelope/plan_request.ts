/**
 * From a request of an envelope to its plan.
 *
 * A recording that was opened a moment ago is looked at once; in every other case its rows are read from the
 * beginning, and they decide, complaints included. What is stored of whole streams is remembered, and only
 * their holes and ends are looked at again: it decides what a summary is worth.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { ENVELOPE_CELLS_MAX, type EnvelopeQuery } from "@wavekeep/core/wire";
import type { Hole } from "@wavekeep/core/recording";
import type { QueryDeps } from "../deps.ts";
import { segmentSpans } from "../describe_recording.ts";
import { type OpenRecording, openRecording } from "../open_recording.ts";
import { standsAsOpened } from "../opened_recordings.ts";
import type { SequenceScope, SiteView } from "../store/query_store.ts";
import { type NamedChannel, selectChannels } from "../window/channel_names.ts";
import { isOf } from "../window/plan_request.ts";
import { planWindow } from "../window/plan_window.ts";
import { bareTimeline, readTimelines } from "../window/read_timelines.ts";
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

type PlanDeps = Pick<QueryDeps, "store" | "keys" | "opened" | "known">;

/**
 * Plans a request.
 *
 * @throws {ProblemError} `recording-not-found`, `window-invalid`, `channel-not-found`, `window-too-large`.
 */
export async function planEnvelopeRequest(
  deps: PlanDeps,
  siteId: number,
  query: EnvelopeQuery,
): Promise<PlannedEnvelopeRequest> {
  return await planOpened(deps, siteId, query) ??
    await deps.store.read(siteId, (view) => planFromRows(view, deps, query));
}

/** By one look at a recording that is open; undefined when the rows have to decide. */
async function planOpened(
  deps: PlanDeps,
  siteId: number,
  query: EnvelopeQuery,
): Promise<PlannedEnvelopeRequest | undefined> {
  const opened = await deps.opened.find(siteId, codesOf(query));
  if (opened === undefined) return undefined;
  const { recordingId } = opened.recording.stored;
  const look = await deps.store.look(siteId, recordingId, [], { bodies: false });
  const recording = look && standsAsOpened(opened, look.standing);
  if (recording === undefined) return undefined;
  const runs = async (scopes: readonly SequenceScope[]) => {
    if (scopes.length === 0) return [];
    const later = await deps.store.look(siteId, recordingId, scopes, { bodies: false });
    return scopes.map((_, index) => [...later?.scopes[index]?.runs ?? []]);
  };
  const view: Parameters<typeof readTimelines>[0] = {
    incarnation: look!.standing.incarnation,
    runs,
    lengths: (scope) => deps.store.read(siteId, (view) => view.lengths(scope)),
  };
  return await planned(deps, view, recording, {
    named: opened.named,
    asOf: look!.standing.asOf,
    query,
  });
}

async function planFromRows(
  view: SiteView,
  deps: PlanDeps,
  query: EnvelopeQuery,
): Promise<PlannedEnvelopeRequest> {
  const stored = await view.recording(codesOf(query));
  if (stored === undefined) throw new ProblemError("recording-not-found");
  const shapes = await view.shapes([stored.recordingId]);
  const recording = await openRecording(stored, shapes.get(stored.recordingId)!, deps.keys);
  const { named } = deps.opened.keep(recording, view.incarnation);
  return await planned(deps, view, recording, { named, asOf: view.asOf, query });
}

async function planned(
  { known }: PlanDeps,
  view: Parameters<typeof readTimelines>[0],
  recording: OpenRecording,
  { named, asOf, query }: {
    readonly named: readonly NamedChannel[];
    readonly asOf: string;
    readonly query: EnvelopeQuery;
  },
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

function codesOf(query: EnvelopeQuery): { patientCode: string; recordingCode: string } {
  return { patientCode: query.patient_id, recordingCode: query.recording_id };
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
