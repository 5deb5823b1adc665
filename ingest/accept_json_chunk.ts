/**
 * Accepting the plan's JSON chunk: it opens its recording and one implicit, unsigned segment by itself.
 *
 * A recording opened through JSON keeps its channel list for life, because the list is part of the
 * segment's identity; and JSON never writes into a recording that a device writes in segments, because
 * two segments would then claim the same seconds.
 *
 * @see core/decisions/0004-implicit-segments.md
 * @module
 */

import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import {
  clockCode,
  decodeDescriptor,
  descriptorDigest,
  encodeChunk,
  encodeSegmentRecord,
  implicitSegmentId,
  recordingReference,
} from "@wavekeep/core/chunk";
import { descriptorPlace, keyedDigest, unseal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import { equalRates, formatRate } from "@wavekeep/core/time";
import type { ChunkOutcome, IngestJsonRequest } from "@wavekeep/core/wire";
import { acceptChunk } from "./accept_chunk.ts";
import { checkChunk } from "./check_chunk.ts";
import { requireSigningSender } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { readJsonChunk } from "./json_chunk.ts";
import { ensureRecording } from "./open_recording.ts";
import { recordingMoved } from "./find_recording.ts";
import { ensureSegment } from "./open_segment.ts";
import { recordingKey } from "./recording_key.ts";
import type { KnownSegment } from "./segment_directory.ts";
import type { DescribedSegment, Sender, StoredRecording } from "./store/ingest_store.ts";

const SALT_LABEL = asciiBytes("wavekeep/implicit-salt/v1\0");

/** `POST /ingest` with JSON. */
export async function acceptJsonChunk(
  deps: IngestDeps,
  sender: Sender,
  request: IngestJsonRequest,
): Promise<ChunkOutcome> {
  requireSigningSender(sender);
  const chunk = readJsonChunk(request);
  const known = await implicitSegment(deps, sender, request, chunk.descriptor);
  const { segment } = known;
  // From here on it is a chunk like any other: encoded, checked and stored the same way. Everything in
  // it follows from the request, so the same request again is the same chunk.
  const { bytes } = encodeChunk({
    codec: "predictive",
    kind: chunk.descriptor.kind,
    clock: "unknown",
    stream: 0,
    channelCount: chunk.descriptor.channels.length,
    sequence: chunk.sequence,
    firstSample: chunk.firstSample,
    sampleCount: chunk.sampleCount,
    deviceTimeMicros: null,
    monotonicNs: 0n,
    segmentId: segment.segmentId,
    // No order of JSON chunks is known, so each chains to the segment.
    previousDigest: segment.segmentDigest,
    samples: chunk.samples,
    descriptorDigest: segment.streams[0]!.descriptorDigest,
    segmentDigest: segment.segmentDigest,
  }, deps.sha256);
  return await acceptChunk(deps, sender, await checkChunk(deps, sender, bytes));
}

/** The implicit segment of this recording and channel list, opened when there is none. */
async function implicitSegment(
  deps: IngestDeps,
  sender: Sender,
  request: IngestJsonRequest,
  descriptor: StreamDescriptor,
): Promise<Pick<KnownSegment, "segment">> {
  const codes = { patientCode: request.patient_id, recordingCode: request.recording_id };
  const reference = recordingReference(codes.patientCode, codes.recordingCode, deps.sha256);
  const digest = descriptorDigest(descriptor, deps.sha256);
  const segmentId = implicitSegmentId(sender.siteId, reference, digest, deps.sha256);
  const known = await deps.segments.find(sender.siteId, segmentId);
  if (known !== undefined) {
    if (known.recording.isMoved) throw recordingMoved();
    return known;
  }

  const { recording } = await ensureRecording(deps, sender, {
    ...codes,
    startedAt: request.started_at ?? null,
    idempotencyKey: null,
  });
  // Whoever names a patient and no segment may not know whose the recording is by now.
  if (recording.isMoved) throw recordingMoved();
  const stored = await deps.store.listSegments(sender.siteId, recording.recordingId);
  const usable = await requireSameChannels(deps, recording, stored, descriptor);
  if (usable !== undefined) return { segment: usable };
  const key = await recordingKey(deps.keyStore, recording);
  const record = encodeSegmentRecord({
    signaturePolicy: "none",
    recordingReference: reference,
    segmentId,
    keyId: null,
    openedMicros: null,
    clock: "unknown",
    previousSegmentDigest: null,
    // Two first chunks at once must make the same record; the key keeps it from being guessed.
    salt: keyedDigest(key, concatBytes(SALT_LABEL, segmentId)),
    descriptorDigests: [digest],
  });
  const { segment } = await ensureSegment(deps, sender, recording, {
    record,
    segmentId,
    clock: clockCode("unknown"),
    startSeconds: "0",
    startUncertaintySeconds: "0",
    implicit: true,
    signing: null,
    descriptors: [descriptor],
  });
  return { segment };
}

/**
 * The implicit segment that is there with the same channels, or undefined when nothing is there yet.
 *
 * @throws {ProblemError} `channel-list-mismatch`, naming the first difference.
 */
async function requireSameChannels(
  deps: IngestDeps,
  recording: StoredRecording,
  stored: readonly DescribedSegment[],
  descriptor: StreamDescriptor,
): Promise<DescribedSegment | undefined> {
  const first = stored.find(({ implicit }) => implicit) ?? stored[0];
  if (first === undefined) return undefined;
  const key = await recordingKey(deps.keyStore, recording);
  const { siteId, recordingId } = recording;
  const descriptors = first.streams.map(({ stream, descriptorSealed }) => {
    const place = descriptorPlace({
      siteId,
      recordingId,
      segmentNumber: first.segmentNumber,
      stream,
    });
    return decodeDescriptor(unseal(key, place, descriptorSealed), stream);
  });
  const difference = firstDifference(descriptors, descriptor);
  if (difference === undefined && first.implicit) return first;
  throw new ProblemError("channel-list-mismatch", {
    detail: difference?.detail ?? "The recording is written in segments by a device",
    errors: [
      difference ?? {
        detail: "a recording that is written in segments takes no JSON chunks",
        pointer: "/body/recording_id",
      },
    ],
  });
}

/** Where a request's channels first differ from the stored ones. Labels are not repeated in the answer. */
export function firstDifference(
  stored: readonly StreamDescriptor[],
  given: StreamDescriptor,
): { detail: string; pointer: string } | undefined {
  const channels = stored.flatMap(({ channels }) => channels)
    .sort((a, b) => a.position - b.position);
  const shared = Math.min(channels.length, given.channels.length);
  for (let position = 0; position < shared; position++) {
    const field = differingField(channels[position]!, given.channels[position]!);
    if (field === undefined) continue;
    return {
      detail: `channel ${position} has another ${field[0]} than the recording began with`,
      pointer: field[1](position),
    };
  }
  if (channels.length !== given.channels.length) {
    return {
      detail: `the recording has ${channels.length} channels, the request ${given.channels.length}`,
      pointer: given.channels.length > shared ? `/body/channels/${shared}` : "/body/channels",
    };
  }
  const [only] = stored;
  if (only !== undefined && !equalRates(only.rate, given.rate)) {
    return {
      detail: `the recording has ${formatRate(only.rate)} Hz, the request ${
        formatRate(given.rate)
      } Hz`,
      pointer: "/body/sample_rate",
    };
  }
  return undefined;
}

function differingField(
  stored: Channel,
  given: Channel,
): [name: string, pointer: (position: number) => string] | undefined {
  if (stored.label !== given.label) return ["label", (at) => `/body/channels/${at}`];
  if (stored.unit !== given.unit) return ["unit", () => "/body/unit"];
  const [a, b] = [stored.calibration, given.calibration];
  const isSame = a === b || a !== null && b !== null &&
      a.digitalMin === b.digitalMin && a.digitalMax === b.digitalMax &&
      a.physicalMin === b.physicalMin && a.physicalMax === b.physicalMax;
  return isSame
    ? undefined
    : ["calibration", (at) => b === null ? "/body/calibrations" : `/body/calibrations/${at}`];
}
