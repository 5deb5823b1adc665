/**
 * The interface of query as an OpenAPI 3.1 document, out of the same schemas that the routes use.
 *
 * `query/openapi.json` is this document; a test makes it again and compares.
 *
 * @module
 */

import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { Problem, PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemSlug } from "@wavekeep/core/problem";
import {
  AnnotationList,
  AnnotationVersions,
  AuditEventsResponse,
  BUNDLE_MEDIA_TYPE,
  ChunkProof,
  ChunkQuery,
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  CoverageEvent,
  EDF_MEDIA_TYPE,
  ENVELOPE_MEDIA_TYPE,
  EnvelopeJson,
  EnvelopeQuery,
  ExportRequest,
  ExportStatus,
  LinksQuery,
  MarksQuery,
  PatientAccessesResponse,
  RangeQuery,
  RecordingDetail,
  RecordingLinks,
  RecordingList,
  RecordingProof,
  TRENDS_MEDIA_TYPE,
  TrendsJson,
  TrendsQuery,
  ViewingLedger,
  ViewingsQuery,
  WindowColumns,
  WindowJson,
  WindowQuery,
} from "@wavekeep/core/wire";
import * as z from "zod";
import { RecordingPath } from "./routes/_request.ts";
import { AnnotationPath } from "./routes/annotations.ts";
import { ChunkPath } from "./routes/_chunk_path.ts";
import { ExportPath } from "./routes/exports.ts";
import { EventsQuery, MarkFileQuery } from "./routes/mark_files.ts";
import { AuditEventsQuery } from "./routes/audit.ts";
import { AccessesQuery, AuditPatientPath } from "./routes/audit_accesses.ts";
import { ParameterSetPath } from "./routes/parameter_sets.ts";
import { RecordingsQuery } from "./routes/recordings.ts";
import { RESEARCH_ROUTES } from "./routes/research_openapi.ts";

type Contents = Readonly<Record<string, { schema: z.ZodType }>>;

/** What every guarded route may answer. */
const GUARDED: readonly ProblemSlug[] = [
  "unauthenticated",
  "forbidden",
  "patient-restricted",
  "validation",
  "internal",
  "store-unavailable",
];

/** What every route may answer that gives a stretch of a recording. */
const OF_A_STRETCH: readonly ProblemSlug[] = [
  ...GUARDED,
  "recording-not-found",
  "not-acceptable",
  "window-invalid",
  "window-too-large",
];

const bytes = z.string().meta({ format: "binary" });

const JSON_TYPE = "application/json";

/** A route as the document describes it. */
export interface RouteSpec {
  /** GET unless told. */
  readonly method?: "post" | "delete";
  readonly path: string;
  readonly summary: string;
  /** JSON that is sent. */
  readonly body?: z.ZodType;
  /** 200 unless told; what is not asked for with GET is never 304. */
  readonly status?: 202 | 204;
  readonly query?: z.ZodObject;
  readonly params?: z.ZodObject;
  readonly content: Contents;
  readonly problems: readonly ProblemSlug[];
  readonly isOpen?: boolean;
}

