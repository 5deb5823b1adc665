/**
 * `GET /envelope`: least, greatest and what is missing, column by column, of a second or of a week.
 *
 * Hazard: a tag is given only to an answer that leaves nothing out, because only that one follows from what
 * is stored.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { plainResponse, requireAction } from "@wavekeep/core/service";
import { SUMMARY_ALGORITHM } from "@wavekeep/core/summary";
import { ENVELOPE_CELLS_MAX, ENVELOPE_MEDIA_TYPE, EnvelopeQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { segmentSpans } from "../describe_recording.ts";
import { type EnvelopePlan, planEnvelope } from "../envelope/plan_envelope.ts";
import { readEnvelope, type WantedEnvelope } from "../envelope/read_envelope.ts";
import { EnvelopeColumns } from "../envelope/columns.ts";
import { envelopeBytes, envelopeJson, type ReadEnvelope } from "../envelope/envelope_response.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf, type OpenRecording } from "../open_recording.ts";
import type { SiteView } from "../store/query_store.ts";
import { nameChannels, type NamedChannel, selectChannels } from "../window/channel_names.ts";
import { planWindow } from "../window/plan_window.ts";
import { bareTimeline, readTimelines } from "../window/read_timelines.ts";
import { parseWindow } from "../window/window_request.ts";
import { grantAccess, openByCodes, parseQuery } from "./_request.ts";

const MEDIA_TYPES = ["application/json", ENVELOPE_MEDIA_TYPE] as const;

/** A planned request. */
interface Planned {
  readonly recording: OpenRecording;
  readonly channels: readonly NamedChannel[];
  readonly plan: EnvelopePlan;
  readonly gaps: ReadEnvelope["gaps"];
  readonly asOf: string;
}

export function envelopeRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/envelope", requireAction("samples:read"), async (c) => {
    const query = parseQuery(c, EnvelopeQuery);
    const mediaType = negotiate(c.req.header("accept"), MEDIA_TYPES);
    const planned = await deps.store.read(
      c.var.principal.siteId,
      (view) => planRequest(view, deps, query),
    );
    const facts = factsOf(planned, mediaType);
    const asOf = deps.moments.momentOf(facts, planned.asOf);
    const etag = strongTag(facts, asOf);
    await grantAccess(c, deps, planned.recording.stored.recordingId);
    if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
    const { logger } = c.var;
    const envelope = await readPlanned({ ...deps, logger }, planned, asOf);
    const headers = healthHeaders(mediaType, envelope.isComplete ? etag : undefined);
    const body = mediaType === ENVELOPE_MEDIA_TYPE
      ? envelopeBytes(envelope)
      : envelopeJson(envelope);
    return plainResponse(body, { headers: lowerCase(headers) });
  });
  return app;
}

async function planRequest(
  view: SiteView,
  deps: QueryDeps,
  query: EnvelopeQuery,
): Promise<Planned> {
  const recording = await openByCodes(view, deps, query);
  const { window } = parseWindow({ ...query, coordinate: "seconds" }, recording);
  const channels = selectChannels(nameChannels(recording.streams), query.channels);
  const isErased = recording.key === undefined;
  const streams = recording.streams.filter((stream) => isErased || channels.some(isOf(stream)));
  // Whole streams: what is stored of them is remembered, and decides what a summary is worth.
  const timelines = await readTimelines(view, recording, streams, { known: deps.known });
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
  return { recording, channels, plan, gaps, asOf: view.asOf };
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

async function readPlanned(
  deps: QueryDeps,
  { recording, channels, plan, gaps, asOf }: Planned,
  moment: string,
): Promise<ReadEnvelope> {
  const wanted = plan.streams.map(({ timeline }) => channels.filter(isOf(timeline)));
  const identities = plan.streams.map(({ timeline }) =>
    identityOf(recording, recording.streams.find(isOf(timeline))!)
  );
  const isErased = recording.key === undefined;
  const columns = isErased
    ? plan.streams.map(({ bounds }) => new EnvelopeColumns("int32", [], bounds.length - 1))
    : await readEnvelope(
      deps,
      recording.stored.recordingId,
      plan.streams.map((own, index): WantedEnvelope => ({
        plan: own,
        identity: identities[index]!,
        rows: wanted[index]!.map(({ row }) => row),
      })),
    );
  const isComplete = columns.every(({ notSummarised }) =>
    notSummarised.every((count) => count === 0)
  );
  return {
    plan,
    streams: columns.map((columns, index) => ({ columns, channels: wanted[index]! })),
    gaps,
    isComplete,
    asOf: isComplete ? moment : asOf,
    isErased,
  };
}

/** What decides the bytes of a complete answer. Stored samples never change, so their place stands for them. */
function factsOf({ recording, channels, plan, gaps }: Planned, mediaType: string): string {
  const { start, end } = plan.window;
  return strongTag(
    `envelope/v1/${SUMMARY_ALGORITHM}`,
    mediaType,
    recording.stored.recordingId,
    [start, end].map(({ numerator, denominator }) => `${numerator}/${denominator}`),
    plan.columnCount,
    channels.map(({ name, segmentNumber, stream, row }) => [name, segmentNumber, stream, row]),
    plan.streams.map(({ timeline, level, firstColumn, sampleBounds }) => [
      timeline.segmentId,
      timeline.stream,
      level,
      firstColumn,
      sampleBounds.length,
      sampleBounds[0],
      sampleBounds.at(-1),
      timeline.stored.filter((range) =>
        range.start < sampleBounds.at(-1)! && range.end > sampleBounds[0]!
      ),
    ]),
    gaps,
  );
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function isOf(stream: { readonly segmentNumber: number; readonly stream: number }) {
  return (other: { readonly segmentNumber: number; readonly stream: number }) =>
    other.segmentNumber === stream.segmentNumber && other.stream === stream.stream;
}
