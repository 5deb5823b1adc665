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
import { sourceLeaf } from "./leaf.ts";
import { recordingSecrets } from "./recording_key.ts";
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
  const secrets = await recordingSecrets(deps.keyStore, recording);
  const { key } = secrets;
  const { siteId, recordingId } = recording;
  // The schema gives the members in its own order, so equal requests have equal bytes.
  const body = new TextEncoder().encode(JSON.stringify(request));
  const fileSha256 = request.file_sha256;
  const fileKey = sourceFileKey(key, fileSha256);
  const bodySealed = seal(key, sourcePlace(siteId, recordingId, formatHex(fileKey)), body);
  const atMicros = deps.clock.nowMicros();
  const outcome = await deps.store.putSource(sender, recordingId, {
    fileKey: formatHex(fileKey),
    fileSha256,
    bodySealed,
    contentDigest: keyedDigest(key, body),
    atMicros,
    leaf: sourceLeaf({ siteId, recordingId, secrets, atMicros }, {
      fileKey,
      fileSha256,
      byteLength: request.byte_length,
      bodySealed,
    }),
  });
  return doneOrConflict([outcome], () => "/body/file_sha256");
}
