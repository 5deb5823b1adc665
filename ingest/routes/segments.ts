/**
 * Segments: opening one, stating what will never come, asking how far it is.
 *
 * @module
 */

import { OpenSegmentRequest, StatementsRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { IngestDeps } from "../deps.ts";
import { openSegment } from "../open_segment.ts";
import { recordStatements } from "../record_statements.ts";
import { segmentState } from "../segment_state.ts";
import { readCodes, readJson, readPath, SegmentPath, senderOf } from "./request.ts";

export function segmentRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  app.post(
    "/patients/:patient_id/recordings/:recording_id/segments",
    async (c) => {
      const codes = readCodes(c);
      const request = await readJson(c, deps, OpenSegmentRequest);
      const { isNew, response } = await openSegment(deps, senderOf(c), codes, request);
      return c.json(response, isNew ? 201 : 200);
    },
  );
  app.post(
    "/segments/:segment_id/statements",
    async (c) => {
      const { segment_id: segmentId } = readPath(c, SegmentPath);
      const request = await readJson(c, deps, StatementsRequest);
      const done = await recordStatements(deps, senderOf(c), segmentId, request);
      return c.json(done, done.status === "stored" ? 201 : 200);
    },
  );
  app.get("/segments/:segment_id/state", async (c) => {
    const { segment_id: segmentId } = readPath(c, SegmentPath);
    const state = await segmentState(deps, senderOf(c), segmentId, (recordingId) => {
      c.set("accessed", { recordingId });
    });
    return c.json(state);
  });
  return app;
}
