/**
 * Bench. The seeded signal as an EDF file, and with it nobody's name.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { writeEdf } from "@wavekeep/core/edf";
import { exactSeconds } from "@wavekeep/core/time";
import { CALIBRATION, MONTAGE } from "./eeg_signal.ts";
import { RATE_HZ } from "./workloads.ts";

/** One record a second. @param chunks Seconds, channel after channel, as `eegSignal` makes them. */
export async function edfFile(chunks: readonly Int32Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const pieces = await Array.fromAsync(writeEdf(
    {
      format: "EDF",
      patientId: "X X X X",
      recordingId: "Startdate X X X X",
      start: null,
      recordDuration: exactSeconds(1),
      recordCount: chunks.length,
      signals: MONTAGE.map((label) => ({
        label,
        unit: "uV",
        calibration: CALIBRATION,
        samplesPerRecord: RATE_HZ,
      })),
    },
    chunks.map((chunk, second) => ({
      onset: exactSeconds(second),
      samples: MONTAGE.map((_, c) => chunk.subarray(c * RATE_HZ, (c + 1) * RATE_HZ)),
    })),
  ));
  return concatBytes(...pieces);
}
