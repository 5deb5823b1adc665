// The named outcome of every malformed file in ../shared/data and of every kind in the list of
// anchors/reliability.md 3.12. Files of the list are written from the specification.

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type CoreErrorTag, isCoreError } from "../error.ts";
import { formatSeconds } from "../time/mod.ts";
import {
  annotationSignal,
  edfFromSpec,
  type SpecFile,
  type SpecSignal,
  timekeeping,
} from "../testing/edf_from_spec.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { listShared, readShared } from "../testing/shared_data.ts";
import type { DiagnosticCode } from "./diagnostics.ts";

/** What strict mode does: reads with exactly these findings, or refuses with this error. */
type Outcome =
  | { reads: DiagnosticCode[]; records: number }
  | { refuses: CoreErrorTag; field?: string; offset?: number; tolerantFinds?: DiagnosticCode };

/** Every file of ../shared/data/malformed. */
const FILES: Record<string, Outcome> = {
  "S001R03_crlf-damaged.edf": {
    refuses: "CorruptInputError",
    field: "number of data records",
    offset: 236,
    tolerantFinds: "size-not-whole-records",
  },
  "bids_header_one_byte_short.edf": {
    refuses: "CorruptInputError",
    field: "number of signals",
    offset: 252,
  },
  "git_lfs_pointer.edf": { refuses: "CorruptInputError", field: "version", offset: 0 },
  "uneven_samp_trailing_newline.edf": {
    reads: ["start-date-unreadable", "start-time-unreadable", "trailing-bytes"],
    records: 11,
  },
  "zero_records_header_only.edf": { reads: ["no-records"], records: 0 },
};

for (const [name, outcome] of Object.entries(FILES)) {
  Deno.test(`openEdf() has a named outcome for malformed/${name}`, async () => {
    const bytes = await readShared(`malformed/${name}`);
    if (bytes !== undefined) await checkOutcome(bytes, outcome);
  });
}

Deno.test("every file of malformed/ is in the table", async () => {
  const paths = await listShared("malformed");
  if (paths.length > 0) {
    deepStrictEqual(paths, Object.keys(FILES).map((name) => `malformed/${name}`).sort());
  }
});

const second: SpecSignal = { records: [[1, 2, 3, 4]] };
const four: SpecSignal = { records: [[1, 2], [3, 4], [5, 6], [7, 8]] };
const plus = (format: string, lists: string[], options?: { byteLength: number }): SpecFile => ({
  reserved: format,
  signals: [{ records: lists.map(() => [1, 2]) }, annotationSignal(lists, options)],
});

