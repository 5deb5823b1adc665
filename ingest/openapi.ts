/**
 * The interface of ingest as an OpenAPI 3.1 document, out of the same schemas that the routes use.
 *
 * `ingest/openapi.json` is this document; a test makes it again and compares, and another compares its
 * paths with the routes of the application.
 *
 * @module
 */

import { OpenAPIHono } from "@hono/zod-openapi";
import type { ProblemSlug } from "@wavekeep/core/problem";
import {
  AnnotationsRequest,
  AnnotationsResponse,
  CHUNKS_MEDIA_TYPE,
  ClockObservationsRequest,
  CloseRecordingRequest,
  ConsentRequest,
  ConsentResponse,
  DeviceKeyJson,
  DeviceKeysQuery,
  DeviceKeysResponse,
  Done,
  EnrolKeyRequest,
  EnrolmentCodeRequest,
  EnrolmentCodeResponse,
  IngestJsonRequest,
  IngestResponse,
  OpenRecordingRequest,
  OpenRecordingResponse,
  OpenSegmentRequest,
  OpenSegmentResponse,
  ReviewsRequest,
  ReviewsResponse,
  RevokeKeyRequest,
  SegmentState,
  SourceRequest,
  StatementsRequest,
  ViewingsRequest,
  ViewingsResponse,
} from "@wavekeep/core/wire";
import * as z from "zod";
import { type Contents, JSON_TYPE, routeOf, type RouteSpec } from "./openapi_route.ts";
import {
  ChunkPath,
  KeyPath,
  ParameterSetPath,
  RecordingPath,
  SegmentPath,
} from "./routes/request.ts";
import { PatientPath } from "./routes/consents.ts";

const chunks = z.string().meta({ format: "binary" });

/** What every guarded route may answer. */
const GUARDED: readonly ProblemSlug[] = [
  "unauthenticated",
  "forbidden",
  "validation",
  "request-timeout",
  "internal",
  "store-unavailable",
];

/** What every route with a body may answer. */
const WITH_BODY: readonly ProblemSlug[] = [
  ...GUARDED,
  "malformed-json",
  "unsupported-media-type",
  "body-too-large",
  "content-digest-mismatch",
  "too-many-requests",
  "outcome-unknown",
];

/** What may be wrong with a signature. */
const SIGNED: readonly ProblemSlug[] = [
  "signature-required",
  "signature-unexpected",
  "signature-invalid",
  "key-revoked",
];

/** What may be wrong with one chunk. */
const CHUNK: readonly ProblemSlug[] = [
  "chunk-too-large",
  "checksum-mismatch",
  "chunk-truncated",
  "chunk-corrupt",
  "sample-digest-mismatch",
  "unsupported-codec",
  "unsupported-version",
  "segment-unknown",
  "not-owner",
  ...SIGNED,
  "chunk-mismatch",
  "off-grid",
  "beyond-end",
  "chunk-conflict",
  "parameter-set-missing",
  "parameter-set-limit",
  "integrity-failed",
  "storage-violation",
];

const stored = (schema: z.ZodType) => ({
  200: { description: "It was stored before, just so", schema },
  201: { description: "Stored", schema },
});

const mixed = (schema: z.ZodType) => ({
  ...stored(schema),
  207: { description: "Some were refused; each has its own status", schema },
});

const json = (schema: z.ZodType): Contents => ({ [JSON_TYPE]: { schema } });

