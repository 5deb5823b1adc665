/**
 * Layer 6, tests only. Whether the header of an EDF or BDF file says what the sidecars say.
 *
 * Read from the bytes, by the tables of the EDF+ specification; shares nothing with our reader.
 *
 * @see https://www.edfplus.info/specs/edf.html
 * @module
 */

import type { Table } from "./bids_table.ts";

const ANNOTATIONS = /^[EB]DF Annotations$/;
const SLACK = 1e-6;

/** @returns What disagrees. */
export function checkHeader(
  bytes: Uint8Array,
  { eeg, channels, isBdf }: {
    readonly eeg: Readonly<Record<string, unknown>>;
    readonly channels: Table;
    readonly isBdf: boolean;
  },
): string[] {
  const findings: string[] = [];
  const expect = (isTrue: boolean, what: string) => {
    if (!isTrue) findings.push(what);
  };
  const latin1 = new TextDecoder("latin1");
  const field = (offset: number, width: number) =>
    latin1.decode(bytes.subarray(offset, offset + width)).trim();
  expect(isBdf ? bytes[0] === 0xff && field(1, 7) === "BIOSEMI" : field(0, 8) === "0", "version");
  const reserved = field(192, 44);
  expect(!reserved.startsWith(isBdf ? "BDF+D" : "EDF+D"), "has holes, a run has none");
  const recordCount = Number(field(236, 8));
  const recordSeconds = Number(field(244, 8));
  const signalCount = Number(field(252, 4));
  const column = (before: number, width: number) =>
    Array.from(
      { length: signalCount },
      (_, i) => field(256 + before * signalCount + i * width, width),
    );
  const labels = column(0, 16);
  const units = column(96, 8);
  const perRecord = column(216, 8).map(Number);
  const ordinary = labels.flatMap((label, index) => ANNOTATIONS.test(label) ? [] : [index]);
  expect(
    ordinary.map((i) => labels[i]).join("\n") === channels.rows.map(([name]) => name).join("\n"),
    "labels are not the names of channels.tsv",
  );
  expect(
    ordinary.map((i) => units[i] || "n/a").join("\n") ===
      channels.rows.map((row) => row[2]!.slice(0, 8)).join("\n"),
    "units are not those of channels.tsv",
  );
  const at = channels.columns.indexOf("sampling_frequency");
  for (const [row, index] of ordinary.entries()) {
    const rate = perRecord[index]! / recordSeconds;
    const stated = Number(at < 0 ? eeg.SamplingFrequency : channels.rows[row]?.[at]);
    expect(Math.abs(rate - stated) <= SLACK * rate, `${labels[index]} has ${rate} Hz`);
  }
  expect(
    ordinary.some((i) =>
      Math.abs(perRecord[i]! / recordSeconds - Number(eeg.SamplingFrequency)) <=
        SLACK * perRecord[i]!
    ),
    "no signal has the SamplingFrequency",
  );
  const recordBytes = perRecord.reduce((sum, count) => sum + count, 0) * (isBdf ? 3 : 2);
  expect(
    bytes.byteLength === 256 * (signalCount + 1) + recordCount * recordBytes,
    "its length is not what its header says",
  );
  // A last record may be padded: the sidecar counts real samples.
  const duration = Number(eeg.RecordingDuration);
  const whole = recordCount * recordSeconds;
  expect(
    duration <= whole + SLACK && duration > whole - recordSeconds - SLACK,
    `lasts ${whole} s, RecordingDuration is ${duration}`,
  );
  return findings;
}