/** One row for each kind of file in the list. */
const WILD: { name: string; file: SpecFile | Uint8Array; outcome: Outcome }[] = [
  {
    name: "records = -1",
    file: { signals: [four], recordCount: "-1" },
    outcome: { reads: ["record-count-unknown"], records: 4 },
  },
  {
    name: "records = -1 and a record cut short",
    file: { signals: [four], recordCount: "-1", trailing: Uint8Array.of(9) },
    outcome: { reads: ["record-count-unknown", "partial-last-record"], records: 4 },
  },
  {
    name: "records = -2",
    file: { signals: [four], recordCount: "-2" },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of data records",
      offset: 236,
      tolerantFinds: "record-count-unreadable",
    },
  },
  {
    name: "record duration 0, annotations alone",
    file: {
      reserved: "EDF+C",
      recordDuration: "0",
      signals: [annotationSignal([timekeeping(0) + "+5\x14W\x14\0"])],
    },
    outcome: { reads: ["annotations-only"], records: 1 },
  },
  {
    name: "record duration 0 with samples",
    file: { recordDuration: "0", signals: [second] },
    outcome: {
      refuses: "CorruptInputError",
      field: "duration of a data record",
      offset: 244,
      tolerantFinds: "record-duration-zero",
    },
  },
  {
    name: "record duration below 0",
    file: { recordDuration: "-1", signals: [second] },
    outcome: { refuses: "CorruptInputError", field: "duration of a data record", offset: 244 },
  },
  {
    name: "size below the header by whole records",
    file: { signals: [four], recordCount: "9" },
    outcome: { reads: ["fewer-records-than-header"], records: 4 },
  },
  {
    name: "size above the header by whole records",
    file: { signals: [four], recordCount: "3" },
    outcome: { reads: ["more-records-than-header"], records: 4 },
  },
  {
    name: "size above the header by half a record",
    file: { signals: [four], trailing: Uint8Array.of(9, 9) },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of data records",
      offset: 236,
      tolerantFinds: "size-not-whole-records",
    },
  },
  {
    name: "EDF+D with a gap",
    file: plus("EDF+D", [timekeeping(0), timekeeping(5)]),
    outcome: { reads: [], records: 2 },
  },
  {
    name: "EDF+C whose entries have a gap",
    file: plus("EDF+C", [timekeeping(0), timekeeping(5)]),
    outcome: { reads: ["gap-in-continuous-file"], records: 2 },
  },
  {
    name: "EDF+D whose records overlap",
    file: plus("EDF+D", [timekeeping(0), timekeeping("0.5")]),
    outcome: { refuses: "CorruptInputError", field: "record-onset-backwards" },
  },
  {
    name: "EDF+D without annotations",
    file: { reserved: "EDF+D", signals: [second] },
    outcome: {
      refuses: "CorruptInputError",
      field: "reserved",
      offset: 192,
      tolerantFinds: "discontinuous-without-onsets",
    },
  },
  {
    name: "EDF+C without annotations",
    file: { reserved: "EDF+C", signals: [second] },
    outcome: { reads: ["plus-without-annotations"], records: 1 },
  },
  {
    name: "record duration that is not 1 s",
    file: { recordDuration: "9.59375", signals: [second] },
    outcome: { reads: [], records: 1 },
  },
  {
    name: "record duration with an exponent",
    file: { recordDuration: "1.5E-1", signals: [second] },
    outcome: { reads: [], records: 1 },
  },
  {
    name: "rates that differ between channels",
    file: { signals: [{ records: [[1]] }, { records: [[1, 2, 3]] }] },
    outcome: { reads: [], records: 1 },
  },
  {
    name: "duplicate labels",
    file: { signals: [{ ...second, label: "T8-P8" }, { ...second, label: "T8-P8" }] },
    outcome: { reads: ["label-not-unique"], records: 1 },
  },
  {
    name: "blank label",
    file: { signals: [{ ...second, label: "" }] },
    outcome: { reads: ["label-empty"], records: 1 },
  },
  {
    name: "01 for the electrode O1",
    file: { signals: [{ ...second, label: "P3-01" }] },
    outcome: { reads: ["label-digit-zero"], records: 1 },
  },
  {
    name: "a unit that nobody knows",
    file: { signals: [{ ...second, unit: "uVolts" }] },
    outcome: { reads: ["unit-unknown"], records: 1 },
  },
  {
    name: "EDF+D without a gap",
    file: plus("EDF+D", [timekeeping(0), timekeeping(1)]),
    outcome: { reads: ["gap-missing-in-discontinuous-file"], records: 2 },
  },
  {
    name: "digital minimum = maximum",
    file: { signals: [{ ...second, digitalMin: "7", digitalMax: "7" }] },
    outcome: { reads: ["digital-range-degenerate"], records: 1 },
  },
  {
    name: "digital minimum > maximum",
    file: { signals: [{ ...second, digitalMin: "7", digitalMax: "-7" }] },
    outcome: { reads: ["digital-range-inverted"], records: 1 },
  },
  {
    name: "digital range wider than the converter",
    file: { signals: [{ ...second, digitalMin: "-99999", digitalMax: "99999" }] },
    outcome: { reads: ["digital-range-beyond-converter"], records: 1 },
  },
  {
    name: "physical minimum = maximum",
    file: { signals: [{ ...second, physicalMin: "5", physicalMax: "5.0" }] },
    outcome: { reads: ["physical-range-degenerate"], records: 1 },
  },
  {
    name: "inverted polarity",
    file: { signals: [{ ...second, physicalMin: "5", physicalMax: "-5" }] },
    outcome: { reads: ["physical-range-inverted"], records: 1 },
  },
  {
    name: "header bytes that are not 256 x (ns + 1)",
    file: { signals: [second], headerBytes: "768" },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of bytes in header record",
      offset: 184,
      tolerantFinds: "header-bytes-disagree",
    },
  },
  {
    name: "header bytes that are no number",
    file: { signals: [second], headerBytes: "512x" },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of bytes in header record",
      offset: 184,
      tolerantFinds: "header-bytes-unreadable",
    },
  },
  { name: "ns 0", file: {}, outcome: { reads: ["no-records", "no-signals"], records: 0 } },
  {
    name: "ns 9999",
    file: { signals: [second], signalCount: "9999" },
    outcome: { refuses: "TruncatedInputError", offset: 0 },
  },
  {
    name: "ns below 0",
    file: { signals: [second], signalCount: "-1" },
    outcome: { refuses: "CorruptInputError", field: "number of signals", offset: 252 },
  },
  {
    name: "samples per record 99999999",
    file: { signals: [{ ...second, samplesPerRecord: "99999999" }] },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of data records",
      tolerantFinds: "size-not-whole-records",
    },
  },
  {
    name: "samples per record below 0",
    file: { signals: [{ ...second, samplesPerRecord: "-4" }] },
    outcome: { refuses: "CorruptInputError", field: "nr of samples in each data record" },
  },
  {
    name: "samples per record 0 beside a signal that has some",
    file: { signals: [second, { records: [[]] }] },
    outcome: { reads: ["no-samples-in-record"], records: 1 },
  },
  {
    name: "comma decimals in the record duration",
    file: { recordDuration: "0,5", signals: [second] },
    outcome: { refuses: "CorruptInputError", field: "duration of a data record", offset: 244 },
  },
  {
    name: "comma decimals in a physical range",
    file: { signals: [{ ...second, physicalMin: "-3,5" }] },
    outcome: { reads: ["physical-range-unreadable"], records: 1 },
  },
  {
    name: "1e309 in a physical range",
    file: { signals: [{ ...second, physicalMax: "1e309" }] },
    outcome: { reads: ["physical-range-unreadable"], records: 1 },
  },
  {
    name: "1e309 as record duration",
    file: { recordDuration: "1e309", signals: [second] },
    outcome: { refuses: "CorruptInputError", field: "duration of a data record", offset: 244 },
  },
  {
    name: "NaN in a physical range",
    file: { signals: [{ ...second, physicalMin: "NaN" }] },
    outcome: { reads: ["physical-range-unreadable"], records: 1 },
  },
  {
    name: "a range so small that the gain is no number",
    file: { signals: [{ ...second, physicalMin: "-1e-323", physicalMax: "1e-323" }] },
    outcome: { reads: ["scale-not-finite"], records: 1 },
  },
  {
    name: "-0 in a digital range",
    file: { signals: [{ ...second, digitalMin: "-0" }] },
    outcome: { reads: [], records: 1 },
  },
  {
    name: "blank digital range",
    file: { signals: [{ ...second, digitalMax: "" }] },
    outcome: { reads: ["digital-range-unreadable"], records: 1 },
  },
  {
    name: "blank number of records",
    file: { signals: [second], recordCount: "" },
    outcome: {
      refuses: "CorruptInputError",
      field: "number of data records",
      offset: 236,
      tolerantFinds: "record-count-unreadable",
    },
  },
  {
    name: "blank number of signals",
    file: { signals: [second], signalCount: "" },
    outcome: { refuses: "CorruptInputError", field: "number of signals", offset: 252 },
  },
  {
    name: "12x as samples per record",
    file: { signals: [{ ...second, samplesPerRecord: "4x" }] },
    outcome: { refuses: "CorruptInputError", field: "nr of samples in each data record" },
  },
  {
    name: "number padded with NUL",
    file: { signals: [second], recordCount: "1\0\0\0\0\0\0\0" },
    outcome: { reads: ["field-padding"], records: 1 },
  },
  {
    name: "date 31.02",
    file: { startDate: "31.02.10", signals: [second] },
    outcome: { reads: ["start-date-unreadable"], records: 1 },
  },
  {
    name: "date with a month word",
    file: { startDate: "01-FEB-0", signals: [second] },
    outcome: { reads: ["start-date-unreadable"], records: 1 },
  },
  {
    name: "time 25:00",
    file: { startTime: "25.00.00", signals: [second] },
    outcome: { reads: ["start-time-unreadable"], records: 1 },
  },
  {
    name: "two days in one header",
    file: { startDate: "01.02.10", recordingId: "Startdate 02-FEB-2010 X X X", signals: [second] },
    outcome: { reads: ["start-dates-disagree"], records: 1 },
  },
  {
    name: "UTF-8 in a name",
    file: { patientId: "X X X M\xc3\xbcller", signals: [second] },
    outcome: { reads: ["header-not-ascii"], records: 1 },
  },
  {
    name: "latin-1 in a unit",
    file: { signals: [{ ...second, unit: "\xb5V" }] },
    outcome: { reads: ["header-not-ascii"], records: 1 },
  },
  {
    name: "NUL, CR and LF in a name",
    file: { patientId: "X\0X\r\n{level:error}", signals: [second] },
    outcome: { reads: ["header-control-character"], records: 1 },
  },
  {
    name: "annotation text without an end",
    file: plus("EDF+C", [timekeeping(0) + "+0\x14half a te"], { byteLength: 17 }),
    outcome: { reads: ["annotation-unterminated"], records: 1 },
  },
  {
    name: "an onset that is no number",
    file: plus("EDF+C", [timekeeping(0) + "+1e3\x14x\x14\0"]),
    outcome: { reads: ["annotation-unreadable"], records: 1 },
  },
  {
    name: "an onset without a sign",
    file: plus("EDF+C", [timekeeping(0) + "3\x14x\x14\0"]),
    outcome: { reads: ["annotation-onset-unsigned"], records: 1 },
  },
  {
    name: "a negative duration",
    file: plus("EDF+C", [timekeeping(0) + "+3\x15-1\x14x\x14\0"]),
    outcome: { reads: ["annotation-duration-unreadable"], records: 1 },
  },
  {
    name: "a mark without text",
    file: plus("EDF+C", [timekeeping(0) + "+3\x14\x14\0"]),
    outcome: { reads: ["annotation-empty"], records: 1 },
  },
  {
    name: "a text that is latin-1",
    file: plus("EDF+C", [timekeeping(0) + "+3\x14\xff\x14\0"]),
    outcome: { reads: ["annotation-text-not-utf8"], records: 1 },
  },
  {
    name: "negative and huge onsets",
    file: plus("EDF+C", [timekeeping(0) + `-3\x14x\x14\0+${"9".repeat(40)}\x14y\x14\0`]),
    outcome: { reads: [], records: 1 },
  },
  {
    name: "EDF+C without a timekeeping entry",
    file: plus("EDF+C", ["+3\x14x\x14\0", timekeeping(1)]),
    outcome: { reads: ["record-onset-missing"], records: 2 },
  },
  {
    name: "EDF+D without a timekeeping entry",
    file: plus("EDF+D", [timekeeping(0), "\0"]),
    outcome: { refuses: "CorruptInputError", field: "record-onset-missing-in-discontinuous" },
  },
  {
    name: "annotations in a plain file",
    file: { signals: [second, annotationSignal([timekeeping(0)])] },
    outcome: { reads: ["annotation-signal-in-plain-file"], records: 1 },
  },
  {
    name: "EDF+ written in BDF",
    file: { bits: 24, reserved: "EDF+C", signals: [second] },
    outcome: { reads: ["reserved-format-disagrees", "plus-without-annotations"], records: 1 },
  },
  {
    name: "empty file",
    file: new Uint8Array(),
    outcome: { refuses: "TruncatedInputError", offset: 0 },
  },
  {
    name: "text file",
    file: new TextEncoder().encode("hello, this is not a recording\n".repeat(20)),
    outcome: { refuses: "CorruptInputError", field: "version", offset: 0 },
  },
  {
    name: "truncated in the header",
    file: edfFromSpec({ signals: [second] }).subarray(0, 255),
    outcome: { refuses: "TruncatedInputError", offset: 0 },
  },
  {
    name: "truncated in the label table",
    file: edfFromSpec({ signals: [second] }).subarray(0, 300),
    outcome: { refuses: "TruncatedInputError", offset: 0 },
  },
  {
    name: "truncated in a record",
    file: edfFromSpec({ signals: [four] }).subarray(0, -1),
    outcome: {
      refuses: "CorruptInputError",
      field: "number of data records",
      offset: 236,
      tolerantFinds: "size-not-whole-records",
    },
  },
];

