/**
 * `GET /trends`: spectrum, asymmetry, aEEG, suppression and what can be judged, of an hour or of a week.
 *
 * Hazard: a tag is given only to an answer that can no longer change: all of it computed, and all from the
 * level that was planned. Nothing is computed here, so an answer may lag behind what is stored; it says so.
 *
 * @module
 */

import { plainResponse } from "@wavekeep/core/service";
import { encodeTrends, TREND_ALGORITHM, trendsJson } from "@wavekeep/core/trend";
import { TRENDS_MEDIA_TYPE, TrendsQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf } from "../open_recording.ts";
import { type PlannedTrendsRequest, planTrendsRequest } from "../trend/plan_request.ts";
import { readTrends } from "../trend/read_trends.ts";
import { trendsDocument } from "../trend/trends_document.ts";
import { grantAccess, parseQuery } from "./_request.ts";

const MEDIA_TYPES = ["application/json", TRENDS_MEDIA_TYPE] as const;

export function trendRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/trends", async (c) => {
    const query = parseQuery(c, TrendsQuery);
    const mediaType = negotiate(c.req.header("accept"), MEDIA_TYPES);
    const planned = await planTrendsRequest(deps, c.var.principal.siteId, query);
    const facts = factsOf(planned, mediaType, query.columns);
    const moment = deps.moments.momentOf(facts, planned.asOf);
    const etag = strongTag(facts, moment);
    await grantAccess(c, deps, planned.recording.stored.recordingId, planned.window);
    if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
    const source = { ...deps, logger: c.var.logger };
    const read = await Promise.all(planned.streams.map((own) =>
      // Streams are planned of recordings with a key only.
      readTrends(source, own, identityOf(planned.recording, own.stream)!, planned)
    ));
    const isFinal = read.every((own) => own.isFinal);
    const asOf = isFinal ? moment : planned.asOf;
    const document = trendsDocument(planned, read, { asked: query.columns, asOf });
    const headers = healthHeaders(mediaType, isFinal ? etag : undefined);
    const body = mediaType === TRENDS_MEDIA_TYPE ? encodeTrends(document) : trendsJson(document);
    return plainResponse(body, { headers });
  });
  return app;
}

/** What decides the bytes of a final answer. Stored samples never change, so their place stands for them. */
function factsOf(
  { recording, window, columnSeconds, streams, unavailable, gaps }: PlannedTrendsRequest,
  mediaType: string,
  asked: number,
): string {
  const { start, end } = window;
  return strongTag(
    `trends/v1/${TREND_ALGORITHM}`,
    mediaType,
    recording.stored.recordingId,
    [start, end].map(({ numerator, denominator }) => `${numerator}/${denominator}`),
    asked,
    columnSeconds,
    streams.map(({ timeline, firstColumn, endColumn, endSequence }) => [
      timeline.segmentId,
      timeline.stream,
      firstColumn,
      endColumn,
      endSequence,
      timeline.stored,
    ]),
    unavailable.map(({ timeline, reason }) => [timeline.segmentId, timeline.stream, reason]),
    gaps,
  );
}
