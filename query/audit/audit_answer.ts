/**
 * Events and accesses as an auditor gets them: members of JSON, rows of CSV.
 *
 * @module
 */

import { type AuditEvent, csvText, type PatientAccess } from "@wavekeep/core/wire";
import type { StoredAccess, StoredEvent } from "./audit_reader.ts";
import { outcomeOfKind } from "./event_outcome.ts";
import type { DaySum } from "./sum_accesses.ts";

/** Members of `detail` that have a place of their own. */
const PLACED = new Set(["role", "session", "from", "thing", "ms", "count", "reason"]);

/** An event as an auditor is shown it. */
export function eventJson(event: StoredEvent): AuditEvent {
  const detail = event.detail ?? {};
  const text = (name: string) => typeof detail[name] === "string" ? detail[name] : null;
  const ms = detail["ms"] as [number, number][] | undefined;
  return {
    "event_id": event.eventId,
    at: event.at,
    kind: event.kind,
    actor: event.actor,
    person: personOf(event),
    role: text("role"),
    "session_id": text("session"),
    from: text("from"),
    outcome: outcomeOfKind(event.kind),
    action: text("thing"),
    "patient_id": event.patientCode,
    "recording_id": event.recordingCode,
    "request_id": event.requestId,
    seconds: ms?.map(([start, end]) => [start / 1000, end / 1000]) ?? null,
    count: typeof detail["count"] === "number" ? detail["count"] : null,
    reason: text("reason"),
    detail: Object.fromEntries(Object.entries(detail).filter(([name]) => !PLACED.has(name))),
  };
}

function personOf({ login, displayName }: Pick<StoredEvent, "login" | "displayName">) {
  return login === null ? null : { login, "display_name": displayName ?? login };
}

const CSV_HEADER = [
  ...[
    "event_id",
    "at",
    "kind",
    "outcome",
    "actor",
    "login",
    "role",
    "session_id",
    "from",
    "action",
  ],
  ...["patient_id", "recording_id", "seconds", "count", "reason", "request_id", "detail"],
];

/** The same as a table. */
export function eventsCsv(events: readonly AuditEvent[]): string {
  return csvText(
    CSV_HEADER,
    events.map((event) => [
      ...[event.event_id, event.at, event.kind, event.outcome, event.actor],
      ...[event.person?.login ?? null, event.role, event.session_id, event.from, event.action],
      ...[event.patient_id, event.recording_id],
      event.seconds?.map(([start, end]) => `${start}-${end}`).join(" ") ?? null,
      ...[event.count, event.reason, event.request_id, JSON.stringify(event.detail)],
    ]),
  );
}

/** What somebody had of a patient. */
export function accessJson(access: StoredAccess): PatientAccess {
  const { days } = access;
  const sum = (of: (day: DaySum) => number) => days.reduce((all, day) => all + of(day), 0);
  return {
    actor: access.actor,
    person: personOf(access),
    roles: [...access.roles],
    "first_at": access.firstAt,
    "last_at": access.lastAt,
    times: sum(({ grants }) => grants),
    "seconds_seen": access.ms / 1000,
    exports: sum(({ exports }) => exports),
    "break_glass": sum(({ breakGlass }) => breakGlass),
    refused: access.refused,
    recordings: [...access.recordings],
    days: days.map((day) => ({
      day: day.day,
      times: day.grants,
      "seconds_seen": day.ms / 1000,
      exports: day.exports,
      "break_glass": day.breakGlass,
    })),
  };
}
