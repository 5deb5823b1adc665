/**
 * Accepting one parameter set by itself, ahead of the chunks that will name it.
 *
 * @module
 */

import { formatHex, parseHex } from "@wavekeep/core/bytes";
import { ProblemError } from "@wavekeep/core/problem";
import type { Done } from "@wavekeep/core/wire";
import { requireOwner, segmentUnknown } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { recordingSecrets } from "./recording_key.ts";
import { readSentSet, RequestSets, sealSet } from "./request_sets.ts";
import type { Sender } from "./store/ingest_store.ts";

/**
 * Makes a set durable for the recording of a segment that the sender owns.
 *
 * @param place Segment and digest as the request names them, hexadecimal.
 * @param record One parameter-set record.
 * @throws {ProblemError} `parameter-set-invalid`, `validation` when the digest is another one,
 * `segment-unknown`, `not-owner`, `parameter-set-limit`, `integrity-failed`.
 */
export async function acceptParameterSet(
  deps: IngestDeps,
  sender: Sender,
  place: { readonly segmentId: string; readonly digest: string },
  record: Uint8Array,
): Promise<Done> {
  const named = readSentSet(record, deps.sha256);
  if (formatHex(named.digest) !== place.digest) {
    throw new ProblemError("validation", {
      detail: "1 value does not fit",
      errors: [{ detail: `set is ${formatHex(named.digest)}`, pointer: "/path/digest" }],
    });
  }
  const segmentId = parseHex(place.segmentId, 16);
  const known = await deps.segments.find(sender.siteId, segmentId);
  if (known === undefined) throw segmentUnknown(segmentId);
  requireOwner(known, sender);
  const { recording } = known;
  const { isNew } = await new RequestSets(deps, [named]).use(recording, named.digest);
  if (!isNew) return { status: "repeated" };
  const scope = {
    siteId: sender.siteId,
    recordingId: recording.recordingId,
    secrets: await recordingSecrets(deps.keyStore, recording),
    atMicros: deps.clock.nowMicros(),
  };
  const sealed = sealSet(scope, recording.reference, named);
  const status = await deps.store.putParameterSet(sender, sealed);
  deps.sets.keep(recording.recordingId, named.digest, named.set);
  return { status };
}
