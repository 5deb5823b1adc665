/**
 * `GET /patients/:patient_id/recordings/:recording_id/export.edf`: a window or all of it as EDF+ or BDF+.
 *
 * Hazard: the file's length is announced, so that a connection broken off is never a shorter file.
 *
 * @module
 */

import { requireAction } from "@wavekeep/core/service";
import { EDF_MEDIA_TYPE, RangeQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { type ExportFile, prepareExport, prepareMarks } from "../export/export_file.ts";
import type { ExportStream } from "../export/plan_export.ts";
import { planExport } from "../export/plan_export.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf, type OpenRecording } from "../open_recording.ts";
import { openAnnotations, type PlacedAnnotation, touches } from "../read_annotations.ts";
import { byteBody } from "../stream_body.ts";
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
    requireAction("recordings:export"),
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
        const stored = (await view.annotations([recordingId])).get(recordingId) ?? [];
        return {
          recording,
          streams: recording.streams.map((stream, i) => ({ stream, timeline: timelines[i]! })),
          annotations: openAnnotations(recording, stored).filter((mark) => touches(mark, window)),
        };
      });
      await grantAccess(c, deps, found.recording.stored.recordingId);
      const file = await prepare(deps, found, window);
      const body = byteBody(file.pieces(), (error) => {
        c.var.logger.error("export broken off", { error });
      });
      const name = `${codes.patient_id}_${codes.recording_id}.${file.extension}`;
      return new Response(body, {
        headers: {
          ...healthHeaders(EDF_MEDIA_TYPE),
          "Content-Length": String(file.byteLength),
          "Content-Disposition": `attachment; filename="${name}"`,
        },
      });
    },
  );
  return app;
}

async function prepare(
  deps: QueryDeps,
  found: {
    recording: OpenRecording;
    streams: readonly ExportStream[];
    annotations: readonly PlacedAnnotation[];
  },
  window: Partial<TimeRange>,
): Promise<ExportFile> {
  const { recording, streams, annotations } = found;
  if (streams.length === 0 && annotations.length > 0) return prepareMarks(recording, annotations);
  const plan = planExport(recording, streams, window);
  return await prepareExport(recording, plan, {
    annotations,
    sourceOf: ({ stream }) => ({ store: deps.store, identity: identityOf(recording, stream)! }),
  });
}
