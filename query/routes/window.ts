/**
 * `GET /eeg`: the samples of a window, with what is missing.
 *
 * Hazard: for JSON every chunk is read and verified before the first byte, so that a damaged one is a
 * problem document and never data. Stored chunks are streamed, verified one by one; a damaged one in the
 * middle breaks the connection off.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { requireAction } from "@wavekeep/core/service";
import { rateHz } from "@wavekeep/core/time";
import {
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  WINDOW_SAMPLES_MAX,
  WindowQuery,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { segmentSpans } from "../describe_recording.ts";
import type { TimeRange } from "../window/gaps.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf, type OpenRecording, type OpenStream } from "../open_recording.ts";
import { byteBody, startedEarly, textBody } from "../stream_body.ts";
import type { SiteView } from "../store/query_store.ts";
import { nameChannels, type NamedChannel, selectChannels } from "../window/channel_names.ts";
import {
  type PlannedRun,
  planWindow,
  samplesAsked,
  type WindowPlan,
} from "../window/plan_window.ts";
import { type ChunkSource, openRun, readRun } from "../window/read_window.ts";
import { ToldSets } from "../told_sets.ts";
import { bareTimeline, readTimelines } from "../window/read_timelines.ts";
import { parseWindow } from "../window/window_request.ts";
import { columnsJson, planJson, type ReadRun, uniqueNames } from "../window/window_response.ts";
import { grantAccess, openByCodes, parseQuery } from "./_request.ts";

const MEDIA_TYPES = ["application/json", COLUMNS_MEDIA_TYPE, CHUNKS_MEDIA_TYPE] as const;

/** A planned request. */
interface Planned {
  readonly recording: OpenRecording;
  readonly channels: readonly NamedChannel[];
  readonly plan: WindowPlan;
  readonly asOf: string;
}

export function windowRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/eeg", requireAction("samples:read"), async (c) => {
    const query = parseQuery(c, WindowQuery);
    const mediaType = negotiate(c.req.header("accept"), MEDIA_TYPES);
    const planned = await deps.store.read(
      c.var.principal.siteId,
      (view) => planRequest(view, deps, query),
    );
    const { recording } = planned;
    const facts = factsOf(planned, mediaType, query.parameter_sets);
    const asOf = deps.moments.momentOf(facts, planned.asOf);
    const etag = strongTag(facts, asOf);
    await grantAccess(c, deps, recording.stored.recordingId);
    const headers = healthHeaders(mediaType, etag);
    if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
    if (mediaType === CHUNKS_MEDIA_TYPE) {
      const chunks = await startedEarly(openRuns(deps, planned, query));
      const body = byteBody(chunks, (error) => {
        c.var.logger.error("chunk answer broken off", { error });
      });
      return new Response(body, { headers });
    }
    const runs = await readRuns(deps, planned);
    const window = { ...planned, runs, startedAt: recording.startedAt, asOf };
    const pieces = mediaType === COLUMNS_MEDIA_TYPE ? columnsJson(window) : planJson(window);
    return new Response(textBody(pieces), { headers });
  });
  return app;
}

async function planRequest(
  view: SiteView,
  deps: QueryDeps,
  query: WindowQuery,
): Promise<Planned> {
  const recording = await openByCodes(view, deps, query);
  const { window, only } = parseWindow(query, recording);
  const named = nameChannels(recording.streams);
  const channels = selectChannels(named, query.channels)
    .filter((channel) => only === undefined || isOf(only)(channel));
  // Of an erased patient no channel has a name left; the holes are still told.
  const isErased = recording.key === undefined;
  const streams = recording.streams.filter((stream) => isErased || channels.some(isOf(stream)));
  refuseTooMany(samplesOfWindow(streams, channels, window));
  const timelines = await readTimelines(view, recording, streams, { window });
  const plan = planWindow(
    timelines.map((timeline, index) => ({
      timeline,
      channelCount: channels.filter(isOf(streams[index]!)).length,
    })),
    segmentSpans(recording, recording.streams.map((stream) => bareTimeline(recording, stream))),
    window,
    { erased: isErased },
  );
  refuseTooMany(plan.sampleCount);
  return { recording, channels, plan, asOf: view.asOf };
}

