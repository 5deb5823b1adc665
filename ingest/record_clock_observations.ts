/**
 * Recording what a clock said next to what another said. Wall clock is data, sample position is truth.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import type { ClockObservationsRequest, Done } from "@wavekeep/core/wire";
import { segmentUnknown } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { DEVICE_ROLES, findRecording, type RecordingCodes } from "./find_recording.ts";
import { clockObservationLeaf } from "./leaf.ts";
import { refuseMisfits } from "./misfits.ts";
import { recordingSecrets } from "./recording_key.ts";
import { doneOrConflict } from "./repeatable.ts";
import type { NewClockObservation, Sender } from "./store/ingest_store.ts";

const INT64_MAX = 2n ** 63n - 1n;

/** `POST …/clock-observations`: all are stored, or none. */
export async function recordClockObservations(
  deps: IngestDeps,
  sender: Sender,
  codes: RecordingCodes,
  { observations }: ClockObservationsRequest,
): Promise<Done> {
  const ofWhomever = sender.role === "relay" &&
    observations.every(({ segment_id }) => segment_id === null);
  const recording = await findRecording(deps, sender, codes, { ofWhomever });
  const { siteId, recordingId } = recording;
  const secrets = await recordingSecrets(deps.keyStore, recording);
  const atMicros = deps.clock.nowMicros();
  const rows: NewClockObservation[] = [];
  for (const [index, observation] of observations.entries()) {
    requireRange(observation, index);
    let segmentNumber: number | null = null;
    if (observation.segment_id !== null) {
      const segmentId = parseHex(observation.segment_id, 16);
      const known = await deps.segments.find(sender.siteId, segmentId);
      const isOfIt = known?.recording.recordingId === recording.recordingId;
      const isOthers = known?.segment.actor !== sender.actor && known?.segment.actor !== null;
      if (!isOfIt || (DEVICE_ROLES.has(sender.role) && isOthers)) throw segmentUnknown(segmentId);
      segmentNumber = known.segment.segmentNumber;
    }
    // As the columns say them: numbers without leading zeros.
    const row = {
      observationId: observation.observation_id,
      segmentNumber,
      deviceTimeMicros: plain(observation.device_time_micros),
      monotonicNs: plain(observation.monotonic_ns),
      referenceTimeMicros: plain(observation.reference_time_micros),
      source: observation.reference,
      uncertaintyMicros: observation.uncertainty_micros && plain(observation.uncertainty_micros),
    };
    rows.push({
      ...row,
      atMicros,
      leaf: clockObservationLeaf({ siteId, recordingId, secrets, atMicros }, {
        "observation_id": row.observationId,
        "segment_number": segmentNumber,
        "device_time_micros": row.deviceTimeMicros,
        "monotonic_ns": row.monotonicNs,
        "reference_time_micros": row.referenceTimeMicros,
        source: row.source,
        "uncertainty_micros": row.uncertaintyMicros,
        author: sender.actor,
      }),
    });
  }
  const outcomes = await deps.store.putClockObservations(sender, recording.recordingId, rows);
  return doneOrConflict(outcomes, (index) => `/body/observations/${index}/observation_id`);
}

function plain(decimal: string): string {
  return BigInt(decimal).toString();
}

/** The schema counts digits; the columns are 64 bits wide. */
function requireRange(
  observation: ClockObservationsRequest["observations"][number],
  index: number,
): void {
  const fields = ["device_time_micros", "reference_time_micros", "uncertainty_micros"] as const;
  const errors = fields.flatMap((field) => {
    const value = BigInt(observation[field] ?? "0");
    return -INT64_MAX - 1n <= value && value <= INT64_MAX
      ? []
      : [{ detail: "is beyond 64 bits", pointer: `/body/observations/${index}/${field}` }];
  });
  refuseMisfits(errors);
}