const ROUTES: readonly RouteSpec[] = [
  {
    method: "post",
    path: "/recordings",
    summary: "Open a recording, or confirm that it is open with the same facts",
    body: json(OpenRecordingRequest),
    answers: stored(OpenRecordingResponse),
    problems: [...WITH_BODY, "recording-conflict", "idempotency-conflict"],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/close",
    summary: "Close a recording: no new segments, chunks of known segments are still taken",
    params: RecordingPath,
    body: json(CloseRecordingRequest),
    answers: stored(Done),
    problems: [...WITH_BODY, "recording-not-found"],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/segments",
    summary: "Open a segment, or confirm that the same one is open",
    params: RecordingPath,
    body: json(OpenSegmentRequest),
    answers: stored(OpenSegmentResponse),
    problems: [
      ...WITH_BODY,
      "recording-not-found",
      "recording-moved",
      "recording-closed",
      "segment-conflict",
      "segment-record-mismatch",
      ...SIGNED,
      "key-unknown",
      "not-owner",
      "unsupported-version",
    ],
  },
  {
    method: "post",
    path: "/segments/{segment_id}/statements",
    summary: "State samples that will never come, or the end of a stream",
    params: SegmentPath,
    body: json(StatementsRequest),
    answers: stored(Done),
    problems: [
      ...WITH_BODY,
      "segment-not-found",
      "not-owner",
      ...SIGNED,
      "idempotency-conflict",
      "statement-conflict",
    ],
  },
  {
    method: "get",
    path: "/segments/{segment_id}/state",
    summary: "What has arrived of a segment, so that a device can go on from there",
    params: SegmentPath,
    answers: { 200: { description: "As of now", schema: SegmentState } },
    problems: [...GUARDED, "segment-not-found"],
  },
  {
    method: "put",
    path: "/segments/{segment_id}/streams/{stream}/chunks/{sequence}",
    summary: "Store one chunk at its permanent place",
    params: ChunkPath,
    body: { [CHUNKS_MEDIA_TYPE]: { schema: chunks } },
    answers: stored(IngestResponse),
    problems: [...WITH_BODY, ...CHUNK],
  },
  {
    method: "put",
    path: "/segments/{segment_id}/parameter-sets/{digest}",
    summary:
      "Store one parameter set for the recording of a segment, ahead of the chunks that name it",
    params: ParameterSetPath,
    body: { [CHUNKS_MEDIA_TYPE]: { schema: chunks } },
    answers: stored(Done),
    problems: [
      ...WITH_BODY,
      "parameter-set-invalid",
      "unsupported-version",
      "segment-unknown",
      "not-owner",
      "parameter-set-limit",
      "integrity-failed",
      "storage-violation",
    ],
  },
  {
    method: "post",
    path: "/ingest",
    summary:
      "Store one JSON chunk, or binary chunks and the parameter sets they name, in any order",
    body: {
      [JSON_TYPE]: { schema: IngestJsonRequest },
      [CHUNKS_MEDIA_TYPE]: { schema: chunks },
    },
    answers: mixed(IngestResponse),
    problems: [
      ...WITH_BODY,
      ...CHUNK,
      "parameter-set-invalid",
      "parameter-set-unclaimed",
      "channel-list-mismatch",
      "recording-moved",
      "recording-closed",
    ],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/annotations",
    summary: "Add marks, or new versions of marks",
    params: RecordingPath,
    body: json(AnnotationsRequest),
    answers: mixed(AnnotationsResponse),
    problems: [
      ...WITH_BODY,
      "recording-not-found",
      "recording-moved",
      "annotation-conflict",
      "segment-unknown",
    ],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/reviews",
    summary: "State what a reader made of marks",
    params: RecordingPath,
    body: json(ReviewsRequest),
    answers: mixed(ReviewsResponse),
    problems: [
      ...WITH_BODY,
      "recording-not-found",
      "annotation-unknown",
      "idempotency-conflict",
    ],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/viewings",
    summary: "State what a reader had on screen: rows of the review ledger",
    params: RecordingPath,
    body: json(ViewingsRequest),
    answers: mixed(ViewingsResponse),
    problems: [...WITH_BODY, "recording-not-found", "idempotency-conflict"],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/clock-observations",
    summary: "Record what a clock said beside what another said",
    params: RecordingPath,
    body: json(ClockObservationsRequest),
    answers: stored(Done),
    problems: [...WITH_BODY, "recording-not-found", "segment-unknown", "idempotency-conflict"],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/sources",
    summary: "Keep what a file held beside its samples",
    params: RecordingPath,
    body: json(SourceRequest),
    answers: stored(Done),
    problems: [...WITH_BODY, "recording-not-found", "idempotency-conflict"],
  },
  {
    method: "post",
    path: "/devices/codes",
    summary: "Make a one-time code, with which a device enrols its key",
    body: json(EnrolmentCodeRequest),
    answers: { 201: { description: "Made; shown this once", schema: EnrolmentCodeResponse } },
    problems: WITH_BODY,
  },
  {
    method: "post",
    path: "/devices/enrol",
    summary: "Enrol a device's key; the one-time code is the credential",
    body: json(EnrolKeyRequest),
    answers: stored(DeviceKeyJson),
    problems: [
      ...WITH_BODY.filter((slug) => slug !== "unauthenticated" && slug !== "forbidden"),
      "enrolment-refused",
      "key-invalid",
      "key-conflict",
      "signature-invalid",
    ],
    isOpen: true,
  },
  {
    method: "get",
    path: "/patients/{patient_id}/consent",
    summary: "What a patient allows, and since when; reasons for who may change it",
    params: PatientPath,
    answers: { 200: { description: "As of now", schema: ConsentResponse } },
    problems: [...GUARDED, "not-found"],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/consent",
    summary: "Say what a patient allows: care, research, a legal hold; a new version",
    params: PatientPath,
    body: json(ConsentRequest),
    answers: { 201: { description: "As of now", schema: ConsentResponse } },
    problems: [...WITH_BODY, "not-found", "patient-erased"],
  },
  {
    method: "get",
    path: "/devices/keys",
    summary: "Device keys of the site, the newest first, page by page",
    query: DeviceKeysQuery,
    answers: { 200: { description: "As of now", schema: DeviceKeysResponse } },
    problems: [...GUARDED, "validation"],
  },
  {
    method: "post",
    path: "/devices/keys/{key_id}/revoke",
    summary: "Revoke a device's key for good; what it signed before is kept",
    params: KeyPath,
    body: json(RevokeKeyRequest),
    answers: stored(Done),
    problems: [...WITH_BODY, "not-found"],
  },
  {
    method: "get",
    path: "/metrics",
    summary: "Counts and times of this process, for Prometheus",
    answers: {
      200: { description: "Text format 0.0.4", schema: z.string(), mediaType: "text/plain" },
    },
    problems: ["unauthenticated", "forbidden"],
  },
  {
    method: "get",
    path: "/livez",
    summary: "Whether the process answers",
    answers: {
      200: { description: "It does", schema: z.object({ status: z.literal("alive") }) },
    },
    problems: [],
    isOpen: true,
  },
  {
    method: "get",
    path: "/readyz",
    summary: "Whether it can do its work",
    answers: {
      200: { description: "It can", schema: z.looseObject({ status: z.literal("ready") }) },
    },
    problems: ["not-ready"],
    isOpen: true,
  },
];

/** The whole document. */
export function openApiDocument(): Record<string, unknown> {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  for (const spec of ROUTES) app.openAPIRegistry.registerPath(routeOf(spec));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Wavekeep ingest",
      version: "1",
      description:
        "Takes EEG from devices, exactly once. A 200 or 201 means that it is committed; " +
        "after a 503 or a lost answer the same bytes are sent again.",
    },
  }) as unknown as Record<string, unknown>;
}