for (const { name, file, outcome } of WILD) {
  Deno.test(`openEdf() has a named outcome for: ${name}`, async () => {
    await checkOutcome(file instanceof Uint8Array ? file : edfFromSpec(file), outcome);
  });
}

Deno.test("a million annotations in one record are read, each once", async () => {
  const lists = new TextEncoder().encode(timekeeping("00") + "+1\x14a\x14\0".repeat(1_000_000));
  const head = edfFromSpec({
    reserved: "EDF+C",
    recordDuration: "0",
    recordCount: "1",
    signals: [{ label: "EDF Annotations", samplesPerRecord: String(lists.length / 2) }],
  });
  const bytes = new Uint8Array(head.length + lists.length);
  bytes.set(head);
  bytes.set(lists, head.length);
  const { annotations, file } = await readWholeEdf(bytes);
  strictEqual(annotations.length, 1_000_000);
  deepStrictEqual(file.diagnostics.map(({ code }) => code), ["annotations-only"]);
});

Deno.test("two-digit years turn at 85", async () => {
  for (const [startDate, year] of [["01.01.84", 2084], ["02.01.85", 1985]] as const) {
    const { file } = await readWholeEdf(edfFromSpec({ startDate, signals: [second] }));
    strictEqual(file.header.start?.year, year);
  }
});

