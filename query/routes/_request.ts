/**
 * What every route does first: read its parameters, find its recording, write the access down.
 *
 * Hazard: unknown and another site's look the same (404), and nothing is written down for either.
 *
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import { Code } from "@wavekeep/core/recording";
import { networkOf, validationProblem } from "@wavekeep/core/service";
import { parseSeconds } from "@wavekeep/core/time";
import type { RangeQuery } from "@wavekeep/core/wire";
import type { Context } from "hono";
import * as z from "zod";
import type { QueryDeps } from "../deps.ts";
import { type OpenRecording, openRecording } from "../open_recording.ts";
import { msRange } from "../record_outcomes.ts";
import type { SiteView, StoredRecording } from "../store/query_store.ts";
import type { TimeRange } from "../window/gaps.ts";
import { notEmpty } from "../window/window_request.ts";

/** Path parameters that name a recording. */
export const RecordingPath = z.object({ "patient_id": Code, "recording_id": Code });
export type RecordingPath = z.infer<typeof RecordingPath>;

/** @throws {ProblemError} `validation`, listing every parameter that does not fit. */
export function parseQuery<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  const result = schema.safeParse(c.req.query());
  if (!result.success) throw validationProblem(result.error, "/query");
  return result.data;
}

/** @throws {ProblemError} `validation`. */
export function parsePath<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  const result = schema.safeParse(c.req.param());
  if (!result.success) throw validationProblem(result.error, "/path");
  return result.data;
}

/** @throws {ProblemError} `recording-not-found`. */
export async function findRecording(
  view: SiteView,
  codes: RecordingPath,
): Promise<StoredRecording> {
  const stored = await view.recording({
    patientCode: codes.patient_id,
    recordingCode: codes.recording_id,
  });
  if (stored === undefined) throw new ProblemError("recording-not-found");
  return stored;
}

/** Finds a recording and opens its rows. */
export async function openByCodes(
  view: SiteView,
  deps: QueryDeps,
  codes: RecordingPath,
): Promise<OpenRecording> {
  return await open(view, deps, await findRecording(view, codes));
}

/** Opens the rows of a recording that was found. */
export async function open(
  view: SiteView,
  deps: QueryDeps,
  stored: StoredRecording,
): Promise<OpenRecording> {
  const shapes = await view.shapes([stored.recordingId]);
  return await openRecording(stored, shapes.get(stored.recordingId)!, deps.keys);
}

/**
 * Commits the access before anything of it is shown; of a restricted patient nothing is.
 *
 * @param window The seconds asked for, where only they are given.
 * @throws {ProblemError} `patient-restricted`.
 */
export async function grantAccess(
  c: Context,
  deps: QueryDeps,
  recordingId: string | null,
  window?: TimeRange,
): Promise<void> {
  const principal = c.get("principal");
  c.set("accessed", { recordingId, range: window && msRange(window) });
  if (recordingId !== null) await deps.consents.require({ principal, recordingId });
  await deps.grants.ensure({
    principal,
    requestId: c.get("requestId"),
    recordingId,
    from: networkOf(c),
  });
}

/** Optional ends of a range, in seconds from recording start. */
export function parseRange(query: RangeQuery): Partial<TimeRange> {
  const at = (name: "start" | "end") => {
    const text = query[name];
    if (text === undefined) return undefined;
    try {
      return parseSeconds(text);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      throw new ProblemError("window-invalid", {
        detail: error.message,
        errors: [{ detail: error.message, pointer: `/query/${name}` }],
      });
    }
  };
  const start = at("start");
  const end = at("end");
  if (start !== undefined && end !== undefined) notEmpty({ start, end });
  return { ...(start && { start }), ...(end && { end }) };
}
