/**
 * A small EDF+ file: two channels of 16 Hz and one of 4 Hz, with marks and gaps where a test wants them.
 *
 * For tests only; written from the specification, not by our writer.
 *
 * @module
 */

import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";

/** What is in it. */
export interface SmallEdf {
  readonly seconds: number;
  /** Onset of each second, from the header's start; consecutive unless told. */
  readonly onsets?: readonly number[];
  /** Text of a mark in the first record. */
  readonly mark?: string;
  /** Physical maximum of the first channel, as its eight characters. */
  readonly physicalMax?: string;
  /** Bytes behind the last record. */
  readonly trailing?: Uint8Array;
}

/** Its bytes. */
export function smallEdf({ seconds, onsets, mark, physicalMax, trailing }: SmallEdf): Uint8Array {
  const at = onsets ?? Array.from({ length: seconds }, (_, second) => second);
  const isContiguous = at.every((onset, i) => i === 0 || onset === at[i - 1]! + 1);
  const samples = (perRecord: number, of: number) =>
    at.map((_, record) =>
      Array.from({ length: perRecord }, (_, i) => (record * 37 + i * 11 + of * 101) % 900 - 450)
    );
  const range = { physicalMin: "-800", digitalMin: "-2048", digitalMax: "2047" };
  return edfFromSpec({
    patientId: "MCH-0234567 F 02-MAY-1951 Haagse_Harry",
    recordingId: "Startdate 06-NOV-2076 PSG-1234/1951 NN Telemetry03",
    startDate: "06.11.76",
    startTime: "13.43.04",
    reserved: isContiguous ? "EDF+C" : "EDF+D",
    ...(trailing === undefined ? {} : { trailing }),
    signals: [
      {
        ...range,
        ...{ label: "EEG C3-P3", unit: "uV", physicalMax: physicalMax ?? "800" },
        ...{ prefilter: "HP:0.1Hz LP:75Hz", transducer: "AgAgCl", records: samples(16, 0) },
      },
      { ...range, label: "EEG C4-P4", unit: "uV", physicalMax: "800", records: samples(16, 1) },
      { ...range, label: "Resp", unit: "", physicalMax: "800", records: samples(4, 2) },
      annotationSignal(
        at.map((onset, i) =>
          timekeeping(onset) +
          (i === 0 && mark !== undefined ? `+1.5\x15${"2"}\x14${mark}\x14\0` : "")
        ),
      ),
    ],
  });
}

/** Writes it. */
export async function writeSmallEdf(path: string, of: SmallEdf): Promise<void> {
  await Deno.writeFile(path, smallEdf(of));
}
