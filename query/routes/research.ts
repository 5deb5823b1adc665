/**
 * De-identified views, for researchers: `GET /research/recordings` and what lies below
 * `/research/patients/:patient_id/recordings/:recording_id`, whose codes are pseudonyms.
 *
 * Routes of their own, so that no handler of the identified side ever answers a researcher. Nothing here has a tag:
 * whether an answer is the same as another one is an answer. Hazard: an error that names a segment or a chunk would
 * name the stored one; `plainErrors` stands around every route.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { plainResponse } from "@wavekeep/core/service";
import { formatSeconds } from "@wavekeep/core/time";
import { encodeTrends, trendsJson } from "@wavekeep/core/trend";
import {
  COLUMNS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  ENVELOPE_MEDIA_TYPE,
  RangeQuery,
  ResearchEnvelopeQuery,
  type ResearchList,
  type ResearchMarks,
  ResearchTrendsQuery,
  ResearchWindowQuery,
  TRENDS_MEDIA_TYPE,
} from "@wavekeep/core/wire";
import { type Context, type Handler, Hono } from "hono";
import * as z from "zod";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import type { RecordingFacts } from "../describe_recording.ts";
import { EnvelopeColumns } from "../envelope/columns.ts";
import { envelopeBytes, envelopeJson } from "../envelope/envelope_response.ts";
import { planOpenEnvelope } from "../envelope/plan_request.ts";
import { readEnvelope } from "../envelope/read_envelope.ts";
import { prepareExport } from "../export/export_file.ts";
import { planExport } from "../export/plan_export.ts";
import { IntegrityError } from "../integrity_error.ts";
import { lastingBody } from "../lasting_answer.ts";
import { negotiate } from "../negotiate.ts";
import { openRecording } from "../open_recording.ts";
import { touches } from "../read_annotations.ts";
import {
  deidentified,
  deidentifiedHoles,
  type ResearchRecording,
  storedIdentity,
} from "../research/deidentify.ts";
import { describeResearch, describeResearchDetail } from "../research/describe_research.ts";
import {
  readResearch,
  readResearchMarks,
  researchOf,
  researchRecordings,
} from "../research/open_research.ts";
import { FILE_NOTES } from "../research/research_dataset.ts";
import { deidentifiedTrends } from "../research/research_trends.ts";
import type { SiteView } from "../store/query_store.ts";
import { textBody } from "../stream_body.ts";
import { planOpenTrends } from "../trend/plan_request.ts";
import { readTrends } from "../trend/read_trends.ts";
import { trendsDocument } from "../trend/trends_document.ts";
import { whileAllowed } from "../while_allowed.ts";
import { nameChannels } from "../window/channel_names.ts";
import { isOf, planNamed } from "../window/plan_request.ts";
import { readTimelines } from "../window/read_timelines.ts";
import { readRun } from "../window/read_window.ts";
import { columnsJson, planJson, type ReadRun } from "../window/window_response.ts";
import { grantAccess, parseQuery, parseRange } from "./_request.ts";

const JSON_TYPE = "application/json";

/** Recordings on a page unless asked otherwise, and at most. */
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** Query string of `GET /research/recordings`. */
export const ResearchListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  /** `next` of the page before. */
  after: z.string().regex(/^[a-z0-9]{1,64}\/[a-z0-9]{1,64}$/, {
    error: "must be `next` of the page before",
  }).optional(),
});

const PATH = "/research/patients/:patient_id/recordings/:recording_id";

export function researchRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  const get = (path: string, handler: (c: Context) => Promise<Response>) =>
    app.get(path, plainErrors(deps, handler));

  get("/research/recordings", async (c) => {
    const query = parseQuery(c, ResearchListQuery);
    const { siteId } = c.get("principal");
    await grantAccess(c, deps, null);
    const { names, codes } = await researchOf(deps, siteId);
    const [patient = "", recording = ""] = query.after?.split("/") ?? [];
    const page: RecordingFacts[] = await deps.store.read(siteId, async (view) => {
      const found: RecordingFacts[] = [];
      for (const [name, code] of codes) {
        if (name < patient) continue;
        const own: RecordingFacts[] = [];
        for await (const stored of researchRecordings(view, code)) {
          if (name === patient && names.recording(stored.recordingId) <= recording) continue;
          const shape = (await view.shapes([stored.recordingId])).get(stored.recordingId)!;
          const opened = await openRecording(stored, shape, deps.keys);
          if (opened.key !== undefined) {
            own.push(await factsOf(view, deps, deidentified(opened, names)));
          }
        }
        found.push(...own.sort(byRecording));
        if (found.length > query.limit) break;
      }
      return found;
    });
    const recordings = page.slice(0, query.limit).map(describeResearch);
    const last = recordings.at(-1);
    const isLast = page.length <= query.limit || last === undefined;
    const list: ResearchList = {
      recordings,
      next: isLast ? null : `${last.patient_id}/${last.recording_id}`,
    };
    return c.json(list, 200, healthHeaders(JSON_TYPE));
  });

  get(PATH, async (c) => {
    const { read } = await readResearch(c, deps, (view, own) => factsOf(view, deps, own));
    return c.json(describeResearchDetail(read), 200, healthHeaders(JSON_TYPE));
  });

  get(`${PATH}/annotations`, async (c) => {
    const { read } = await readResearch(c, deps, readResearchMarks);
    const marks: ResearchMarks = {
      annotations: read.map(({ json }) => ({
        kind: json.kind,
        "onset_seconds": json.onset_seconds!,
        "duration_seconds": json.duration_seconds,
      })),
    };
    return c.json(marks, 200, healthHeaders(JSON_TYPE));
  });

  get(`${PATH}/eeg`, async (c) => {
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

  get(`${PATH}/envelope`, async (c) => {
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

  get(`${PATH}/trends`, async (c) => {
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

  get(`${PATH}/export.edf`, async (c) => {
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

/** Says that something is damaged, and not what: its places have the names that they are stored under. */
export function plainErrors(
  { alarms }: Pick<QueryDeps, "alarms">,
  handler: (c: Context) => Promise<Response>,
): Handler {
  return async (c) => {
    try {
      return await handler(c);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      alarms.raise(c.get("principal").siteId, error);
      throw new ProblemError("integrity-failed", {
        detail: "Cannot give health data: something stored is not what was stored",
      });
    }
  };
}

async function factsOf(
  view: SiteView,
  deps: QueryDeps,
  recording: ResearchRecording,
): Promise<RecordingFacts> {
  return {
    recording: recording.view,
    timelines: await timelinesOf(view, deps, recording),
    annotations: await readResearchMarks(view, recording),
  };
}

function timelinesOf(view: SiteView, { known }: QueryDeps, recording: ResearchRecording) {
  return readTimelines(view, recording.view, recording.view.streams, { known });
}

function byRecording(a: RecordingFacts, b: RecordingFacts): number {
  return a.recording.stored.recordingCode < b.recording.stored.recordingCode ? -1 : 1;
}
