/**
 * Samples, envelopes, trends and EDF+ files of a recording, de-identified: below
 * `/research/patients/:patient_id/recordings/:recording_id`.
 *
 * As `research.ts`: nothing has a tag, and `plainErrors` stands around every route.
 *
 * @module
 */

import { plainResponse } from "@wavekeep/core/service";
import { formatSeconds } from "@wavekeep/core/time";
import { encodeTrends, trendsJson } from "@wavekeep/core/trend";
import {
  COLUMNS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  ENVELOPE_MEDIA_TYPE,
  RangeQuery,
  ResearchEnvelopeQuery,
  ResearchTrendsQuery,
  ResearchWindowQuery,
  TRENDS_MEDIA_TYPE,
} from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import type { EnvelopeColumns } from "../envelope/columns.ts";
import { envelopeBytes, envelopeJson } from "../envelope/envelope_response.ts";
import { planOpenEnvelope } from "../envelope/plan_request.ts";
import { readEnvelope } from "../envelope/read_envelope.ts";
import { prepareExport } from "../export/export_file.ts";
import { planExport } from "../export/plan_export.ts";
import { lastingBody } from "../lasting_answer.ts";
import { negotiate } from "../negotiate.ts";
import { touches } from "../read_annotations.ts";
import { deidentifiedHoles, storedIdentity } from "../research/deidentify.ts";
import { readResearch, readResearchMarks } from "../research/open_research.ts";
import { FILE_NOTES } from "../research/research_dataset.ts";
import { deidentifiedTrends } from "../research/research_trends.ts";
import { textBody } from "../stream_body.ts";
import { planOpenTrends } from "../trend/plan_request.ts";
import { readTrends } from "../trend/read_trends.ts";
import { trendsDocument } from "../trend/trends_document.ts";
import { whileAllowed } from "../while_allowed.ts";
import { nameChannels } from "../window/channel_names.ts";
import { isOf, planNamed } from "../window/plan_request.ts";
import { readRun } from "../window/read_window.ts";
import { columnsJson, planJson, type ReadRun } from "../window/window_response.ts";
import { parseQuery, parseRange } from "./_request.ts";
import { plainErrors, RESEARCH_PATH, timelinesOf } from "./_research.ts";

const JSON_TYPE = "application/json";

