// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * How each guarded route of ingest and query is asked, and what whoever may do it hears: the part of the matrix that
 * the tables of routes cannot say. A route without a recipe fails the matrix.
 *
 * @module
 */

import { freshId, markOf, openingOf, type Target, viewingOf } from "./targets.ts";
import { EXPORT_ORDER } from "./world.ts";
import { Fixture } from "../../../ingest/testing/fixtures.ts";
import { recordingReference } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { parseRouteName } from "@wavekeep/core/service";
import { ok } from "node:assert/strict";

/** How one route is asked. */
export interface Recipe {
  /** Query string, without its question mark. */
  readonly query?: (target: Target) => string;
  readonly body?: (target: Target) => unknown;
  /** What who may, hears of what is there. */
  readonly found: readonly number[];
  /** What everybody hears of what is not there, or of another site. */
  readonly missing?: number;
  /** What a device hears of another device's: as of what is not there, unless said. */
  readonly anotherDevices?: number | "found";
  /** The same, of whoever is a relay, where that differs. */
  readonly anotherDevicesByRelay?: "found";
  /** An export of its own for each request: it does not outlive one. */
  readonly takesExport?: true;
  /** A device that does it to another's recording has a part in it from then on: not asked in the matrix. */
  readonly joins?: true;
  /** Asked behind all others: nothing goes on after it. */
  readonly isLast?: true;
}

const READ: Recipe = { found: [200] };
const WRITE: Recipe = { found: [201] };
const codes = ({ patient, recording }: Target) => `patient_id=${patient}&recording_id=${recording}`;
const window = (more = "") => (target: Target) => `${codes(target)}&start=0&end=1${more}`;

const RECORDING = "/patients/:patient_id/recordings/:recording_id" as const;
const RESEARCH = "/research/patients/:patient_id/recordings/:recording_id" as const;
const CHUNK = "/segments/:segment_id/streams/:stream/chunks/:sequence" as const;

/** Guarded routes of ingest. */
export const INGEST_RECIPES: Readonly<Record<string, Recipe>> = {
  "GET /metrics": READ,
  "GET /patients/:patient_id/consent": READ,
  "POST /patients/:patient_id/consent": {
    ...WRITE,
    body: () => ({ care: "allowed", reason: "asked again" }),
  },
  "POST /recordings": { body: openingOf, found: [200] },
  [`POST ${RECORDING}/close`]: {
    body: () => ({ idempotency_key: freshId() }),
    found: [200, 201],
    isLast: true,
  },
  [`POST ${RECORDING}/sources`]: {
    ...WRITE,
    body: ({ fixture }) => ({
      file_sha256: freshId() + freshId(),
      byte_length: 2,
      format: "edf",
      segment_ids: [fixture.hex],
      header: btoa("h"),
      annotation_bytes_deflated: "",
      signal_order: [0],
      record_count_as_written: 1,
      trailing: "",
    }),
  },
  [`POST ${RECORDING}/annotations`]: {
    ...WRITE,
    body: () => ({ annotations: [markOf(freshId())] }),
  },
  [`POST ${RECORDING}/reviews`]: {
    ...WRITE,
    body: ({ annotationId: annotation_id }) => ({
      reviews: [
        { review_id: freshId(), annotation_id, annotation_version: 1, verdict: "accepted" },
      ],
    }),
  },
  [`POST ${RECORDING}/viewings`]: {
    ...WRITE,
    body: () => ({ sent_at_ms: 2_000, viewings: [viewingOf(freshId())] }),
  },
  [`POST ${RECORDING}/clock-observations`]: {
    ...WRITE,
    body: ({ fixture }) => ({
      observations: [{
        observation_id: freshId(),
        segment_id: fixture.hex,
        device_time_micros: "1",
        monotonic_ns: "1",
        reference_time_micros: "1",
        reference: "server",
        uncertainty_micros: null,
      }],
    }),
  },
  [`POST ${RECORDING}/segments`]: {
    ...WRITE,
    joins: true,
    body: ({ patient, recording }) => {
      const changes = {
        segmentId: Uint8Array.fromHex(freshId()),
        recordingReference: recordingReference(patient, recording, nodeSha256),
      };
      return new Fixture(9, changes).opening();
    },
  },
  "POST /segments/:segment_id/statements": {
    ...WRITE,
    anotherDevices: 409,
    body: () => {
      const statement_id = freshId();
      const first_sequence = 100 + parseInt(statement_id.slice(-6), 16) % 1e6;
      const counts = { sequence_count: 1, first_sample: 4 * first_sequence, sample_count: 4 };
      const signature = null;
      return {
        statements: [
          {
            statement_id,
            stream: 0,
            kind: "loss",
            first_sequence,
            ...counts,
            reason: 0,
            signature,
          },
        ],
      };
    },
  },
  // A relay asks for all whose chunks it holds.
  "GET /segments/:segment_id/state": { ...READ, anotherDevicesByRelay: "found" },
  "PUT /segments/:segment_id/parameter-sets/:digest": {
    body: ({ set }) => set.record,
    found: [200],
    missing: 409,
    anotherDevices: 409,
  },
  [`PUT ${CHUNK}`]: {
    body: ({ fixture }) => fixture.chunk(0),
    found: [200],
    missing: 409,
    anotherDevices: 409,
  },
  "POST /ingest": {
    body: ({ fixture }) => fixture.chunk(1),
    found: [200],
    missing: 409,
    anotherDevices: 409,
  },
  "POST /devices/codes": { ...WRITE, body: () => ({}) },
  "GET /devices/keys": READ,
  "POST /devices/keys/:key_id/revoke": {
    body: () => ({ reason: "lost" }),
    found: [200, 201],
    isLast: true,
  },
};