Deno.test("a calibration that cannot be believed leaves the integers readable", async () => {
  const signals = [{ ...second, physicalMin: "5", physicalMax: "5" }];
  const { file, samples } = await readWholeEdf(edfFromSpec({ signals }));
  strictEqual(file.signals[0]!.calibration, null);
  strictEqual(file.signals[0]!.physicalMinText, "5");
  deepStrictEqual([...samples[0]!], [1, 2, 3, 4]);
});

Deno.test("a record without a timekeeping entry follows the one before, wherever reading begins", async () => {
  const lists = [timekeeping("7.25"), "\0", "\0", timekeeping("10.25")];
  const { file } = await readWholeEdf(edfFromSpec(plus("EDF+C", lists)));
  const onsets = await Array.fromAsync(file.records({ start: 2 }), (record) => record.onset);
  deepStrictEqual(onsets.map(formatSeconds), ["9.25", "10.25"]);
});

Deno.test("no message or finding repeats a character of the identification fields", async () => {
  const canary = "CANARY\r\nMUELLER";
  const file: SpecFile = {
    patientId: canary,
    recordingId: canary,
    startDate: "CANARY\r\n",
    startTime: "CANARY\r\n",
    reserved: canary,
    signals: [{
      label: canary,
      unit: "CANARY\r\n",
      physicalMin: "CANARY\r\n",
      digitalMin: "CANARY\r\n",
      prefilter: canary,
      records: [[1]],
    }],
  };
  const { file: opened } = await readWholeEdf(edfFromSpec(file));
  ok(opened.diagnostics.length >= 5);
  ok(!JSON.stringify(opened.diagnostics).includes("CANARY"));
  for (const field of ["recordCount", "recordDuration", "signalCount", "headerBytes"] as const) {
    await rejects(
      readWholeEdf(edfFromSpec({ ...file, [field]: "CANARY" })),
      (err) => isCoreError(err) && !err.message.includes("CANARY"),
    );
  }
});

