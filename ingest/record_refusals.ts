/**
 * Whose recording a refused request of ingest was about, for the ledger.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type { Accessed } from "@wavekeep/core/service";
import type { Context } from "hono";
import type { IngestDeps } from "./deps.ts";

/** The recording that a request names, by its codes or by a segment, if the site has it. */
export async function meantRecording(
  { store, segments }: Pick<IngestDeps, "store" | "segments">,
  c: Context,
  siteId: number,
): Promise<Accessed | undefined> {
  const patientCode = c.req.param("patient_id");
  const recordingCode = c.req.param("recording_id");
  if (patientCode !== undefined && recordingCode !== undefined) {
    const recording = await store.findRecording(siteId, { patientCode, recordingCode });
    return recording && { recordingId: recording.recordingId };
  }
  const segmentId = c.req.param("segment_id");
  if (segmentId === undefined || !/^[0-9a-f]{32}$/.test(segmentId)) return undefined;
  const segment = await segments.find(siteId, parseHex(segmentId));
  return segment && { recordingId: segment.recording.recordingId };
}
