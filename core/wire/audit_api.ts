/**
 * Layer 5. What an auditor reads: who did what, and who saw a patient.
 *
 * Codes, times, counts, and the names of staff; never a sample or the text of a mark.
 *
 * @module
 */

import * as z from "zod";

/** How it went. */
export const AUDIT_OUTCOMES = [
  "granted",
  "shown",
  "done",
  "refused",
  "not-found",
  "failed",
] as const;
export const AuditOutcome = z.enum(AUDIT_OUTCOMES);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** The person behind an actor's id; null for devices, keys, services and operators. */
const Actor = z.object({ login: z.string(), display_name: z.string() }).nullable();

/** One event. */
export const AuditEvent = z.object({
  event_id: z.string(),
  /** RFC 3339. */
  at: z.string(),
  kind: z.string(),
  /** Subject of the credential: a person's uuid, a device's or key's id, a service. */
  actor: z.string(),
  person: Actor,
  role: z.string().nullable(),
  session_id: z.string().nullable(),
  /** Network address, truncated. */
  from: z.string().nullable(),
  outcome: AuditOutcome,
  action: z.string().nullable(),
  patient_id: z.string().nullable(),
  recording_id: z.string().nullable(),
  request_id: z.string().nullable(),
  /** Seconds from the recording's start, half-open. */
  seconds: z.array(z.tuple([z.number(), z.number()])).nullable(),
  count: z.number().nullable(),
  reason: z.string().nullable(),
  /** What else there is to say. */
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** `GET /audit/events?from=&to=&actor=&kind=&outcome=&patient_id=&recording_id=&limit=&after=`, the newest first. */
export const AuditEventsResponse = z.object({
  events: z.array(AuditEvent),
  /** What to ask for `after` to read on. */
  next: z.string().nullable(),
  as_of: z.string(),
});
export type AuditEventsResponse = z.infer<typeof AuditEventsResponse>;

/** What somebody had of a patient on one day. */
export const AccessDay = z.object({
  /** `2026-11-21`, UTC. */
  day: z.string(),
  times: z.int(),
  seconds_seen: z.number(),
  exports: z.int(),
  break_glass: z.int(),
});
export type AccessDay = z.infer<typeof AccessDay>;

/** What somebody had of a patient. */
export const PatientAccess = z.object({
  actor: z.string(),
  person: Actor,
  roles: z.array(z.string()),
  first_at: z.string(),
  last_at: z.string(),
  /** How often it was asked for. */
  times: z.int(),
  /** Of the recording, on screen. */
  seconds_seen: z.number(),
  exports: z.int(),
  break_glass: z.int(),
  refused: z.int(),
  recordings: z.array(z.string()),
  /** The same by day, the oldest first. */
  days: z.array(AccessDay).default([]),
});
export type PatientAccess = z.infer<typeof PatientAccess>;

/** `GET /audit/patients/:patient/accesses?from=&to=&limit=&after=`, who was there last comes first. */
export const PatientAccessesResponse = z.object({
  patient_id: z.string(),
  /** All of them, on whatever page. */
  people_count: z.int(),
  accesses: z.array(PatientAccess),
  /** What to ask for `after` to read on; what happens meanwhile is on none of the pages. */
  next: z.string().nullable(),
  as_of: z.string(),
});
export type PatientAccessesResponse = z.infer<typeof PatientAccessesResponse>;
