/**
 * Closing a recording: a statement, not a lock. No new segments from now on; chunks of known segments
 * are still taken, because the backlog arrives late.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type { CloseRecordingRequest, Done } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { findRecording, type RecordingCodes } from "./find_recording.ts";
import { recordingCloseLeaf } from "./leaf.ts";
import { recordingSecrets } from "./recording_key.ts";
import type { Sender } from "./store/ingest_store.ts";

/** `POST …/close`. Closing again is a repeat. */
export async function closeRecording(
  deps: Pick<IngestDeps, "store" | "announcer" | "keyStore" | "clock">,
  sender: Sender,
  codes: RecordingCodes,
  request: CloseRecordingRequest,
): Promise<Done> {
  const recording = await findRecording(deps, sender, codes);
  const { siteId, recordingId, reference } = recording;
  const secrets = await recordingSecrets(deps.keyStore, recording);
  const atMicros = deps.clock.nowMicros();
  const status = await deps.store.closeRecording(sender, {
    recordingId,
    idempotencyKey: parseHex(request.idempotency_key, 16),
    atMicros,
    leaf: recordingCloseLeaf({ siteId, recordingId, secrets, atMicros }, reference, {
      idempotency_key: request.idempotency_key,
      author: sender.actor,
    }),
  });
  if (status === "stored") deps.announcer.announce(recording.notifyNumber);
  return { status };
}
