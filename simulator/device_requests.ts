/**
 * What a device says beside its samples, as bodies of requests.
 *
 * Sole owner of their ids: each follows from what is said, so that saying it again is a repeat.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { sequenceOfSample } from "@wavekeep/core/chunk";
import type { CivilStart } from "@wavekeep/core/recording";
import type {
  ClockObservationsRequest,
  OpenRecordingRequest,
  StatementsRequest,
} from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import type { SourceClockObservation, SourceSegment } from "./device_source.ts";
import type { RecordingCodes } from "./ingest_client.ts";
import type { SegmentSigner } from "./segment_signer.ts";
import type { RememberedSegment } from "./upload_memory.ts";

/** Reason of an end statement: the recording ended. */
const END_OF_RECORDING = 5;

/** That a recording begins. */
export function recordingOpening(
  codes: RecordingCodes,
  startedAt: CivilStart | null,
): OpenRecordingRequest {
  return {
    "patient_id": codes.patientId,
    "recording_id": codes.recordingId,
    "idempotency_key": derivedId("recording", codes.patientId, codes.recordingId),
    "started_at": startedAt,
  };
}

/** How the device's clock stands beside another. */
export function clockObservation(
  { id }: RememberedSegment,
  seen: SourceClockObservation,
): ClockObservationsRequest {
  const deviceTimeMicros = String(seen.deviceTimeMicros);
  return {
    observations: [{
      "observation_id": derivedId("clock", id, seen.reference, deviceTimeMicros),
      "segment_id": id,
      "device_time_micros": deviceTimeMicros,
      "monotonic_ns": String(seen.monotonicNs),
      "reference_time_micros": String(seen.referenceTimeMicros),
      reference: seen.reference,
      "uncertainty_micros": seen.uncertaintyMicros === null ? null : String(seen.uncertaintyMicros),
    }],
  };
}

/**
 * Where each stream of a segment ends.
 *
 * @param options.signer Null for a segment that is not signed.
 * @param options.sampleCounts Of each stream.
 */
export function endStatements(
  { streams }: SourceSegment,
  { remembered: { id }, signer, sampleCounts }: {
    readonly remembered: RememberedSegment;
    readonly signer: SegmentSigner | null;
    readonly sampleCounts: readonly number[];
  },
): StatementsRequest {
  return {
    statements: streams.map(({ rate }, stream) => {
      const end = sampleCounts[stream]!;
      const endSequence = end === 0 ? 0 : sequenceOfSample(rate, end - 1) + 1;
      return {
        "statement_id": derivedId("end", id, String(stream)),
        stream,
        kind: "end" as const,
        "first_sequence": endSequence,
        "sequence_count": 0,
        "first_sample": end,
        "sample_count": 0,
        reason: END_OF_RECORDING,
        signature: signer?.signStatement({
          kind: "end",
          segmentId: parseHex(id),
          stream,
          firstSequence: endSequence,
          sequenceCount: 0,
          firstSample: end,
          sampleCount: 0,
          reason: END_OF_RECORDING,
        }) ?? null,
      };
    }),
  };
}

/** Sixteen bytes that are the same whenever the same thing is said, hexadecimal. */
function derivedId(...parts: readonly string[]): string {
  return createHash("sha256")
    .update(["wavekeep/simulator/id/v1", ...parts].join("\0"))
    .digest("hex").slice(0, 32);
}
