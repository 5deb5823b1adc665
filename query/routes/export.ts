/**
 * `GET /patients/:patient_id/recordings/:recording_id/export.edf`: a window or all of it as EDF+ or BDF+.
 *
 * Hazard: the file's length is announced, so that a connection broken off is never a shorter file.
 *
 * @module
 */

import { EDF_MEDIA_TYPE, RangeQuery } from "@wavekeep/core/wire";
import { formatSeconds } from "@wavekeep/core/time";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { lastingBody } from "../lasting_answer.ts";
import { type ExportFile, prepareExport, prepareMarks } from "../export/export_file.ts";
import type { ExportStream } from "../export/plan_export.ts";
import { planExport } from "../export/plan_export.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf, type OpenRecording } from "../open_recording.ts";
import { openAnnotations, type PlacedAnnotation, touches } from "../read_annotations.ts";
import { whileAllowed } from "../while_allowed.ts";
import type { TimeRange } from "../window/gaps.ts";
import { readTimelines } from "../window/read_timelines.ts";
import {
  grantAccess,
  openByCodes,
  parsePath,
  parseQuery,
  parseRange,
  RecordingPath,
} from "./_request.ts";

export function exportRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/export.edf",
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      const window = parseRange(parseQuery(c, RangeQuery));
      negotiate(c.req.header("accept"), [EDF_MEDIA_TYPE, "application/octet-stream"]);
      const found = await deps.store.read(c.var.principal.siteId, async (view) => {
        const recording = await openByCodes(view, deps, codes);
        const { recordingId } = recording.stored;
        const timelines = await readTimelines(view, recording, recording.streams, {
          known: deps.known,
        });
        const marks = await view.marks(recordingId);
        return {
          recording,
          streams: recording.streams.map((stream, i) => ({ stream, timeline: timelines[i]! })),
          annotations: openAnnotations(recording, marks.annotations, marks.reviews)
            .filter((mark) => touches(mark, window)),
        };
      });
      const { start, end } = window;
      const part = start === undefined || end === undefined ? undefined : { start, end };
      await grantAccess(c, deps, found.recording.stored.recordingId, part);
      const etag = tagOf(found, window);
      if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
      const file = await prepare(deps, found, window);
      const { recordingId } = found.recording.stored;
      const access = { principal: c.var.principal, recordingId };
      const pieces = whileAllowed(deps.consents, access, file.pieces());
      const body = lastingBody(c, deps, pieces, { what: "export" });
      const name = `${codes.patient_id}_${codes.recording_id}.${file.extension}`;
      return new Response(body, {
        headers: {
          ...healthHeaders(EDF_MEDIA_TYPE, etag),
          "Content-Length": String(file.byteLength),
          "Content-Disposition": `attachment; filename="${name}"`,
        },
      });
    },
  );
  return app;
}

interface Found {
  readonly recording: OpenRecording;
  readonly streams: readonly ExportStream[];
  readonly annotations: readonly PlacedAnnotation[];
}

/** What decides the bytes of a file. Stored samples never change, so their place stands for them. */
function tagOf({ recording, streams, annotations }: Found, window: Partial<TimeRange>): string {
  const { start, end } = window;
  return strongTag(
    "export/v2",
    recording.stored.recordingId,
    recording.key === undefined,
    [start && formatSeconds(start), end && formatSeconds(end)],
    streams.map(({ timeline }) => [
      timeline.segmentId,
      timeline.stream,
      timeline.stored,
      timeline.statedEnd,
    ]),
    annotations.map(({ json }) => json),
  );
}

async function prepare(
  deps: QueryDeps,
  found: Found,
  window: Partial<TimeRange>,
): Promise<ExportFile> {
  const { recording, streams, annotations } = found;
  if (streams.length === 0 && annotations.length > 0) return prepareMarks(recording, annotations);
  const plan = planExport(recording, streams, window);
  return await prepareExport(recording, plan, {
    annotations,
    sourceOf: ({ stream }) => ({
      store: deps.store,
      sets: deps.sets,
      identity: identityOf(recording, stream)!,
    }),
  });
}
