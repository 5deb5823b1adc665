/**
 * Small EDF files with known answers for browser tests.
 *
 * @module
 */

import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";

/** Microvolts and their digital steps. */
const RANGE = {
  physicalMin: "-800",
  physicalMax: "800",
  digitalMin: "-2048",
  digitalMax: "2047",
};

/** EDF+D: ten records, a gap of ten seconds, ten records; a seizure that starts in the gap. */
export function discontinuousFile(): Uint8Array<ArrayBuffer> {
  const onsets = [...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 20 + i)];
  const records = (of: (sample: number) => number) =>
    onsets.map((_, record) => Array.from({ length: 256 }, (_, i) => of(record * 256 + i)));
  const sine = (hertz: number) =>
    records((i) => Math.round(100 * Math.sin(2 * Math.PI * hertz * i / 256)));
  return edfFromSpec({
    reserved: "EDF+D",
    startDate: "06.11.76",
    startTime: "13.43.04",
    signals: [
      { label: "FP1-F7", ...RANGE, records: sine(3) },
      // Flat, but for one sample at 4.5 s: 500 digital steps up are 195 µV negative... and one pixel wide.
      { label: "T8-P8", ...RANGE, records: records((i) => i === 1152 ? -500 : 0) },
      { label: "T8-P8", ...RANGE, records: sine(10) },
      {
        label: "SpO2",
        unit: "%",
        physicalMin: "0",
        physicalMax: "100",
        digitalMin: "0",
        digitalMax: "1000",
        records: records(() => 970),
      },
      annotationSignal(
        onsets.map((onset) =>
          timekeeping(onset) + (onset === 20 ? "+10\x1590\x14Seizure\x14\0" : "")
        ),
      ),
    ],
  });
}

/** Bipolar EEG with a way from F7 to F3, none to the midline, and a heart beat. */
export function bipolarFile(): Uint8Array<ArrayBuffer> {
  const wave = (hertz: number, flatFrom = Infinity) =>
    Array.from({ length: 20 }, (_, record) =>
      Array.from({ length: 256 }, (_, i) => {
        const at = record * 256 + i;
        return at >= flatFrom
          ? 7
          : 200 + Math.round(100 * Math.sin(2 * Math.PI * hertz * at / 256));
      }));
  return edfFromSpec({
    startDate: "06.11.76",
    startTime: "13.43.04",
    signals: [
      { label: "FP1-F7", prefilter: "HP:0.1Hz LP:75Hz", ...RANGE, records: wave(3) },
      { label: "FP1-F3", prefilter: "HP:0.1Hz LP:75Hz", ...RANGE, records: wave(4) },
      // From second 15 on this one says nothing.
      { label: "F3-C3", prefilter: "HP:0.1Hz LP:75Hz", ...RANGE, records: wave(5, 15 * 256) },
      { label: "FZ-CZ", prefilter: "HP:0.1Hz LP:75Hz", ...RANGE, records: wave(6) },
      { label: "ECG", prefilter: "HP:0.1Hz LP:75Hz", ...RANGE, records: wave(1) },
    ],
  });
}

/** Two files, seven seconds each with one between them: the second has another channel. */
export function changingFiles(): Uint8Array<ArrayBuffer>[] {
  const wave = (hertz: number) =>
    Array.from(
      { length: 7 },
      (_, record) =>
        Array.from({ length: 256 }, (_, i) =>
          Math.round(120 * Math.sin(2 * Math.PI * hertz * (record * 256 + i) / 256))),
    );
  const file = (startTime: string, labels: readonly string[]) =>
    edfFromSpec({
      startDate: "06.11.76",
      startTime,
      signals: labels.map((label, i) => ({ label, ...RANGE, records: wave(i + 2) })),
    });
  return [
    file("13.43.04", ["FP1-F7", "F7-T7", "FP2-F8"]),
    file("13.43.12", ["FP1-F7", "F7-T7", "ECG"]),
  ];
}

/** Ten minutes of one slow channel: more than is fetched ahead. */
export function tenMinutesFile(): Uint8Array<ArrayBuffer> {
  const second = Array.from({ length: 32 }, (_, i) => Math.round(100 * Math.sin(i * Math.PI / 16)));
  return edfFromSpec({
    startDate: "06.11.76",
    startTime: "13.43.04",
    signals: [{ label: "FP1-F7", ...RANGE, records: Array.from({ length: 600 }, () => second) }],
  });
}

/** Electrodes of the 10–20 system, both ears among them, in the order of {@link gatesFile}. */
export const ELECTRODES = [
  ..."Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2 A1 A2".split(" "),
];

/**
 * EDF+D: 21 electrodes against one reference and a heart; 20 s, a gap of 10, 40 s; a seizure from 32 to 67.
 *
 * C3 and its neighbours are quiet, but for one sample of C3 at 4.5 s, 40 µV negative, and a step of 20 µV,
 * positive, at 12 s.
 */
export function gatesFile(): Uint8Array<ArrayBuffer> {
  const onsets = [...Array(20).keys(), ...Array.from({ length: 40 }, (_, i) => 30 + i)];
  const records = (of: (sample: number) => number) =>
    onsets.map((_, record) => Array.from({ length: 256 }, (_, i) => of(record * 256 + i)));
  const quiet = new Set(["Fp1", "T7", "C3", "Cz", "A1"]);
  const steps = (microvolts: number) => Math.round(microvolts * 4095 / 1600);
  const waves = (hertz: number) => (i: number) =>
    steps(20 * Math.sin(2 * Math.PI * hertz * i / 256) + 3 * Math.sin(i * i % 97));
  const c3 = (i: number) =>
    i === 4.5 * 256 ? steps(-40) : i >= 12 * 256 && i < 20 * 256 ? steps(20) : i % 2;
  return edfFromSpec({
    reserved: "EDF+D",
    startDate: "06.11.76",
    startTime: "13.43.04",
    signals: [
      ...ELECTRODES.map((name, row) => ({
        label: `EEG ${name}`,
        ...RANGE,
        records: records(name === "C3" ? c3 : quiet.has(name) ? (i) => i % 2 : waves(1 + row / 3)),
      })),
      { label: "ECG", ...RANGE, records: records(waves(1.2)) },
      annotationSignal(
        onsets.map((onset) =>
          timekeeping(onset) + (onset === 30 ? "+32\x1535\x14Seizure\x14\0" : "")
        ),
      ),
    ],
  });
}
