/**
 * The opening of a segment into the spool: the record and its description must agree, as at ingest.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { descriptorDigest, recordingReference, segmentDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import {
  decodeFacts,
  encodeFacts,
  type HeldRequest,
  type SegmentFacts,
} from "@wavekeep/core/spool";
import type { HeldSegmentResponse, OpenSegmentRequest } from "@wavekeep/core/wire";
import { requireSigningSender, signatureInvalid } from "../check_signature.ts";
import type { RecordingCodes } from "../find_recording.ts";
import { readDescriptors, readRecord, requireAgreement } from "../open_segment.ts";
import type { Sender } from "../store/ingest_store.ts";
import type { RelayDeps } from "./deps.ts";
import { spoolSender } from "./spool_sender.ts";

/**
 * Holds an opening.
 *
 * @throws {ProblemError} As ingest would refuse what can be told without it: a record that does not agree, a
 * signature that is missing, another sender's segment.
 */
export async function holdSegment(
  deps: RelayDeps,
  sender: Sender,
  codes: RecordingCodes,
  { request, held }: { readonly request: OpenSegmentRequest; readonly held: HeldRequest },
): Promise<HeldSegmentResponse> {
  const { patientCode: patientId, recordingCode: recordingId } = codes;
  const record = Uint8Array.fromBase64(request.segment_record);
  const parsed = readRecord(record);
  const descriptors = readDescriptors(request.streams);
  const reference = recordingReference(patientId, recordingId, nodeSha256);
  requireAgreement({ sha256: nodeSha256 }, { parsed, recording: { reference }, descriptors });
  requireSignature(sender, parsed, request);
  const digest = segmentDigest(record, nodeSha256);
  const facts: SegmentFacts = {
    patientId,
    recordingId,
    clock: parsed.clock,
    policy: parsed.signaturePolicy,
    keyId: parsed.keyId && formatHex(parsed.keyId),
    segmentDigest: digest,
    streams: descriptors.map((descriptor) => ({
      stream: descriptor.stream,
      rate: descriptor.rate,
      kind: descriptor.kind,
      channelCount: descriptor.channels.length,
      descriptorDigest: descriptorDigest(descriptor, nodeSha256),
    })),
  };
  const known = await deps.spool.segment(parsed.segmentId);
  if (known !== undefined) {
    if (known.sender.siteId !== sender.siteId || known.sender.subject !== sender.actor) {
      throw new ProblemError("not-owner", { detail: "The segment was opened by another sender" });
    }
    if (formatHex(decodeFacts(known.facts).segmentDigest) !== formatHex(digest)) {
      throw new ProblemError("segment-conflict", {
        detail: "Another segment is held under this id",
      });
    }
  }
  const recordingNo = await deps.spool.recording({ siteId: sender.siteId, patientId, recordingId });
  const segment = { segmentId: parsed.segmentId.slice(), facts: encodeFacts(facts) };
  await deps.spool.holdSegment(recordingNo, spoolSender(sender), segment, held);
  deps.wake();
  return {
    "segment_id": formatHex(parsed.segmentId),
    "segment_number": null,
    "segment_digest": formatHex(digest),
    "held_by": deps.name,
  };
}

/** Whether there is a signature where there has to be one; whether it holds, ingest says. */
function requireSignature(
  sender: Sender,
  { signaturePolicy, keyId }: ReturnType<typeof readRecord>,
  { signature }: OpenSegmentRequest,
): void {
  if (signaturePolicy === "none" || keyId === null) {
    if (signature !== null) {
      throw new ProblemError("signature-unexpected", { detail: "The record is unsigned" });
    }
    return requireSigningSender(sender);
  }
  if (signature === null) {
    throw new ProblemError("signature-required", { detail: "The record asks for signatures" });
  }
  if (Uint8Array.fromBase64(signature).byteLength !== 64) throw signatureInvalid("segment record");
  if (sender.keyId !== undefined && sender.keyId !== formatHex(keyId)) {
    throw new ProblemError("not-owner", {
      detail: "The segment is opened under another key than the credential's",
    });
  }
}
