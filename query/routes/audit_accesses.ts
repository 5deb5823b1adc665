/**
 * `GET /audit/patients/:patient_id/accesses`: who saw this patient, whoever was there last first.
 *
 * A page is of people, and has all that they had, day by day.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Code } from "@wavekeep/core/recording";
import { OffsetMoment, pageCursor, type PatientAccessesResponse } from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import { accessJson } from "../audit/audit_answer.ts";
import type { AccessCursor } from "../audit/audit_reader.ts";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { filtersOf, readerOf, recordRead } from "./_audit.ts";
import { parsePath, parseQuery } from "./_request.ts";

/** People of one answer, and of the longest. */
const PEOPLE_DEFAULT = 100;
const PEOPLE_MAX = 500;

/** When the first page was true, when a person was there last, and who that was. */
const ACCESS_CURSOR =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([\w.@:-]{1,128})$/;

/** Query string of `GET …/accesses`. */
export const AccessesQuery = z.object({
  from: OffsetMoment.optional(),
  to: OffsetMoment.optional(),
  limit: z.coerce.number().int().min(1).max(PEOPLE_MAX).optional(),
  after: pageCursor(ACCESS_CURSOR).optional(),
});

/** Path of `GET …/accesses`. */
export const AuditPatientPath = z.object({ "patient_id": Code });

export function auditAccessRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/audit/patients/:patient_id/accesses", async (c) => {
    const { patient_id: code } = parsePath(c, AuditPatientPath);
    const query = parseQuery(c, AccessesQuery);
    const reader = readerOf(deps);
    const { siteId } = c.var.principal;
    const patientUuid = await reader.patient(siteId, code);
    if (patientUuid === undefined) throw new ProblemError("not-found");
    const found = await reader.accesses(siteId, patientUuid, {
      from: query.from,
      to: query.to,
      after: accessCursorOf(query.after),
      limit: query.limit ?? PEOPLE_DEFAULT,
    });
    await recordRead(c, deps, {
      patientUuid,
      filters: filtersOf(query),
      "event_count": found.accesses.length,
    });
    const { asOf, next } = found;
    const answer: PatientAccessesResponse = {
      "patient_id": code,
      "people_count": found.peopleCount,
      accesses: found.accesses.map(accessJson),
      next: next === undefined ? null : `${next.asOf}_${next.lastAt}_${next.actor}`,
      "as_of": asOf,
    };
    return c.json(answer, 200, healthHeaders("application/json"));
  });
  return app;
}

function accessCursorOf(text: string | undefined): AccessCursor | undefined {
  const [, asOf, lastAt, actor] = ACCESS_CURSOR.exec(text ?? "") ?? [];
  return asOf === undefined || lastAt === undefined || actor === undefined
    ? undefined
    : { asOf, lastAt, actor };
}
