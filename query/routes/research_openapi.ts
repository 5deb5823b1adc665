/**
 * The research routes in the interface's document.
 *
 * @module
 */

import type { ProblemSlug } from "@wavekeep/core/problem";
import {
  BUNDLE_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  EDF_MEDIA_TYPE,
  ENVELOPE_MEDIA_TYPE,
  EnvelopeJson,
  ExportStatus,
  RangeQuery,
  ResearchDetail,
  ResearchEnvelopeQuery,
  ResearchExportRequest,
  ResearchList,
  ResearchMarks,
  ResearchTrendsQuery,
  ResearchWindowQuery,
  TRENDS_MEDIA_TYPE,
  TrendsJson,
  WindowColumns,
  WindowJson,
} from "@wavekeep/core/wire";
import * as z from "zod";
import type { RouteSpec } from "../openapi.ts";
import { RecordingPath } from "./_request.ts";
import { ExportPath } from "./exports.ts";
import { ResearchListQuery } from "./research.ts";

const GUARDED: readonly ProblemSlug[] = [
  "unauthenticated",
  "forbidden",
  "validation",
  "internal",
  "store-unavailable",
];

const OF_A_RECORDING: readonly ProblemSlug[] = [
  ...GUARDED,
  "recording-not-found",
  "integrity-failed",
];

const OF_A_STRETCH: readonly ProblemSlug[] = [
  ...OF_A_RECORDING,
  "not-acceptable",
  "window-invalid",
  "window-too-large",
];

const bytes = z.string().meta({ format: "binary" });
const JSON_TYPE = "application/json";
const PATH = "/research/patients/{patient_id}/recordings/{recording_id}";

/** What researchers may ask; codes in paths are pseudonyms. */
export const RESEARCH_ROUTES: readonly RouteSpec[] = [
  {
    path: "/research/recordings",
    summary: "De-identified: closed recordings of the patients who allow research, by pseudonym",
    query: ResearchListQuery,
    content: { [JSON_TYPE]: { schema: ResearchList } },
    problems: GUARDED,
  },
  {
    path: PATH,
    summary: "De-identified: one recording with its segments, streams and holes",
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: ResearchDetail } },
    problems: OF_A_RECORDING,
  },
  {
    path: `${PATH}/annotations`,
    summary: "De-identified: kind and time of every mark that stands",
    params: RecordingPath,
    content: { [JSON_TYPE]: { schema: ResearchMarks } },
    problems: OF_A_RECORDING,
  },
  {
    path: `${PATH}/eeg`,
    summary:
      "De-identified: the samples of a window; never stored chunks, which name their segment",
    params: RecordingPath,
    query: ResearchWindowQuery,
    content: {
      [JSON_TYPE]: { schema: WindowJson },
      [COLUMNS_MEDIA_TYPE]: { schema: WindowColumns },
    },
    problems: [...OF_A_STRETCH, "channel-not-found", "segment-not-found"],
  },
  {
    path: `${PATH}/envelope`,
    summary: "De-identified: least, greatest and what is missing, column by column",
    params: RecordingPath,
    query: ResearchEnvelopeQuery,
    content: {
      [JSON_TYPE]: { schema: EnvelopeJson },
      [ENVELOPE_MEDIA_TYPE]: { schema: bytes },
    },
    problems: [...OF_A_STRETCH, "channel-not-found"],
  },
  {
    path: `${PATH}/trends`,
    summary: "De-identified: spectrum, asymmetry, aEEG and suppression, column by column",
    params: RecordingPath,
    query: ResearchTrendsQuery,
    content: {
      [JSON_TYPE]: { schema: TrendsJson },
      [TRENDS_MEDIA_TYPE]: { schema: bytes },
    },
    problems: OF_A_STRETCH,
  },
  {
    path: `${PATH}/export.edf`,
    summary: "De-identified: a window or all of it as EDF+ or BDF+",
    params: RecordingPath,
    query: RangeQuery,
    content: { [EDF_MEDIA_TYPE]: { schema: bytes } },
    problems: [...OF_A_RECORDING, "not-acceptable", "window-invalid", "export-impossible"],
  },
  {
    method: "post",
    path: `${PATH}/exports`,
    summary: "De-identified: asks for a BIDS dataset; Location says where to look",
    params: RecordingPath,
    body: ResearchExportRequest,
    status: 202,
    content: { [JSON_TYPE]: { schema: ExportStatus } },
    problems: [
      ...OF_A_RECORDING,
      "malformed-json",
      "body-too-large",
      "too-many-requests",
      "export-space",
      "not-ready",
    ],
  },
  {
    path: "/research/exports/{export_id}",
    summary: "De-identified: how far an export is",
    params: ExportPath,
    content: { [JSON_TYPE]: { schema: ExportStatus } },
    problems: [...GUARDED, "export-not-found", "not-ready"],
  },
  {
    path: "/research/exports/{export_id}/file",
    summary: "De-identified: the dataset, one tar",
    params: ExportPath,
    content: { [BUNDLE_MEDIA_TYPE]: { schema: bytes } },
    problems: [
      ...OF_A_RECORDING,
      "export-not-found",
      "export-not-ready",
      "export-impossible",
      "not-ready",
    ],
  },
  {
    method: "delete",
    path: "/research/exports/{export_id}",
    summary: "De-identified: does without an export",
    params: ExportPath,
    status: 204,
    content: {},
    problems: [...GUARDED, "export-not-found", "not-ready"],
  },
];
