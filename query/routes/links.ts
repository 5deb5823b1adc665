/**
 * `GET /patients/:patient_id/recordings/:recording_id/links`: whose a recording is, and was.
 *
 * With `as_of` the codes are those of a moment: what a reader saw under them then, and whose it is now.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { LinksQuery, type RecordingLinks } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { QueryDeps } from "../deps.ts";
import { grantAccess, parsePath, parseQuery, RecordingPath } from "./_request.ts";
import { answer } from "./recordings.ts";

export function linkRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/links",
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      const position = { patientCode: codes.patient_id, recordingCode: codes.recording_id };
      const { as_of: moment } = parseQuery(c, LinksQuery);
      const found = await deps.store.read(c.var.principal.siteId, async (view) => {
        const stored = moment === undefined
          ? await view.recording(position)
          : await view.recordingAt(position, moment);
        if (stored === undefined) throw new ProblemError("recording-not-found");
        return { stored, links: await view.links(stored.recordingId), asOf: view.asOf };
      });
      await grantAccess(c, deps, found.stored.recordingId);
      return answer(c, deps, found.asOf, (asOf): RecordingLinks => ({
        "patient_id": found.stored.patientCode,
        "recording_id": found.stored.recordingCode,
        links: found.links.map((link) => ({
          version: link.version,
          "patient_id": link.patientCode,
          "recording_id": link.recordingCode,
          since: link.since,
          reason: link.reason,
          actor: link.actor,
        })),
        "as_of": asOf,
      }));
    },
  );
  return app;
}
