/**
 * `GET /audit/events`: who did what.
 *
 * For auditors, who see codes, times and counts, and nothing that was recorded of anybody.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Code } from "@wavekeep/core/recording";
import {
  type AuditEvent,
  type AuditEventsResponse,
  AuditOutcome,
  CSV_MEDIA_TYPE,
  OffsetMoment,
  pageCursor,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import { eventJson, eventsCsv } from "../audit/audit_answer.ts";
import type { AuditReader, EventCursor } from "../audit/audit_reader.ts";
import { outcomeOfKind } from "../audit/event_outcome.ts";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { type AuditRead, filtersOf, readerOf, recordRead } from "./_audit.ts";
import { parseQuery } from "./_request.ts";

/** Events of one answer at most: as JSON, and as a file. */
const LIMIT_MAX = 500;
const CSV_LIMIT_MAX = 10_000;

/** A moment to the microsecond and a number, as `next` of the page before gave them. */
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_(\d{1,18})$/;

/** Query string of `GET /audit/events`. */
export const AuditEventsQuery = z.object({
  from: OffsetMoment.optional(),
  to: OffsetMoment.optional(),
  actor: z.string().regex(/^[\w.@:-]{1,128}$/, { error: "must be an actor's id" }).optional(),
  kind: z.string().regex(/^[a-z][a-z.-]{0,63}$/, { error: "must be a kind of event" }).optional(),
  outcome: AuditOutcome.optional(),
  "patient_id": Code.optional(),
  "recording_id": Code.optional(),
  limit: z.coerce.number().int().min(1).max(CSV_LIMIT_MAX).optional(),
  after: pageCursor(CURSOR).optional(),
});
export type AuditEventsQuery = z.infer<typeof AuditEventsQuery>;

export function auditRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get("/audit/events", async (c) => {
    const query = parseQuery(c, AuditEventsQuery);
    const type = negotiate(c.req.header("accept"), ["application/json", "text/csv"]);
    const reader = readerOf(deps);
    const asOf = new Date().toISOString();
    const limit = Math.min(query.limit ?? 100, type === "text/csv" ? CSV_LIMIT_MAX : LIMIT_MAX);
    const { events, next, about } = await findEvents(reader, c.var.principal.siteId, query, limit);
    await recordRead(c, deps, {
      ...about,
      filters: filtersOf(query),
      "event_count": events.length,
    });
    if (type === "text/csv") {
      return new Response(eventsCsv(events), {
        headers: {
          ...healthHeaders(CSV_MEDIA_TYPE),
          "content-disposition": 'attachment; filename="events.csv"',
          ...(next === null ? {} : { "x-next": next }),
        },
      });
    }
    const answer: AuditEventsResponse = { events, next, "as_of": asOf };
    return c.json(answer, 200, healthHeaders("application/json"));
  });
  return app;
}

async function findEvents(
  reader: AuditReader,
  siteId: number,
  query: AuditEventsQuery,
  limit: number,
): Promise<{
  events: AuditEvent[];
  next: string | null;
  about: Pick<AuditRead, "patientUuid" | "recordingId">;
}> {
  const none = { events: [], next: null };
  const { patient_id: patientCode, recording_id: recordingCode } = query;
  const patientUuid = patientCode && await reader.patient(siteId, patientCode);
  if (patientCode !== undefined && patientUuid === undefined) return { ...none, about: {} };
  const recordings = recordingCode === undefined
    ? []
    : await reader.recordings(siteId, recordingCode, patientUuid);
  if (recordingCode !== undefined && recordings.length === 0) {
    return { ...none, about: { patientUuid } };
  }
  if (recordings.length > 1) {
    throw new ProblemError("validation", {
      detail: "Several recordings have this code: say whose",
      errors: [{ detail: "is missing", pointer: "/query/patient_id" }],
    });
  }
  const [recordingId] = recordings;
  const about = { patientUuid, recordingId };
  const kinds = await kindsOf(reader, siteId, query);
  if (kinds?.length === 0) return { ...none, about };
  const found = await reader.events(siteId, {
    from: query.from,
    to: query.to,
    actor: query.actor,
    kinds,
    patientUuid: recordingId === undefined ? patientUuid : undefined,
    recordingId,
    after: cursorOf(query.after),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    events: page.map(eventJson),
    next: found.length <= limit || last === undefined ? null : `${last.at}_${last.eventId}`,
    about,
  };
}

/** Undefined: all. */
async function kindsOf(
  reader: AuditReader,
  siteId: number,
  { kind, outcome }: AuditEventsQuery,
): Promise<readonly string[] | undefined> {
  if (outcome === undefined) return kind === undefined ? undefined : [kind];
  const kinds = kind === undefined ? await reader.kinds(siteId) : [kind];
  return kinds.filter((one) => outcomeOfKind(one) === outcome);
}

function cursorOf(text: string | undefined): EventCursor | undefined {
  const [, at, eventId] = CURSOR.exec(text ?? "") ?? [];
  return at === undefined || eventId === undefined ? undefined : { at, eventId };
}
