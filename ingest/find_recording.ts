/**
 * The recording that a request names by its codes.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { IngestDeps } from "./deps.ts";
import type { Sender, StoredRecording } from "./store/ingest_store.ts";

/** A recording as clients name it. */
export interface RecordingCodes {
  readonly patientCode: string;
  readonly recordingCode: string;
}

/**
 * @throws {ProblemError} `recording-not-found`, the same whether it never was or is another site's.
 */
export async function findRecording(
  deps: Pick<IngestDeps, "store">,
  sender: Sender,
  codes: RecordingCodes,
): Promise<StoredRecording> {
  const recording = await deps.store.findRecording(sender.siteId, codes);
  if (recording === undefined) {
    throw new ProblemError("recording-not-found", {
      detail: "There is no such recording at this site",
    });
  }
  return recording;
}
