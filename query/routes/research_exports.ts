/**
 * De-identified datasets: `POST /research/…/exports` asks for one, `GET /research/exports/:export_id` says how far
 * it is, `…/file` gives it, `DELETE` does without it.
 *
 * The jobs are those of the identified side; of them only the de-identified ones are found here.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { BUNDLE_MEDIA_TYPE, ResearchExportRequest } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import type { ExportJob } from "../bundle/export_jobs.ts";
import { scopeOf } from "../bundle/export_jobs.ts";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { lastingBody } from "../lasting_answer.ts";
import { grantResearch, readResearch, researchOf } from "../research/open_research.ts";
import { whileAllowed } from "../while_allowed.ts";
import { jobsOf, jsonBody, statusOf } from "./exports.ts";
import { ExportPath } from "./exports.ts";
import { parsePath } from "./_request.ts";
import { plainErrors, RESEARCH_PATH } from "./_research.ts";

const JSON_TYPE = "application/json";

export function researchExportRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.post(
    `${RESEARCH_PATH}/exports`,
    plainErrors(deps, async (c) => {
      const { bids } = await jsonBody(c, ResearchExportRequest);
      const { siteId, subject: actor } = c.get("principal");
      const { recording } = await readResearch(c, deps, () => Promise.resolve());
      const { names } = await researchOf(deps, siteId);
      const job = await jobsOf(deps).start({
        siteId,
        actor,
        requestId: c.get("requestId"),
        recording: recording.stored.stored,
        earlierSizes: [],
        original: false,
        bids,
        names,
      });
      return c.json(statusOf(job), 202, {
        ...healthHeaders(JSON_TYPE),
        "Location": `/research/exports/${job.id}`,
      });
    }),
  );
  app.get("/research/exports/:export_id", async (c) => {
    return c.json(statusOf(await find(c, deps)), 200, healthHeaders(JSON_TYPE));
  });
  app.get(
    "/research/exports/:export_id/file",
    plainErrors(deps, async (c) => {
      const job = await find(c, deps);
      if (job.state === "refused") throw job.problem ?? new ProblemError("integrity-failed");
      if (job.state !== "ready") {
        throw new ProblemError("export-not-ready", { retryAfterSeconds: 2 });
      }
      const { siteId, recording: { recordingId, patientCode }, names } = job.order;
      await grantResearch(c, deps, recordingId);
      const pieces = await jobsOf(deps).tar(job);
      const principal = c.get("principal");
      await deps.audit.recordExport({
        siteId,
        recordingId,
        actor: principal.subject,
        requestId: c.get("requestId"),
        kind: "downloaded",
        detail: { job: job.id, bytes: job.byteLength!, ...scopeOf(job.order) },
      });
      const access = { principal, recordingId, purpose: "research" } as const;
      const given = whileAllowed(deps.consents, access, pieces);
      const body = lastingBody(c, deps, given, { what: "export" });
      const name = `${names!.patient(patientCode)}_${names!.recording(recordingId)}.bids.tar`;
      return new Response(body, {
        headers: {
          ...healthHeaders(BUNDLE_MEDIA_TYPE),
          "Content-Length": String(job.byteLength),
          "Content-Disposition": `attachment; filename="${name}"`,
        },
      });
    }),
  );
  app.delete("/research/exports/:export_id", async (c) => {
    await jobsOf(deps).cancel(await find(c, deps));
    return c.body(null, 204);
  });
  return app;
}

async function find(c: Context, deps: QueryDeps): Promise<ExportJob> {
  const { export_id: id } = parsePath(c, ExportPath);
  const job = await jobsOf(deps).find(c.get("principal").siteId, id);
  if (job?.order.names === undefined) throw new ProblemError("export-not-found");
  return job;
}
