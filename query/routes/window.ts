/**
 * `GET /eeg`: the samples of a window, with what is missing.
 *
 * Hazard: for JSON every chunk is read and verified before the first byte, so that a damaged one is a
 * problem document and never data. Stored chunks are streamed, verified one by one; a damaged one in the
 * middle breaks the connection off, unless the client wants such chunks marked (`failed=mark`): then a
 * failure record stands in its place, and the others are read.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { plainResponse } from "@wavekeep/core/service";
import { CHUNKS_MEDIA_TYPE, COLUMNS_MEDIA_TYPE, WindowQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag, tagOfMoment } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { lastingBody } from "../lasting_answer.ts";
import { type FailedStretch, failureOfStretches } from "../failed_stretch.ts";
import { IntegrityError } from "../integrity_error.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf } from "../open_recording.ts";
import { startedEarly, textBody } from "../stream_body.ts";
import { ToldSets } from "../told_sets.ts";
import { whileAllowed } from "../while_allowed.ts";
import type { NamedChannel } from "../window/channel_names.ts";
import { isOf, type PlannedRequest, planRequest } from "../window/plan_request.ts";
import type { PlannedRun } from "../window/plan_window.ts";
import { type ChunkSource, openRun, readRun } from "../window/read_window.ts";
import { columnsJson, planJson, type ReadRun } from "../window/window_response.ts";
import { grantAccess, parseQuery } from "./_request.ts";

const MEDIA_TYPES = ["application/json", COLUMNS_MEDIA_TYPE, CHUNKS_MEDIA_TYPE] as const;

export function windowRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/eeg", async (c) => {
    const query = parseQuery(c, WindowQuery);
    const mediaType = negotiate(c.req.header("accept"), MEDIA_TYPES);
    const ifNoneMatch = c.req.header("if-none-match");
    const { siteId } = c.var.principal;
    // Who names a tag may have the answer: then nothing but the plan is read first.
    const planned = await planRequest(deps, siteId, query, { bodies: ifNoneMatch === undefined });
    const { recording } = planned;
    const facts = factsOf(planned, mediaType, query);
    const asOf = deps.moments.momentOf(facts, planned.asOf);
    const etag = tagOfMoment(facts, asOf);
    await grantAccess(c, deps, recording.stored.recordingId, planned.plan.window);
    const headers = healthHeaders(mediaType, etag);
    if (hasTag(ifNoneMatch, etag)) return notModified(etag);
    if (mediaType === CHUNKS_MEDIA_TYPE) {
      const pages = recordPages(deps, planned, query, (failed, error) => {
        if (query.failed === "refuse") throw failureOfStretches(error, [failed]);
        deps.alarms.raise(siteId, failureOfStretches(error, [failed]));
      });
      if (planned.fetched !== undefined) {
        const bytes = concatBytes(...(await Array.fromAsync(pages)).flat());
        return plainResponse(bytes, {
          headers: { ...headers, "content-length": String(bytes.length) },
        });
      }
      const access = { principal: c.var.principal, recordingId: recording.stored.recordingId };
      const given = whileAllowed(deps.consents, access, flat(pages));
      const body = lastingBody(c, deps, await startedEarly(given), {
        what: "chunk answer",
        onFailure: (error) => {
          if (error instanceof IntegrityError) deps.alarms.raise(siteId, error);
        },
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

async function readRuns(deps: QueryDeps, planned: PlannedRequest): Promise<ReadRun[]> {
  const { plan, channels } = planned;
  const runs: ReadRun[] = [];
  // One after the other: a page of chunks at a time is what bounds the memory.
  for (const run of plan.runs) {
    const wanted = channels.filter(isOf(run.timeline));
    const columns = await readRun(run, wanted.map(({ row }) => row), sourceOf(deps, planned, run));
    runs.push({
      run,
      columns: wanted.map((channel, index) => ({ channel, samples: columns[index]! })),
    });
  }
  return runs;
}

/** Oldest first within each stream; segment after segment, stream after stream. */
async function* recordPages(
  deps: QueryDeps,
  planned: PlannedRequest,
  query: WindowQuery,
  onFailure: (failed: FailedStretch, error: IntegrityError) => void,
): AsyncIterable<Uint8Array[]> {
  const ordered = [...planned.plan.runs].sort((a, b) =>
    a.timeline.segmentNumber - b.timeline.segmentNumber || a.timeline.stream - b.timeline.stream ||
    a.samples.start - b.samples.start
  );
  const told = new ToldSets(deps.sets, query.parameter_sets);
  for (const run of ordered) {
    const source = sourceOf(deps, planned, run);
    for await (const chunks of openRun(run, source)) {
      yield await told.records(chunks, source.identity, { place: run.timeline, onFailure });
    }
  }
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncIterable<T> {
  for await (const page of pages) yield* page;
}

function sourceOf(
  deps: QueryDeps,
  { recording, fetched }: PlannedRequest,
  run: PlannedRun,
): ChunkSource {
  const stream = recording.streams.find(isOf(run.timeline))!;
  const chunks = fetched?.find(isOf(run.timeline))?.chunks;
  return {
    store: deps.store,
    sets: deps.sets,
    identity: identityOf(recording, stream)!,
    ...(chunks === undefined ? {} : { fetched: chunks }),
  };
}

/** What decides the bytes of an answer. Stored samples never change, so their place stands for them. */
function factsOf(
  { recording, channels, plan }: PlannedRequest,
  mediaType: string,
  { parameter_sets: sets, failed }: WindowQuery,
): string {
  return strongTag(
    "eeg/v2",
    mediaType,
    sets,
    ...(failed === "refuse" ? [] : [failed]),
    recording.stored.recordingId,
    plan.window.start.numerator.toString(),
    plan.window.start.denominator.toString(),
    plan.window.end.numerator.toString(),
    plan.window.end.denominator.toString(),
    channelFacts(channels),
    plan.runs.map(({ timeline, samples }) => [
      timeline.segmentId,
      timeline.stream,
      samples.start,
      samples.end,
    ]),
    plan.gaps,
  );
}

/** Tags of lists of channels, each for as long as the list is held: an open recording's own list stays. */
const channelTags = new WeakMap<readonly NamedChannel[], string>();

function channelFacts(channels: readonly NamedChannel[]): string {
  let tag = channelTags.get(channels);
  if (tag === undefined) {
    tag = strongTag(
      channels.map(({ name, segmentNumber, stream, row }) => [name, segmentNumber, stream, row]),
    );
    channelTags.set(channels, tag);
  }
  return tag;
}
