/**
 * `GET …/annotations`: the marks of a recording, and `…/annotations/:annotation_id/versions`: all that
 * was ever said of one of them.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hex16 } from "@wavekeep/core/recording";
import { type AnnotationList, type AnnotationVersions, MarksQuery } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { QueryDeps } from "../deps.ts";
import { openAnnotations } from "../read_annotations.ts";
import { openReviews } from "../read_reviews.ts";
import { grantAccess, openByCodes, parsePath, parseQuery, RecordingPath } from "./_request.ts";
import { findMarks } from "./_marks.ts";
import { answer } from "./recordings.ts";

/** Path parameters that name a mark. */
export const AnnotationPath = RecordingPath.extend({ "annotation_id": Hex16 });

export function annotationRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/annotations",
    async (c) => {
      const found = await findMarks(c, deps, parseQuery(c, MarksQuery));
      const annotations = found.marks.map(({ json }) => json);
      // Moment and snapshot stay together, and stay the same for as long as the marks do.
      return answer(c, deps, `${found.asOf} ${found.snapshot}`, (moment): AnnotationList => {
        const [asOf = "", snapshot = ""] = moment.split(" ");
        return { annotations, "as_of": asOf, snapshot };
      });
    },
  );
  app.get(
    "/patients/:patient_id/recordings/:recording_id/annotations/:annotation_id/versions",
    async (c) => {
      const { annotation_id: id, ...codes } = parsePath(c, AnnotationPath);
      const { recording, stored, asOf } = await deps.store.read(
        c.var.principal.siteId,
        async (view) => {
          const recording = await openByCodes(view, deps, codes);
          const stored = await view.markVersions(recording.stored.recordingId, id);
          return { recording, stored, asOf: view.asOf };
        },
      );
      const { key } = recording;
      if (key === undefined || stored.annotations.length === 0) {
        throw new ProblemError("not-found", { detail: "There is no such mark" });
      }
      await grantAccess(c, deps, recording.stored.recordingId);
      const versions = openAnnotations(recording, stored.annotations, stored.reviews)
        .map(({ json }) => json).sort((a, b) => a.version - b.version);
      const reviews = openReviews(recording, key, stored.reviews).get(id) ?? [];
      return answer(c, deps, asOf, (asOf): AnnotationVersions => ({
        versions,
        reviews,
        "as_of": asOf,
      }));
    },
  );
  return app;
}
