/**
 * `GET /patients/:patient_id/recordings/:recording_id/annotations`: the marks of a recording.
 *
 * @module
 */

import { requireAction } from "@wavekeep/core/service";
import { type AnnotationList, RangeQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { QueryDeps } from "../deps.ts";
import { openAnnotations, touches } from "../read_annotations.ts";
import {
  grantAccess,
  openByCodes,
  parsePath,
  parseQuery,
  parseRange,
  RecordingPath,
} from "./_request.ts";
import { answer } from "./recordings.ts";

export function annotationRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/annotations",
    requireAction("annotations:read"),
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      const range = parseRange(parseQuery(c, RangeQuery));
      const { recording, stored, asOf } = await deps.store.read(
        c.var.principal.siteId,
        async (view) => {
          const recording = await openByCodes(view, deps, codes);
          const { recordingId } = recording.stored;
          const stored = (await view.annotations([recordingId])).get(recordingId) ?? [];
          return { recording, stored, asOf: view.asOf };
        },
      );
      await grantAccess(c, deps, recording.stored.recordingId);
      const annotations = openAnnotations(recording, stored)
        .filter((annotation) => touches(annotation, range))
        .map(({ json }) => json);
      return answer(c, deps, asOf, (asOf): AnnotationList => ({ annotations, "as_of": asOf }));
    },
  );
  return app;
}
