/**
 * De-identified views, for researchers: `GET /research/recordings`, and what is said of a recording below
 * `/research/patients/:patient_id/recordings/:recording_id`, whose codes are pseudonyms. Samples and what is made of
 * them are in `research_signals.ts`.
 *
 * Routes of their own, so that no handler of the identified side ever answers a researcher. Nothing here has a tag:
 * whether an answer is the same as another one is an answer.
 *
 * @module
 */

import type { ResearchList, ResearchMarks } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import type { RecordingFacts } from "../describe_recording.ts";
import { IntegrityError } from "../integrity_error.ts";
import { deidentified, type ResearchRecording } from "../research/deidentify.ts";
import { describeResearch, describeResearchDetail } from "../research/describe_research.ts";
import {
  readResearch,
  readResearchMarks,
  researchOf,
  researchRecordings,
} from "../research/open_research.ts";
import type { SitePseudonyms } from "../research/site_pseudonyms.ts";
import type { SiteView, StoredRecording } from "../store/query_store.ts";
import { grantAccess, open, parseQuery } from "./_request.ts";
import { plainErrors, RESEARCH_PATH, timelinesOf } from "./_research.ts";

const JSON_TYPE = "application/json";

/** Recordings on a page unless asked otherwise, and at most. */
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** Query string of `GET /research/recordings`. */
export const ResearchListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  /** `next` of the page before. */
  after: z.string().regex(/^[a-z0-9]{1,64}\/[a-z0-9]{1,64}$/, {
    error: "must be `next` of the page before",
  }).optional(),
});

export function researchRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  const get = (path: string, handler: (c: Context) => Promise<Response>) =>
    app.get(path, plainErrors(deps, handler));

  get("/research/recordings", async (c) => {
    const query = parseQuery(c, ResearchListQuery);
    const { siteId } = c.get("principal");
    await grantAccess(c, deps, null);
    const { names, codes } = await researchOf(deps, siteId);
    const [patient = "", recording = ""] = query.after?.split("/") ?? [];
    const page: RecordingFacts[] = await deps.store.read(siteId, async (view) => {
      const found: RecordingFacts[] = [];
      for (const [name, code] of codes) {
        if (name < patient) continue;
        const own: RecordingFacts[] = [];
        for await (const stored of researchRecordings(view, code)) {
          if (name === patient && names.recording(stored.recordingId) <= recording) continue;
          const facts = await listed(view, deps, { stored, names });
          if (facts !== undefined) own.push(facts);
        }
        found.push(...own.sort(byRecording));
        if (found.length > query.limit) break;
      }
      return found;
    });
    const recordings = page.slice(0, query.limit).map(describeResearch);
    const last = recordings.at(-1);
    const isLast = page.length <= query.limit || last === undefined;
    const list: ResearchList = {
      recordings,
      next: isLast ? null : `${last.patient_id}/${last.recording_id}`,
    };
    return c.json(list, 200, healthHeaders(JSON_TYPE));
  });

  get(RESEARCH_PATH, async (c) => {
    const { read } = await readResearch(c, deps, (view, own) => factsOf(view, deps, own));
    return c.json(describeResearchDetail(read), 200, healthHeaders(JSON_TYPE));
  });

  get(`${RESEARCH_PATH}/annotations`, async (c) => {
    const { read } = await readResearch(c, deps, readResearchMarks);
    const marks: ResearchMarks = {
      annotations: read.map(({ json }) => ({
        kind: json.kind,
        "onset_seconds": json.onset_seconds!,
        "duration_seconds": json.duration_seconds,
      })),
    };
    return c.json(marks, 200, healthHeaders(JSON_TYPE));
  });
  return app;
}

/** Undefined where the patient was erased, or something of it does not verify: that takes nothing from the others. */
async function listed(
  view: SiteView,
  deps: QueryDeps,
  { stored, names }: { readonly stored: StoredRecording; readonly names: SitePseudonyms },
): Promise<RecordingFacts | undefined> {
  try {
    const opened = await open(view, deps, stored);
    return opened.key && await factsOf(view, deps, deidentified(opened, names));
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    deps.alarms.raise(stored.siteId, error);
    return undefined;
  }
}

async function factsOf(
  view: SiteView,
  deps: QueryDeps,
  recording: ResearchRecording,
): Promise<RecordingFacts> {
  return {
    recording: recording.view,
    timelines: await timelinesOf(view, deps, recording),
    annotations: await readResearchMarks(view, recording),
  };
}

function byRecording(a: RecordingFacts, b: RecordingFacts): number {
  return a.recording.stored.recordingCode < b.recording.stored.recordingCode ? -1 : 1;
}