export function researchSignalRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  const get = (path: string, handler: (c: Context) => Promise<Response>) =>
    app.get(path, plainErrors(deps, handler));

  get(`${RESEARCH_PATH}/eeg`, async (c) => {
    const query = parseQuery(c, ResearchWindowQuery);
    const mediaType = negotiate(c.req.header("accept"), [JSON_TYPE, COLUMNS_MEDIA_TYPE]);
    const { recording, read: planned } = await readResearch(
      c,
      deps,
      (view, { view: shown }) =>
        planNamed(view, { recording: shown, named: nameChannels(shown.streams) }, query),
      ({ plan }) => plan.window,
    );
    const runs: ReadRun[] = [];
    for (const run of planned.plan.runs) {
      const wanted = planned.channels.filter(isOf(run.timeline));
      const columns = await readRun(run, wanted.map(({ row }) => row), {
        ...{ store: deps.store, sets: deps.sets },
        identity: storedIdentity(recording, run.timeline),
      });
      runs.push({
        run,
        columns: wanted.map((channel, index) => ({ channel, samples: columns[index]! })),
      });
    }
    const plan = { ...planned.plan, gaps: deidentifiedHoles(planned.plan.gaps) };
    const { startedAt } = recording.view;
    const window = { ...planned, plan, runs, startedAt, asOf: "" };
    const pieces = mediaType === COLUMNS_MEDIA_TYPE ? columnsJson(window) : planJson(window);
    return new Response(textBody(pieces), { headers: healthHeaders(mediaType) });
  });

  get(`${RESEARCH_PATH}/envelope`, async (c) => {
    const query = parseQuery(c, ResearchEnvelopeQuery);
    const mediaType = negotiate(c.req.header("accept"), [JSON_TYPE, ENVELOPE_MEDIA_TYPE]);
    const { recording, read: planned } = await readResearch(
      c,
      deps,
      (view, { view: shown }) => {
        const opened = { recording: shown, named: nameChannels(shown.streams), asOf: "" };
        return planOpenEnvelope(deps, view, opened, query);
      },
      ({ plan }) => plan.window,
    );
    const wanted = planned.plan.streams.map(({ timeline }) =>
      planned.channels.filter(isOf(timeline))
    );
    const columns: EnvelopeColumns[] = await readEnvelope(
      { ...deps, logger: c.get("logger") },
      recording.stored.stored.recordingId,
      planned.plan.streams.map((plan, index) => ({
        plan,
        identity: storedIdentity(recording, plan.timeline),
        rows: wanted[index]!.map(({ row }) => row),
      })),
    );
    const envelope = {
      plan: planned.plan,
      streams: columns.map((columns, index) => ({ columns, channels: wanted[index]! })),
      gaps: deidentifiedHoles(planned.gaps),
      isComplete: columns.every(({ notSummarised }) => notSummarised.every((count) => count === 0)),
      asOf: "",
      isErased: false,
    };
    const body = mediaType === ENVELOPE_MEDIA_TYPE
      ? envelopeBytes(envelope)
      : envelopeJson(envelope);
    return plainResponse(body, { headers: healthHeaders(mediaType) });
  });

  get(`${RESEARCH_PATH}/trends`, async (c) => {
    const query = parseQuery(c, ResearchTrendsQuery);
    const mediaType = negotiate(c.req.header("accept"), [JSON_TYPE, TRENDS_MEDIA_TYPE]);
    const { recording, read: planned } = await readResearch(
      c,
      deps,
      // As it is stored: that is what a stored trend was made of.
      (view, { stored }) => planOpenTrends(deps, view, { recording: stored, asOf: "" }, query),
      ({ window }) => window,
    );
    const source = { ...deps, logger: c.get("logger") };
    const read = await Promise.all(
      planned.streams.map((own) =>
        readTrends(source, own, storedIdentity(recording, own.stream), planned)
      ),
    );
    const answer = trendsDocument(planned, read, { asked: query.columns, asOf: "" });
    const plain = deidentifiedTrends(answer, recording);
    const body = mediaType === TRENDS_MEDIA_TYPE ? encodeTrends(plain) : trendsJson(plain);
    return plainResponse(body, { headers: healthHeaders(mediaType) });
  });

  get(`${RESEARCH_PATH}/export.edf`, async (c) => {
    const window = parseRange(parseQuery(c, RangeQuery));
    negotiate(c.req.header("accept"), [EDF_MEDIA_TYPE, "application/octet-stream"]);
    const { recording, read: { timelines, marks } } = await readResearch(
      c,
      deps,
      async (view, own) => ({
        timelines: await timelinesOf(view, deps, own),
        marks: await readResearchMarks(view, own),
      }),
    );
    const { view } = recording;
    const streams = view.streams.map((stream, index) => ({ stream, timeline: timelines[index]! }));
    const file = await prepareExport(view, planExport(view, streams, window), {
      annotations: marks.filter((mark) => touches(mark, window)),
      sourceOf: ({ stream }) => ({
        ...{ store: deps.store, sets: deps.sets },
        identity: storedIdentity(recording, stream),
      }),
      isAnonymous: true,
      notes: FILE_NOTES,
    });
    const { recordingId, patientCode, recordingCode } = view.stored;
    const access = { principal: c.get("principal"), recordingId, purpose: "research" } as const;
    const pieces = whileAllowed(deps.consents, access, file.pieces());
    const body = lastingBody(c, deps, pieces, { what: "export" });
    const from = window.start === undefined ? "" : `_from${formatSeconds(window.start)}`;
    const name = `${patientCode}_${recordingCode}${from}.${file.extension}`;
    return new Response(body, {
      headers: {
        ...healthHeaders(EDF_MEDIA_TYPE),
        "Content-Length": String(file.byteLength),
        "Content-Disposition": `attachment; filename="${name}"`,
      },
    });
  });
  return app;
}
