/**
 * `GET …/marks.csv`, `…/events.tsv` with `…/events.json`, and `…/marks.edf`: the marks of a recording as
 * files that other programs read.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hex16 } from "@wavekeep/core/recording";
import { compareSeconds, type ExactSeconds, ZERO_SECONDS } from "@wavekeep/core/time";
import { CSV_MEDIA_TYPE, EDF_MEDIA_TYPE, MarksQuery, TSV_MEDIA_TYPE } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { lastingBody } from "../lasting_answer.ts";
import { prepareMarks } from "../export/export_file.ts";
import { bidsEvents, bidsSidecar, marksCsv } from "../export/mark_tables.ts";
import { negotiate } from "../negotiate.ts";
import type { OpenRecording } from "../open_recording.ts";
import { findMarks } from "./_marks.ts";
import { grantAccess, openByCodes, parsePath, parseQuery, RecordingPath } from "./_request.ts";

/** Query string of `…/events.tsv`. */
export const EventsQuery = MarksQuery.omit({ changed_since: true }).extend({
  /** The run that onsets count from; the first segment when absent. */
  segment_id: Hex16.optional(),
});

/** Query string of the other files. */
export const MarkFileQuery = MarksQuery.omit({ changed_since: true });

const PATH = "/patients/:patient_id/recordings/:recording_id";

export function markFileRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(`${PATH}/marks.csv`, async (c) => {
    negotiate(c.req.header("accept"), ["text/csv"]);
    const { recording, marks } = await findMarks(c, deps, parseQuery(c, MarkFileQuery));
    return textFile(c, marksCsv(recording, marks), { type: CSV_MEDIA_TYPE, name: "marks.csv" });
  });
  app.get(`${PATH}/events.tsv`, async (c) => {
    negotiate(c.req.header("accept"), ["text/tab-separated-values"]);
    const query = parseQuery(c, EventsQuery);
    const { recording, marks } = await findMarks(c, deps, query);
    const text = bidsEvents(recording, marks, firstSample(recording, query.segment_id));
    return textFile(c, text, { type: TSV_MEDIA_TYPE, name: "events.tsv" });
  });
  app.get(`${PATH}/events.json`, async (c) => {
    const codes = parsePath(c, RecordingPath);
    const { stored } = await deps.store.read(
      c.var.principal.siteId,
      (view) => openByCodes(view, deps, codes),
    );
    await grantAccess(c, deps, stored.recordingId);
    return textFile(c, bidsSidecar(), { type: "application/json", name: "events.json" });
  });
  app.get(`${PATH}/marks.edf`, async (c) => {
    negotiate(c.req.header("accept"), [EDF_MEDIA_TYPE, "application/octet-stream"]);
    const { recording, marks } = await findMarks(c, deps, parseQuery(c, MarkFileQuery));
    const etag = strongTag("marks.edf/v1", c.req.path, marks.map(({ json }) => json));
    if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
    const file = prepareMarks(recording, marks, {
      firstSample: firstSample(recording, undefined),
      isOnePerLine: true,
    });
    const body = lastingBody(c, deps, file.pieces(), { what: "export" });
    return new Response(body, {
      headers: {
        ...healthHeaders(EDF_MEDIA_TYPE, etag),
        "Content-Length": String(file.byteLength),
        "Content-Disposition": attachment(c, "marks.edf"),
      },
    });
  });
  return app;
}

/** When the first sample of a run was taken; the recording's own start where there is no sample. */
function firstSample(
  { segments }: OpenRecording,
  segmentId: string | undefined,
): ExactSeconds {
  if (segmentId !== undefined) {
    const segment = segments.find((each) => each.segmentId === segmentId);
    if (segment === undefined) {
      throw new ProblemError("segment-not-found", { detail: "The recording has no such segment" });
    }
    return segment.start;
  }
  const starts = segments.map(({ start }) => start).sort(compareSeconds);
  return starts[0] ?? ZERO_SECONDS;
}

function textFile(c: Context, text: string, { type, name }: { type: string; name: string }) {
  const etag = strongTag(type, c.req.path, text);
  if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
  return new Response(text, {
    headers: { ...healthHeaders(type, etag), "Content-Disposition": attachment(c, name) },
  });
}

/** Codes are letters, digits, dot, dash and underscore: nothing that a header would have to quote. */
function attachment(c: Context, name: string): string {
  const { patient_id: patient, recording_id: recording } = parsePath(c, RecordingPath);
  return `attachment; filename="${patient}_${recording}_${name}"`;
}
