/**
 * Layer 5. What an auditor reads: who did what, and who saw a patient.
 *
 * Codes, times and counts; never a sample, a mark's text or a name.
 *
 * @module
 */

import * as z from "zod";

/** How it went. */
export const AUDIT_OUTCOMES = ["success", "refused", "failed"] as const;
export const AuditOutcome = z.enum(AUDIT_OUTCOMES);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** Seconds of a recording, half-open. */
const Seconds = z.object({ start: z.number(), end: z.number() });

/** One event. */
export const AuditEvent = z.object({
  /** Grows with time within a site; opaque beyond that. */
  event_id: z.string(),
  /** RFC 3339. */
  at: z.string(),
  kind: z.string(),
  /** A person's uuid, a device, a key, a service. */
  actor: z.string(),
  role: z.string().nullable(),
  outcome: AuditOutcome,
  patient_id: z.string().nullable(),
  recording_id: z.string().nullable(),
  seconds: z.array(Seconds),
  /** Where from, as far as it is kept. */
  address: z.string().nullable(),
  /** What else there is to say, flat. */
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** `GET /audit/events?from=&to=&kind=&actor=&patient=&recording=&outcome=&after=&limit=`, the newest first. */
export const AuditEventsResponse = z.object({
  events: z.array(AuditEvent),
  /** What to ask for `after` to read on. */
  next: z.string().nullable(),
  as_of: z.string(),
});
export type AuditEventsResponse = z.infer<typeof AuditEventsResponse>;

/** What somebody did with a patient's recordings, over one stretch of time. */
export const PatientAccess = z.object({
  actor: z.string(),
  role: z.string().nullable(),
  recording_id: z.string().nullable(),
  /** `viewed`, `granted`, `exported`, `break-glass`, … */
  kind: z.string(),
  first_at: z.string(),
  last_at: z.string(),
  /** Seconds of the recording that were on screen, where that is known. */
  seconds_seen: z.number().nullable(),
  /** Events that this row stands for. */
  count: z.int(),
  break_glass: z.boolean(),
});
export type PatientAccess = z.infer<typeof PatientAccess>;

/** `GET /audit/patients/:patient/accesses?from=&to=&after=`, the newest first. */
export const PatientAccessesResponse = z.object({
  patient_id: z.string(),
  accesses: z.array(PatientAccess),
  next: z.string().nullable(),
  as_of: z.string(),
});
export type PatientAccessesResponse = z.infer<typeof PatientAccessesResponse>;
