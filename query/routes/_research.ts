/**
 * What the routes of researchers share.
 *
 * Hazard: an error that names a segment or a chunk would name the stored one; `plainErrors` stands around every route.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context, Handler } from "hono";
import type { QueryDeps } from "../deps.ts";
import { IntegrityError } from "../integrity_error.ts";
import type { ResearchRecording } from "../research/deidentify.ts";
import type { SiteView } from "../store/query_store.ts";
import { readTimelines } from "../window/read_timelines.ts";

/** A recording, by pseudonyms. */
export const RESEARCH_PATH = "/research/patients/:patient_id/recordings/:recording_id";

/** Says that something is damaged, and not what: its places have the names that they are stored under. */
export function plainErrors(
  { alarms }: Pick<QueryDeps, "alarms">,
  handler: (c: Context) => Promise<Response>,
): Handler {
  return async (c) => {
    try {
      return await handler(c);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      alarms.raise(c.get("principal").siteId, error);
      throw new ProblemError("integrity-failed", {
        detail: "Cannot give health data: something stored is not what was stored",
      });
    }
  };
}

/** The time of every stream of a recording as it is shown. */
export function timelinesOf(view: SiteView, { known }: QueryDeps, recording: ResearchRecording) {
  return readTimelines(view, recording.view, recording.view.streams, { known });
}
