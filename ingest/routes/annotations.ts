/**
 * Marks, what readers made of them, what they had on screen, and clock observations.
 *
 * @module
 */

import {
  AnnotationsRequest,
  type AnnotationsResponse,
  ClockObservationsRequest,
  ReviewsRequest,
  type ReviewsResponse,
  ViewingsRequest,
  type ViewingsResponse,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { IngestDeps } from "../deps.ts";
import { recordAnnotations } from "../record_annotations.ts";
import { recordClockObservations } from "../record_clock_observations.ts";
import { recordReviews } from "../record_reviews.ts";
import { recordViewings } from "../record_viewings.ts";
import { readCodes, readJson, senderOf } from "./request.ts";

export function annotationRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  app.post(
    "/patients/:patient_id/recordings/:recording_id/annotations",
    async (c) => {
      const codes = readCodes(c);
      const { annotations } = await readJson(c, deps, AnnotationsRequest);
      const response = await recordAnnotations(deps, senderOf(c), codes, annotations);
      return c.json(response, statusOf(response));
    },
  );
  app.post(
    "/patients/:patient_id/recordings/:recording_id/reviews",
    async (c) => {
      const codes = readCodes(c);
      const { reviews } = await readJson(c, deps, ReviewsRequest);
      const response = await recordReviews(deps, senderOf(c), codes, reviews);
      return c.json(response, statusOf(response));
    },
  );
  app.post(
    "/patients/:patient_id/recordings/:recording_id/viewings",
    async (c) => {
      const codes = readCodes(c);
      const request = await readJson(c, deps, ViewingsRequest);
      const { sessionId } = c.get("principal");
      const response = await recordViewings(deps, { ...senderOf(c), sessionId }, codes, request);
      return c.json(response, statusOf(response));
    },
  );
  app.post(
    "/patients/:patient_id/recordings/:recording_id/clock-observations",
    async (c) => {
      const codes = readCodes(c);
      const request = await readJson(c, deps, ClockObservationsRequest);
      const done = await recordClockObservations(deps, senderOf(c), codes, request);
      return c.json(done, done.status === "stored" ? 201 : 200);
    },
  );
  return app;
}

/** 201 when anything is new, 200 when all was known, 207 when some were refused. */
function statusOf(
  { results }: AnnotationsResponse | ReviewsResponse | ViewingsResponse,
): 200 | 201 | 207 {
  const statuses = results.map(({ status, problem }) => problem === undefined ? status : 207);
  if (statuses.includes(207)) return 207;
  return statuses.includes(201) ? 201 : 200;
}
