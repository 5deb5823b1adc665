/**
 * What each route of query leaves in the event table: one line a route, and a route without a line fails.
 *
 * Sole owner of that. Every request of a credential to an audited route is counted in a row `access.shown`,
 * `access.refused`, `access.not-found` or `access.failed` (`core/service/record_outcomes.ts`); where it grants, a row
 * `access.granted` that covers it is committed before the first byte (`access_grant.ts`).
 *
 * @module
 */

import type { AuditedRoute, AuditedRoutes } from "@wavekeep/core/service";

/** What of a recording somebody asked for. */
export type AccessThing =
  /** The site's recordings. */
  | "list"
  | "description"
  | "samples"
  /** Least and greatest of long stretches; no sample can be read off. */
  | "overview"
  | "trends"
  | "marks"
  | "live"
  /** Who had what on screen. */
  | "viewings"
  | "proof"
  | "export"
  /** An export that is asked for, waited for or given up; nothing leaves yet. */
  | "export-job"
  | "audit";

const RECORDING = "/patients/:patient_id/recordings/:recording_id";
const RESEARCH = "/research/patients/:patient_id/recordings/:recording_id";
const CHUNK = "/segments/:segment_id/streams/:stream/chunks/:sequence";

const given = (thing: AccessThing): AuditedRoute<AccessThing> => ({ thing, grants: true });

/** By method and pattern. */
export const AUDITED_ROUTES: AuditedRoutes<AccessThing> = {
  "GET /recordings": given("list"),
  [`GET ${RECORDING}`]: given("description"),
  [`GET ${RECORDING}/links`]: given("description"),
  "GET /eeg": given("samples"),
  "GET /envelope": given("overview"),
  "GET /trends": given("trends"),
  [`GET ${RECORDING}/annotations`]: given("marks"),
  [`GET ${RECORDING}/annotations/:annotation_id/versions`]: given("marks"),
  [`GET ${RECORDING}/viewings`]: given("viewings"),
  [`GET ${RECORDING}/live`]: given("live"),
  [`GET ${CHUNK}`]: given("samples"),
  [`GET ${RECORDING}/parameter-sets/:digest`]: given("samples"),
  [`GET ${CHUNK}/proof`]: given("proof"),
  [`GET ${RECORDING}/proof`]: given("proof"),
  [`GET ${RECORDING}/export.edf`]: given("export"),
  [`GET ${RECORDING}/marks.csv`]: given("export"),
  [`GET ${RECORDING}/marks.edf`]: given("export"),
  [`GET ${RECORDING}/events.tsv`]: given("export"),
  [`GET ${RECORDING}/events.json`]: given("export"),
  [`POST ${RECORDING}/exports`]: {
    thing: "export-job",
    grants: true,
    also: ["export.made", "export.refused"],
  },
  "GET /exports/:export_id": { thing: "export-job", grants: false },
  "GET /exports/:export_id/file": { thing: "export", grants: true, shown: "export.downloaded" },
  "DELETE /exports/:export_id": { thing: "export-job", grants: false },
  "GET /research/recordings": given("list"),
  [`GET ${RESEARCH}`]: given("description"),
  [`GET ${RESEARCH}/annotations`]: given("marks"),
  [`GET ${RESEARCH}/eeg`]: given("samples"),
  [`GET ${RESEARCH}/envelope`]: given("overview"),
  [`GET ${RESEARCH}/trends`]: given("trends"),
  [`GET ${RESEARCH}/export.edf`]: given("export"),
  [`POST ${RESEARCH}/exports`]: {
    thing: "export-job",
    grants: true,
    also: ["export.made", "export.refused"],
  },
  "GET /research/exports/:export_id": { thing: "export-job", grants: false },
  "GET /research/exports/:export_id/file": {
    thing: "export",
    grants: true,
    shown: "export.downloaded",
  },
  "DELETE /research/exports/:export_id": { thing: "export-job", grants: false },
  "GET /audit/events": { thing: "audit", grants: false, shown: "audit.read" },
  "GET /audit/patients/:patient_id/accesses": {
    thing: "audit",
    grants: false,
    shown: "audit.read",
  },
  "GET /metrics": { nothing: "counts and times, of nobody in particular" },
};
