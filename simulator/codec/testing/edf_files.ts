/**
 * Small EDF files for the tests of `codec`: seeded noise, two rates, a gap, marks, a name.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { type EdfFormat, edfPlusRecordingId, writeEdf } from "@wavekeep/core/edf";
import { civilTime, exactSeconds, ZERO_SECONDS } from "@wavekeep/core/time";

/** Must never be in a file that leaves identity out. */
export const CANARY = "Canary_Yellow";

export interface EdfFileOptions {
  readonly format: EdfFormat;
  readonly records: number;
  /** Seconds of a record. */
  readonly recordSeconds?: number;
  /** Index of the record before which ten seconds are missing; formats with D only. */
  readonly gapBefore?: number;
  readonly seed?: number;
  /** Channels at 64 Hz; one more at 12.8 Hz is added when the record holds whole samples of it. */
  readonly channels?: number;
}

/** A whole file. */
export async function edfFile(options: EdfFileOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { format, records } = options;
  const recordSeconds = options.recordSeconds ?? 5;
  const slow = recordSeconds % 5 === 0 ? [recordSeconds * 64 / 5] : [];
  const perRecord = [
    ...Array.from({ length: options.channels ?? 3 }, () => 64 * recordSeconds),
    ...slow,
  ];
  const rail = format.startsWith("BDF") ? 2 ** 23 : 2 ** 15;
  const noise = noiseSource(options.seed ?? 1);
  const isPlus = format.includes("+");
  const start = civilTime({
    year: 2031,
    month: 2,
    day: 3,
    hour: 4,
    minute: 5,
    second: 6,
    fraction: ZERO_SECONDS,
  });
  const onsetOf = (record: number) =>
    exactSeconds(record * recordSeconds + (record >= (options.gapBefore ?? records) ? 10 : 0));
  const parts = await Array.fromAsync(writeEdf(
    {
      format,
      patientId: `${CANARY} F 01-JAN-1990 ${CANARY}`,
      recordingId: isPlus ? edfPlusRecordingId(start, `${CANARY} X X`) : CANARY,
      start,
      recordDuration: exactSeconds(recordSeconds),
      recordCount: records,
      signals: perRecord.map((samplesPerRecord, i) => ({
        label: i === 1 ? "EEG F3" : `EEG C${i}`,
        unit: "uV",
        calibration: {
          digitalMin: -rail,
          digitalMax: rail - 1,
          physicalMin: `-${100 + i}.5`,
          physicalMax: "200",
        },
        transducer: "AgAgCl",
        prefilter: "HP:0.1Hz",
        samplesPerRecord,
      })),
      ...(isPlus
        ? { annotations: [{ onset: exactSeconds(1), duration: null, text: `${CANARY} woke` }] }
        : {}),
    },
    Array.from({ length: records }, (_, record) => ({
      onset: onsetOf(record),
      samples: perRecord.map((count, channel) =>
        Int32Array.from({ length: count }, (_, i) =>
          Math.round(
            rail / 2 * Math.sin((record * count + i) / (20 + channel)) + rail / 100 * noise(),
          ))
      ),
    })),
  ));
  return concatBytes(...parts);
}

function noiseSource(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

/** Runs a test with a folder of its own, which is removed. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-codec-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
