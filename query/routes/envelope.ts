/**
 * `GET /envelope`: least, greatest and what is missing, column by column, of a second or of a week.
 *
 * Hazard: a tag is given only to an answer that leaves nothing out, because only that one follows from what
 * is stored.
 *
 * @module
 */

import { plainResponse } from "@wavekeep/core/service";
import { SUMMARY_ALGORITHM } from "@wavekeep/core/summary";
import { ENVELOPE_MEDIA_TYPE, EnvelopeQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { planEnvelopeRequest, type PlannedEnvelopeRequest } from "../envelope/plan_request.ts";
import { readEnvelope, type WantedEnvelope } from "../envelope/read_envelope.ts";
import { EnvelopeColumns } from "../envelope/columns.ts";
import { envelopeBytes, envelopeJson, type ReadEnvelope } from "../envelope/envelope_response.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf } from "../open_recording.ts";
import { isOf } from "../window/plan_request.ts";
import { grantAccess, parseQuery } from "./_request.ts";

const MEDIA_TYPES = ["application/json", ENVELOPE_MEDIA_TYPE] as const;

export function envelopeRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/envelope", async (c) => {
    const query = parseQuery(c, EnvelopeQuery);
    const mediaType = negotiate(c.req.header("accept"), MEDIA_TYPES);
    const planned = await planEnvelopeRequest(deps, c.var.principal.siteId, query);
    const facts = factsOf(planned, mediaType);
    const asOf = deps.moments.momentOf(facts, planned.asOf);
    const etag = strongTag(facts, asOf);
    await grantAccess(c, deps, planned.recording.stored.recordingId, planned.plan.window);
    if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
    const { logger } = c.var;
    const envelope = await readPlanned({ ...deps, logger }, planned, asOf);
    const headers = healthHeaders(mediaType, envelope.isComplete ? etag : undefined);
    const body = mediaType === ENVELOPE_MEDIA_TYPE
      ? envelopeBytes(envelope)
      : envelopeJson(envelope);
    return plainResponse(body, { headers });
  });
  return app;
}

async function readPlanned(
  deps: QueryDeps,
  { recording, channels, plan, gaps, asOf }: PlannedEnvelopeRequest,
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
function factsOf(
  { recording, channels, plan, gaps }: PlannedEnvelopeRequest,
  mediaType: string,
): string {
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
