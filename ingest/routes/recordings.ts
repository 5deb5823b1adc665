/**
 * Opening and closing recordings, and what a file held beside its samples.
 *
 * @module
 */

import { CloseRecordingRequest, OpenRecordingRequest, SourceRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { closeRecording } from "../close_recording.ts";
import type { IngestDeps } from "../deps.ts";
import { openRecording } from "../open_recording.ts";
import { recordSource } from "../record_source.ts";
import { readCodes, readJson, senderOf } from "./request.ts";

export function recordingRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  app.post("/recordings", async (c) => {
    const request = await readJson(c, deps, OpenRecordingRequest);
    const { isNew, response } = await openRecording(deps, senderOf(c), request);
    return c.json(response, isNew ? 201 : 200);
  });
  app.post(
    "/patients/:patient_id/recordings/:recording_id/close",
    async (c) => {
      const codes = readCodes(c);
      const request = await readJson(c, deps, CloseRecordingRequest);
      const done = await closeRecording(deps, senderOf(c), codes, request);
      return c.json(done, done.status === "stored" ? 201 : 200);
    },
  );
  app.post(
    "/patients/:patient_id/recordings/:recording_id/sources",
    async (c) => {
      const codes = readCodes(c);
      const request = await readJson(c, deps, SourceRequest);
      const done = await recordSource(deps, senderOf(c), codes, request);
      return c.json(done, done.status === "stored" ? 201 : 200);
    },
  );
  return app;
}