async function checkOutcome(bytes: Uint8Array, outcome: Outcome): Promise<void> {
  if ("reads" in outcome) {
    const { file, samples } = await readWholeEdf(bytes);
    await file.runs();
    const codes = file.diagnostics.map(({ code }) => code);
    // Blank identification and units of the writer are no finding; each code counts once.
    deepStrictEqual([...new Set(codes)], outcome.reads);
    strictEqual(file.recordCount, outcome.records);
    ok(samples.every((channel) => channel.every(Number.isInteger)));
    return;
  }
  await rejects(
    readWholeEdf(bytes).then(({ file }) => file.runs()),
    (err) => {
      ok(isCoreError(err, outcome.refuses), String(err));
      if (isCoreError(err, "CorruptInputError") && outcome.field !== undefined) {
        strictEqual(err.field, outcome.field);
      }
      if (outcome.offset !== undefined) {
        strictEqual((err as { offset?: number }).offset, outcome.offset);
      }
      return true;
    },
  );
  if (outcome.tolerantFinds !== undefined) {
    const { file } = await readWholeEdf(bytes, { mode: "tolerant" });
    await file.runs();
    const codes = file.diagnostics.map(({ code }) => code);
    ok(codes.includes(outcome.tolerantFinds), `tolerant mode lists ${codes}`);
  }
}
