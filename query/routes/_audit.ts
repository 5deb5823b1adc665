/**
 * What the auditor's routes have in common: their reader, and the event that a look into the audit is itself,
 * committed before the first byte.
 *
 * Hazard: a filter is a caller's text; what goes into that event is which filters there were, and ids that were
 * found.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { networkOf } from "@wavekeep/core/service";
import type { Context } from "hono";
import { AccessNotRecordedError } from "../access_grant.ts";
import type { AuditReader } from "../audit/audit_reader.ts";
import type { QueryDeps } from "../deps.ts";

/** @throws {ProblemError} `not-ready`: this process reads no events. */
export function readerOf({ auditReader }: QueryDeps): AuditReader {
  if (auditReader !== undefined) return auditReader;
  throw new ProblemError("not-ready", {
    detail: "This service reads no events: AUDITOR_DATABASE_URL",
  });
}

/** What an `audit.read` event says. */
export interface AuditRead {
  readonly patientUuid?: string | undefined;
  readonly recordingId?: string | undefined;
  readonly filters: string;
  readonly "event_count": number;
}

/** @throws {AccessNotRecordedError} Nothing is shown. */
export async function recordRead(c: Context, deps: QueryDeps, read: AuditRead): Promise<void> {
  const { siteId, subject, role, sessionId } = c.var.principal;
  const { patientUuid, recordingId, ...detail } = read;
  await deps.audit.recordAuditRead({
    siteId,
    actor: subject,
    requestId: c.var.requestId,
    patientUuid: patientUuid ?? null,
    recordingId: recordingId ?? null,
    detail: { role, session: sessionId, from: networkOf(c), ...detail },
  }).catch((cause: unknown) => {
    throw new AccessNotRecordedError("Cannot record a look into the audit", { cause });
  });
}

/** Names of the filters that were given, never their values. */
export function filtersOf(query: object): string {
  return Object.entries(query).flatMap(([name, given]) => given === undefined ? [] : name).join(
    " ",
  );
}
