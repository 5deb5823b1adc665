/**
 * Whole recordings, with their proof or as BIDS datasets: `POST …/exports` asks for one, `GET /exports/:id` says how far it is,
 * `GET /exports/:id/file` gives it, `DELETE /exports/:id` does without it.
 *
 * Every one of them is guarded, and written down before it answers. Hazard: the file's length is announced,
 * so that a connection broken off is never a shorter bundle.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { actionRefused, permits, readBody, validationProblem } from "@wavekeep/core/service";
import { BUNDLE_MEDIA_TYPE, ExportRequest, type ExportStatus } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { type ExportJob, scopeOf } from "../bundle/export_jobs.ts";
import { healthHeaders } from "../conditional.ts";
import type { CareAccess } from "../consent_gate.ts";
import type { QueryDeps } from "../deps.ts";
import { lastingBody } from "../lasting_answer.ts";
import type { SitePseudonyms } from "../research/site_pseudonyms.ts";
import type { StoredRecording } from "../store/query_store.ts";
import { whileAllowed } from "../while_allowed.ts";
import { findRecording, grantAccess, parsePath, RecordingPath } from "./_request.ts";

/** Path parameters that name an export. */
export const ExportPath = z.object({
  export_id: z.string().regex(/^[0-9a-f]{32}$/, { error: "must be 32 hexadecimal digits" }),
});

const BODY_BYTES_MAX = 64 * 1024;

export function exportJobRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.post("/patients/:patient_id/recordings/:recording_id/exports", async (c) => {
    const codes = parsePath(c, RecordingPath);
    const request = await jsonBody(c, ExportRequest);
    const { principal, requestId } = c.var;
    const { siteId, subject: actor } = principal;
    const { known_sizes: earlierSizes, original, bids } = request;
    if (original) requireIdentity(c);
    const recording = await deps.store.read(siteId, (view) => findRecording(view, codes));
    await grantAccess(c, deps, recording.recordingId);
    const names = request.deidentified ? await namesOf(c, deps, recording) : undefined;
    const order = {
      ...{ siteId, actor, requestId, recording, earlierSizes, original, bids },
      ...(names && { names }),
    };
    const job = await jobsOf(deps).start(order);
    return c.json(statusOf(job), 202, {
      ...healthHeaders("application/json"),
      "Location": `/exports/${job.id}`,
    });
  });
  app.get("/exports/:export_id", async (c) => {
    const job = await find(c, deps);
    return c.json(statusOf(job), 200, healthHeaders("application/json"));
  });
  app.get("/exports/:export_id/file", async (c) => {
    const job = await find(c, deps);
    if (job.state === "refused") throw job.problem ?? new ProblemError("integrity-failed");
    if (job.state !== "ready") throw new ProblemError("export-not-ready", { retryAfterSeconds: 2 });
    const { siteId, recording, names } = job.order;
    const { recordingId } = recording;
    const patientCode = names?.patient(recording.patientCode) ?? recording.patientCode;
    const recordingCode = names?.recording(recordingId) ?? recording.recordingCode;
    await grantAccess(c, deps, recordingId);
    // What was made for research leaves for as long as the patient allows that.
    if (names !== undefined) await namesOf(c, deps, recording);
    const pieces = await jobsOf(deps).tar(job);
    await deps.audit.recordExport({
      siteId,
      recordingId,
      actor: c.var.principal.subject,
      requestId: c.var.requestId,
      kind: "downloaded",
      detail: { job: job.id, bytes: job.byteLength!, ...scopeOf(job.order) },
    });
    const access: CareAccess = {
      principal: c.var.principal,
      recordingId,
      purpose: names === undefined ? "care" : "research",
    };
    const given = whileAllowed(deps.consents, access, pieces);
    const body = lastingBody(c, deps, given, { what: "export" });
    return new Response(body, {
      headers: {
        ...healthHeaders(BUNDLE_MEDIA_TYPE),
        "Content-Length": String(job.byteLength),
        "Content-Disposition": `attachment; filename="${patientCode}_${recordingCode}.${
          job.order.bids ? "bids" : "wavekeep"
        }.tar"`,
      },
    });
  });
  app.delete("/exports/:export_id", async (c) => {
    await jobsOf(deps).cancel(await find(c, deps));
    return c.body(null, 204);
  });
  return app;
}

/** @throws {ProblemError} `export-impossible`: the patient does not allow research. */
async function namesOf(
  c: Context,
  { consents, research }: QueryDeps,
  { siteId, recordingId }: StoredRecording,
): Promise<SitePseudonyms> {
  const principal = c.get("principal");
  await consents.require({ principal, recordingId, purpose: "research" }).catch((error) => {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError("export-impossible", {
      detail: "Cannot export: the patient does not allow research",
    });
  });
  return research.namesOf(siteId);
}

/** @throws {ProblemError} `not-ready`: nothing may be kept on disk. */
export function jobsOf({ exports }: QueryDeps) {
  if (exports === undefined) {
    throw new ProblemError("not-ready", { detail: "This service keeps no exports: EXPORT_DIR" });
  }
  return exports;
}

async function find(c: Context, deps: QueryDeps): Promise<ExportJob> {
  const { export_id: id } = parsePath(c, ExportPath);
  const job = await jobsOf(deps).find(c.var.principal.siteId, id);
  if (job === undefined) throw new ProblemError("export-not-found");
  if (job.order.original) requireIdentity(c);
  return job;
}

/** @throws {ProblemError} `forbidden`: headers of files name their patients. */
function requireIdentity(c: Context): void {
  if (!permits(c.var.principal, "originals:export")) throw actionRefused(c, "originals:export");
}

/** A small body of JSON; an empty one is an empty object. */
export async function jsonBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const bytes = await readBody(c, BODY_BYTES_MAX);
  let value: unknown = {};
  try {
    if (bytes.byteLength > 0) value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new ProblemError("malformed-json", { cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) throw validationProblem(result.error, "/body");
  return result.data;
}

/** How far a job is. */
export function statusOf(job: ExportJob): ExportStatus {
  return {
    export_id: job.id,
    state: job.state,
    progress: job.progress,
    byte_length: job.byteLength,
    expires_at: job.expiresAtMs === null ? null : new Date(job.expiresAtMs).toISOString(),
    reason: job.reason,
  };
}