/** What the window asks for at the highest rate of each name, stored or not. */
function samplesOfWindow(
  streams: readonly OpenStream[],
  channels: readonly NamedChannel[],
  window: TimeRange,
): number {
  return uniqueNames(channels).reduce((sum, name) => {
    const rates = channels.filter((channel) => channel.name === name)
      .flatMap((channel) => streams.filter((stream) => isOf(stream)(channel)))
      .map(({ rate }) => rate)
      .sort((a, b) => rateHz(b) - rateHz(a));
    return rates[0] === undefined ? sum : sum + samplesAsked(rates[0], window);
  }, 0);
}

function refuseTooMany(asked: number): void {
  if (asked <= WINDOW_SAMPLES_MAX) return;
  throw new ProblemError("window-too-large", {
    detail: `Cannot answer at once: ${asked} samples were asked for, the limit is ` +
      `${WINDOW_SAMPLES_MAX}`,
    errors: [{ detail: "ask for less time or fewer channels", pointer: "/query/end" }],
    extensions: { asked_samples: asked, limit_samples: WINDOW_SAMPLES_MAX },
  });
}

async function readRuns(deps: QueryDeps, planned: Planned): Promise<ReadRun[]> {
  const { recording, plan, channels } = planned;
  const runs: ReadRun[] = [];
  // One after the other: a page of chunks at a time is what bounds the memory.
  for (const run of plan.runs) {
    const wanted = channels.filter(isOf(run.timeline));
    const columns = await readRun(run, wanted.map(({ row }) => row), source(deps, recording, run));
    runs.push({
      run,
      columns: wanted.map((channel, index) => ({ channel, samples: columns[index]! })),
    });
  }
  return runs;
}

/** Oldest first within each stream; segment after segment, stream after stream. */
async function* openRuns(
  deps: QueryDeps,
  { recording, plan }: Planned,
  query: WindowQuery,
): AsyncIterable<Uint8Array> {
  const ordered = [...plan.runs].sort((a, b) =>
    a.timeline.segmentNumber - b.timeline.segmentNumber || a.timeline.stream - b.timeline.stream ||
    a.samples.start - b.samples.start
  );
  const told = new ToldSets(deps.sets, query.parameter_sets);
  for (const run of ordered) {
    const from = source(deps, recording, run);
    for await (const chunk of openRun(run, from)) yield* told.records(chunk, from.identity);
  }
}

function source(deps: QueryDeps, recording: OpenRecording, run: PlannedRun): ChunkSource {
  const stream = recording.streams.find(isOf(run.timeline))!;
  return { store: deps.store, sets: deps.sets, identity: identityOf(recording, stream)! };
}

/** What decides the bytes of an answer. Stored samples never change, so their place stands for them. */
function factsOf(
  { recording, channels, plan }: Planned,
  mediaType: string,
  sets: WindowQuery["parameter_sets"],
): string {
  return strongTag(
    "eeg/v1",
    mediaType,
    sets,
    recording.stored.recordingId,
    plan.window.start.numerator.toString(),
    plan.window.start.denominator.toString(),
    plan.window.end.numerator.toString(),
    plan.window.end.denominator.toString(),
    channels.map(({ name, segmentNumber, stream, row }) => [name, segmentNumber, stream, row]),
    plan.runs.map(({ timeline, samples }) => [
      timeline.segmentId,
      timeline.stream,
      samples.start,
      samples.end,
    ]),
    plan.gaps,
  );
}

function isOf(stream: { readonly segmentNumber: number; readonly stream: number }) {
  return (other: { readonly segmentNumber: number; readonly stream: number }) =>
    other.segmentNumber === stream.segmentNumber && other.stream === stream.stream;
}
