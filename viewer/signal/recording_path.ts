/**
 * Addresses of the pages of a recording.
 *
 * @module
 */

/** Codes that name a recording. */
export interface RecordingCodes {
  readonly patientId: string;
  readonly recordingId: string;
}

/**
 * The page with the traces.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { recordingPath } from "./recording_path.ts";
 *
 * strictEqual(recordingPath({ patientId: "P01", recordingId: "R1" }), "/recordings/P01/R1");
 * ```
 */
export function recordingPath({ patientId, recordingId }: RecordingCodes): string {
  return `/recordings/${encodeURIComponent(patientId)}/${encodeURIComponent(recordingId)}`;
}

/** The page that says who reviewed what. */
export function ledgerPath(codes: RecordingCodes): string {
  return `${recordingPath(codes)}/viewings`;
}

/** The page that says what is proven, and makes the export. */
export function proofPath(codes: RecordingCodes): string {
  return `${recordingPath(codes)}/proof`;
}
