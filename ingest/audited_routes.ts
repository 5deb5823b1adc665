/**
 * What each route of ingest leaves in the event table: one line a route, and a route without a line fails.
 *
 * What is taken in has its event in the transaction that stores it (`store/postgres/events.ts`); what was
 * refused, not found or failed is counted in the ledger (`core/service/record_outcomes.ts`).
 *
 * @module
 */

import type { AuditedRoute, AuditedRoutes } from "@wavekeep/core/service";

const RECORDING = "/patients/:patient_id/recordings/:recording_id";
const SEGMENT = "/segments/:segment_id";

/** A write, with the event that is committed with it, and others that may be. */
function written(thing: string, shown: string, ...also: string[]): AuditedRoute {
  return { thing, grants: false, shown, ...(also.length === 0 ? {} : { also }) };
}

/** By method and pattern. */
export const AUDITED_ROUTES: AuditedRoutes = {
  "POST /recordings": written("recording", "recording.opened", "patient.added"),
  [`POST ${RECORDING}/close`]: written("recording", "recording.closed"),
  [`POST ${RECORDING}/sources`]: written("source", "source.stored"),
  [`POST ${RECORDING}/segments`]: written("segment", "segment.opened"),
  [`POST ${RECORDING}/annotations`]: written("marks", "annotation.stored"),
  [`POST ${RECORDING}/reviews`]: written("marks", "annotation.reviewed"),
  [`POST ${RECORDING}/viewings`]: written("viewings", "recording.viewed"),
  [`POST ${RECORDING}/clock-observations`]: written("clock", "clock-observation.stored"),
  [`POST ${SEGMENT}/statements`]: written("segment", "statement.stored"),
  // What came in, told to who sent it; a technologist looks at what others did.
  [`GET ${SEGMENT}/state`]: {
    ...written("segment", "chunk.stored"),
    shownOf: ["device", "relay"],
  },
  [`PUT ${SEGMENT}/streams/:stream/chunks/:sequence`]: written(
    "samples",
    "chunk.stored",
    "chunk.conflict",
  ),
  [`PUT ${SEGMENT}/parameter-sets/:digest`]: written("samples", "parameter-set.stored"),
  "POST /ingest": written("samples", "chunk.stored", "chunk.conflict", "parameter-set.stored"),
  "GET /patients/:patient_id/consent": { thing: "consent", grants: false },
  "POST /patients/:patient_id/consent": written("consent", "consent.changed"),
  "POST /devices/codes": written("device", "enrolment-code.made"),
  "GET /devices/keys": { nothing: "keys of devices, of no patient" },
  "POST /devices/keys/:key_id/revoke": written("device", "key.revoked"),
  "GET /metrics": { nothing: "counts and times, of nobody in particular" },
};