const ROUTES: readonly RouteSpec[] = [
  {
    path: "/audit/events",
    summary: "Who did what, newest first; events of single chunks have their proofs instead",
    query: AuditEventsQuery,
    content: {
      [JSON_TYPE]: { schema: AuditEventsResponse },
      "text/csv": { schema: z.string() },
    },
    problems: [...GUARDED, "not-acceptable", "not-ready"],
  },
  {
    path: "/audit/patients/{patient_id}/accesses",
    summary: "Who saw this patient: when, how many seconds, what left the house",
    params: AuditPatientPath,
    query: AccessesQuery,
    content: { [JSON_TYPE]: { schema: PatientAccessesResponse } },
    problems: [...GUARDED, "not-found", "not-ready"],
  },
  {
    path: "/recordings",
    summary: "Recordings of the site, by patient and recording code",
    query: RecordingsQuery,
    content: { [JSON_TYPE]: { schema: RecordingList } },
    problems: GUARDED,
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}",
    summary: "One recording with its segments, streams and holes",
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: RecordingDetail } },
    problems: [...GUARDED, "recording-not-found"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/links",
    summary: "Whose a recording is and was; with as_of, of the one that had these codes then",
    query: LinksQuery,
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: RecordingLinks } },
    problems: [...GUARDED, "recording-not-found"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/proof",
    summary:
      "How much of a recording is in the signed log, and whether its device signs; counts, no proof",
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: RecordingProof } },
    problems: [...GUARDED, "recording-not-found", "not-acceptable"],
  },
  {
    path: "/eeg",
    summary: "Samples of a window, with what is missing",
    query: WindowQuery,
    content: {
      [JSON_TYPE]: { schema: WindowJson },
      [COLUMNS_MEDIA_TYPE]: { schema: WindowColumns },
      [CHUNKS_MEDIA_TYPE]: { schema: bytes },
    },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "segment-not-found",
      "not-acceptable",
      "window-invalid",
      "window-too-large",
      "channel-not-found",
      "integrity-failed",
    ],
  },
  {
    path: "/envelope",
    summary: "Least, greatest and what is missing by column, of a window of any length",
    query: EnvelopeQuery,
    content: {
      [JSON_TYPE]: { schema: EnvelopeJson },
      [ENVELOPE_MEDIA_TYPE]: { schema: bytes },
    },
    problems: [
      ...OF_A_STRETCH,
      "channel-not-found",
      "integrity-failed",
    ],
  },
  {
    path: "/trends",
    summary: "Spectrum, asymmetry, aEEG, suppression and what can be judged, by column of days",
    query: TrendsQuery,
    content: {
      [JSON_TYPE]: { schema: TrendsJson },
      [TRENDS_MEDIA_TYPE]: { schema: bytes },
    },
    problems: [
      ...OF_A_STRETCH,
    ],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/annotations",
    summary: "Marks that touch a range, newest versions",
    params: RecordingPath,
    query: MarksQuery,
    content: { [JSON_TYPE]: { schema: AnnotationList } },
    problems: [...GUARDED, "recording-not-found", "window-invalid"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/annotations/{annotation_id}/versions",
    summary: "Every version of a mark, and what readers made of them",
    params: AnnotationPath,
    content: { [JSON_TYPE]: { schema: AnnotationVersions } },
    problems: [...GUARDED, "recording-not-found", "not-found"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/viewings",
    summary: "The review ledger: who had which seconds on screen, when and in which way",
    params: RecordingPath,
    query: ViewingsQuery,
    content: { [JSON_TYPE]: { schema: ViewingLedger } },
    problems: [...GUARDED, "recording-not-found"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/export.edf",
    summary: "A window or the whole recording as EDF+ or BDF+",
    params: RecordingPath,
    query: RangeQuery,
    content: { [EDF_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "not-acceptable",
      "window-invalid",
      "export-impossible",
      "integrity-failed",
    ],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/marks.csv",
    summary: "Marks as a table for spreadsheets and scripts",
    params: RecordingPath,
    query: MarkFileQuery,
    content: { "text/csv": { schema: z.string() } },
    problems: [...GUARDED, "recording-not-found", "not-acceptable", "window-invalid"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/events.tsv",
    summary: "Marks as events of BIDS; onsets count from the first sample of the run",
    params: RecordingPath,
    query: EventsQuery,
    content: { "text/tab-separated-values": { schema: z.string() } },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "segment-not-found",
      "not-acceptable",
      "window-invalid",
    ],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/events.json",
    summary: "What the columns of events.tsv mean, with HED tags",
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: z.record(z.string(), z.unknown()) } },
    problems: [...GUARDED, "recording-not-found"],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/marks.edf",
    summary: "Marks alone as EDF+; onsets count from the header's start",
    params: RecordingPath,
    query: MarkFileQuery,
    content: { [EDF_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "not-acceptable",
      "window-invalid",
      "export-impossible",
    ],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/live",
    summary: "Server-sent events `coverage`: where each stream ends, as it grows",
    params: RecordingPath,
    content: { "text/event-stream": { schema: CoverageEvent } },
    problems: [...GUARDED, "recording-not-found", "not-acceptable"],
  },
  {
    path: "/segments/{segment_id}/streams/{stream}/chunks/{sequence}",
    summary: "One stored chunk, as it was sent, behind the parameter set it names",
    params: ChunkPath,
    query: ChunkQuery,
    content: { [CHUNKS_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...GUARDED,
      "segment-not-found",
      "chunk-not-found",
      "not-acceptable",
      "integrity-failed",
    ],
  },
  {
    path: "/segments/{segment_id}/streams/{stream}/chunks/{sequence}/proof",
    summary: "That the log holds this chunk: opening, inclusion proof, signed checkpoint",
    params: ChunkPath,
    content: { [JSON_TYPE]: { schema: ChunkProof } },
    problems: [
      ...GUARDED,
      "segment-not-found",
      "chunk-not-found",
      "proof-not-ready",
      "not-acceptable",
      "integrity-failed",
    ],
  },
  {
    path: "/patients/{patient_id}/recordings/{recording_id}/parameter-sets/{digest}",
    summary: "One parameter set that chunks of the recording name, as a record",
    params: ParameterSetPath,
    content: { [CHUNKS_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "parameter-set-not-found",
      "not-acceptable",
      "integrity-failed",
    ],
  },
  {
    method: "post",
    path: "/patients/{patient_id}/recordings/{recording_id}/exports",
    summary:
      "Asks for a whole recording, with its proof or as a BIDS dataset; Location says where to look",
    params: RecordingPath,
    body: ExportRequest,
    status: 202,
    content: { [JSON_TYPE]: { schema: ExportStatus } },
    problems: [
      ...GUARDED,
      "recording-not-found",
      "malformed-json",
      "body-too-large",
      "too-many-requests",
      "export-space",
      "not-ready",
    ],
  },
  {
    path: "/exports/{export_id}",
    summary: "How far an export is",
    params: ExportPath,
    content: { [JSON_TYPE]: { schema: ExportStatus } },
    problems: [...GUARDED, "export-not-found", "not-ready"],
  },
  {
    method: "delete",
    path: "/exports/{export_id}",
    summary: "Does without an export; its files go",
    params: ExportPath,
    status: 204,
    content: {},
    problems: [...GUARDED, "export-not-found", "not-ready"],
  },
  {
    path: "/exports/{export_id}/file",
    summary:
      "An export that is ready, as one tar file: a bundle of core/proof/FORMAT.md, or a BIDS dataset",
    params: ExportPath,
    content: { [BUNDLE_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...GUARDED,
      "export-not-found",
      "export-not-ready",
      "export-impossible",
      "export-space",
      "proof-not-ready",
      "integrity-failed",
      "not-ready",
    ],
  },
  {
    path: "/log/checkpoint",
    summary: "The transparency log's newest signed checkpoint (C2SP tlog-checkpoint)",
    content: { "text/plain": { schema: z.string() } },
    problems: ["not-found", "too-many-requests", "store-unavailable"],
    isOpen: true,
  },
  {
    path: "/log/witnessed-checkpoint",
    summary: "The newest checkpoint that a witness has signed",
    content: { "text/plain": { schema: z.string() } },
    problems: ["not-found", "too-many-requests", "store-unavailable"],
    isOpen: true,
  },
  {
    path: "/log/tile/{path}",
    summary:
      "A tile of the log (C2SP tlog-tiles); the path is <level or entries>/<index>[.p/<width>]",
    params: z.object({ path: z.string() }),
    content: { "application/octet-stream": { schema: bytes } },
    problems: ["not-found", "too-many-requests", "store-unavailable"],
    isOpen: true,
  },
  {
    path: "/metrics",
    summary: "Counts and times of this process, for Prometheus",
    content: { "text/plain": { schema: z.string() } },
    problems: ["unauthenticated", "forbidden"],
  },
  {
    path: "/livez",
    summary: "Whether the process answers",
    content: { [JSON_TYPE]: { schema: z.object({ status: z.literal("alive") }) } },
    problems: [],
    isOpen: true,
  },
  {
    path: "/readyz",
    summary: "Whether it can do its work",
    content: { [JSON_TYPE]: { schema: z.looseObject({ status: z.literal("ready") }) } },
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
  for (const spec of [...ROUTES, ...RESEARCH_ROUTES]) {
    app.openAPIRegistry.registerPath(routeOf(spec));
  }
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Wavekeep query",
      version: "1",
      description:
        "Long-term EEG, exactly as it was recorded. Every read wants a bearer token, is " +
        "recorded before its first byte, and may be kept by the asking client only.",
    },
  }) as unknown as Record<string, unknown>;
}

function routeOf(spec: RouteSpec) {
  return createRoute({
    method: spec.method ?? "get",
    path: spec.path,
    summary: spec.summary,
    ...(spec.isOpen ? {} : { security: [{ bearer: [] }] }),
    request: {
      ...(spec.params === undefined ? {} : { params: spec.params }),
      ...(spec.query === undefined ? {} : { query: spec.query }),
      ...(spec.body === undefined
        ? {}
        : { body: { content: { [JSON_TYPE]: { schema: spec.body } } } }),
    },
    responses: {
      [spec.status ?? 200]: { description: "As asked", content: spec.content },
      ...(spec.isOpen || spec.method !== undefined ||
          /\/(live|proof|metrics)$|^\/(exports|research)\b/.test(spec.path)
        ? {}
        : { 304: { description: "What the client has is still true" } }),
      ...problemResponses(spec.problems),
    },
  });
}

/** Problems by status; one status may stand for several types, and clients branch on the type. */
function problemResponses(slugs: readonly ProblemSlug[]) {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of slugs) {
    const { status } = PROBLEMS[slug];
    byStatus.set(status, [...byStatus.get(status) ?? [], slug]);
  }
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, {
    description: of.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}`).join("; "),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } },
  }]));
}