/** Guarded routes of query. */
export const QUERY_RECIPES: Readonly<Record<string, Recipe>> = {
  "GET /metrics": READ,
  "GET /recordings": READ,
  [`GET ${RECORDING}`]: READ,
  [`GET ${RECORDING}/links`]: READ,
  [`GET ${RECORDING}/proof`]: READ,
  [`GET ${RECORDING}/live`]: READ,
  [`GET ${RECORDING}/annotations`]: READ,
  [`GET ${RECORDING}/annotations/:annotation_id/versions`]: READ,
  [`GET ${RECORDING}/viewings`]: READ,
  [`GET ${RECORDING}/parameter-sets/:digest`]: READ,
  [`GET ${RECORDING}/export.edf`]: { ...READ, query: () => "start=0&end=2" },
  [`GET ${RECORDING}/marks.csv`]: READ,
  [`GET ${RECORDING}/marks.edf`]: READ,
  [`GET ${RECORDING}/events.tsv`]: READ,
  [`GET ${RECORDING}/events.json`]: READ,
  [`POST ${RECORDING}/exports`]: { body: () => EXPORT_ORDER, found: [202] },
  "GET /exports/:export_id": READ,
  "GET /exports/:export_id/file": READ,
  "DELETE /exports/:export_id": { found: [204], takesExport: true },
  "GET /research/recordings": READ,
  [`GET ${RESEARCH}`]: READ,
  [`GET ${RESEARCH}/annotations`]: READ,
  [`GET ${RESEARCH}/eeg`]: { ...READ, query: () => "start=0&end=1" },
  [`GET ${RESEARCH}/envelope`]: { ...READ, query: () => "start=0&end=1&columns=4" },
  [`GET ${RESEARCH}/trends`]: { ...READ, query: () => "start=0&end=1&columns=4" },
  [`GET ${RESEARCH}/export.edf`]: { ...READ, query: () => "start=0&end=2" },
  [`POST ${RESEARCH}/exports`]: { body: () => ({ bids: EXPORT_ORDER.bids }), found: [202] },
  "GET /research/exports/:export_id": READ,
  "GET /research/exports/:export_id/file": READ,
  "DELETE /research/exports/:export_id": { found: [204], takesExport: true },
  "GET /eeg": { ...READ, query: window() },
  "GET /envelope": { ...READ, query: window("&columns=4") },
  "GET /trends": { ...READ, query: window("&columns=4") },
  [`GET ${CHUNK}`]: READ,
  [`GET ${CHUNK}/proof`]: READ,
  "GET /audit/events": READ,
  "GET /audit/patients/:patient_id/accesses": READ,
};

/** Path and body of a route for a target. */
export function askedOf(
  name: string,
  recipe: Recipe,
  target: Target,
): { readonly method: string; readonly path: string; readonly body?: unknown } {
  const { method, path } = parseRouteName(name);
  const query = recipe.query?.(target);
  const named = path.startsWith("/research/") ? target.research : target;
  const values = {
    "patient_id": named.patient,
    "recording_id": named.recording,
    "segment_id": target.fixture.hex,
    stream: "0",
    sequence: "0",
    digest: target.set.digest,
    "annotation_id": target.annotationId,
    "key_id": target.keyId,
    "export_id": named.exportId,
  };
  return {
    method,
    path: pathOf(path, values) + (query === undefined ? "" : `?${query}`),
    ...(recipe.body === undefined ? {} : { body: recipe.body(target) }),
  };
}

/** A path with something in the place of each parameter. */
export function pathOf(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/:(\w+)/g, (_, name: string) => {
    ok(values[name] !== undefined, `the matrix has no value for :${name}`);
    return values[name];
  });
}
