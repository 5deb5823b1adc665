/**
 * `GET /recordings` and `GET /patients/:patient_id/recordings/:recording_id`: what there is.
 *
 * @module
 */

import { Code } from "@wavekeep/core/recording";
import type { RecordingList } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { hasTag, healthHeaders, notModified, strongTag } from "../conditional.ts";
import { personOf } from "../consent_gate.ts";
import type { QueryDeps } from "../deps.ts";
import { describeDetail, describeListed, type RecordingFacts } from "../describe_recording.ts";
import { listedFacts } from "../listed_recordings.ts";
import type { OpenRecording } from "../open_recording.ts";
import { openAnnotations } from "../read_annotations.ts";
import type { SiteView } from "../store/query_store.ts";
import { readTimelines } from "../window/read_timelines.ts";
import { grantAccess, openByCodes, parsePath, parseQuery, RecordingPath } from "./_request.ts";

/** Recordings on a page unless asked otherwise, and at most. */
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** Query string of `GET /recordings`. */
export const RecordingsQuery = z.object({
  /** Only this patient's; all of the site when absent. */
  "patient_id": Code.optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  /** `next` of the page before. */
  after: z.string().regex(/^[A-Za-z0-9._-]{1,64}\/[A-Za-z0-9._-]{1,64}$/, {
    error: "must be `next` of the page before",
  }).optional(),
});

export function recordingRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/recordings", async (c) => {
    const query = parseQuery(c, RecordingsQuery);
    const { principal } = c.var;
    // Whoever knows the code is told why there is nothing; in a list of all it is left out.
    if (query.patient_id !== undefined) {
      await deps.consents.requirePatient(principal, query.patient_id);
    }
    await grantAccess(c, deps, null);
    const { page, isLast, asOf } = await deps.store.read(
      principal.siteId,
      async (view) => {
        const [patientCode, recordingCode] = query.after?.split("/") ?? [];
        const found = await view.recordings({
          ...(query.patient_id === undefined ? {} : { patientCode: query.patient_id }),
          ...(query.after === undefined
            ? {}
            : { after: { patientCode: patientCode!, recordingCode: recordingCode! } }),
          limit: query.limit + 1,
          personId: personOf(principal),
        });
        const page = await listedFacts(view, deps, found.slice(0, query.limit));
        return { page, isLast: found.length <= query.limit, asOf: view.asOf };
      },
    );
    const recordings = page.map(describeListed);
    const last = recordings.at(-1);
    const next = isLast || last === undefined ? null : `${last.patient_id}/${last.recording_id}`;
    return answer(c, deps, asOf, (asOf): RecordingList => ({ recordings, next, "as_of": asOf }));
  });
  app.get(
    "/patients/:patient_id/recordings/:recording_id",
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      const { facts, asOf } = await deps.store.read(c.var.principal.siteId, async (view) => {
        const facts = await factsOf(view, deps, await openByCodes(view, deps, codes));
        return { facts, asOf: view.asOf };
      });
      await grantAccess(c, deps, facts.recording.stored.recordingId);
      return answer(c, deps, asOf, (asOf) => describeDetail(facts, asOf));
    },
  );
  return app;
}

/** Everything that a description is made of. */
async function factsOf(
  view: SiteView,
  deps: QueryDeps,
  recording: OpenRecording,
): Promise<RecordingFacts> {
  const { recordingId } = recording.stored;
  return {
    recording,
    timelines: await readTimelines(view, recording, recording.streams, { known: deps.known }),
    annotations: openAnnotations(
      recording,
      (await view.annotations([recordingId])).get(recordingId) ?? [],
    ),
  };
}

/** JSON whose moment stays the same for as long as its facts do, and whose tag covers both. */
export function answer<T>(
  c: Context,
  deps: QueryDeps,
  now: string,
  build: (asOf: string) => T,
): Response {
  const facts = strongTag(c.var.principal.siteId, c.req.path, JSON.stringify(build("")));
  const asOf = deps.moments.momentOf(facts, now);
  const etag = strongTag(facts, asOf);
  if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
  return new Response(JSON.stringify(build(asOf)), {
    headers: healthHeaders("application/json", etag),
  });
}
