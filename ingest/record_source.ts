/**
 * Recording what a file held beside its samples, sealed: what makes a byte-identical export possible.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { keyedDigest, seal, sourceFileKey, sourcePlace } from "@wavekeep/core/crypto";
import type { Done, SourceRequest } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { findRecording, type RecordingCodes } from "./find_recording.ts";
import { recordingKey } from "./recording_key.ts";
import { doneOrConflict } from "./repeatable.ts";
import type { Sender } from "./store/ingest_store.ts";

/** `POST …/sources`. */
export async function recordSource(
  deps: IngestDeps,
  sender: Sender,
  codes: RecordingCodes,
  request: SourceRequest,
): Promise<Done> {
  const recording = await findRecording(deps, sender, codes);
  const key = await recordingKey(deps.keyStore, recording);
  const { siteId, recordingId } = recording;
  // The schema gives the members in its own order, so equal requests have equal bytes.
  const body = new TextEncoder().encode(JSON.stringify(request));
  const fileKey = formatHex(sourceFileKey(key, request.file_sha256));
  const outcome = await deps.store.putSource(sender, recordingId, {
    fileKey,
    fileSha256: request.file_sha256,
    bodySealed: seal(key, sourcePlace(siteId, recordingId, fileKey), body),
    contentDigest: keyedDigest(key, body),
  });
  return doneOrConflict([outcome], () => "/body/file_sha256");
}
