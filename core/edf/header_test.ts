import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { formatSeconds } from "../time/mod.ts";
import { edfFromSpec } from "../testing/edf_from_spec.ts";
import {
  HEADER_FIELDS,
  headerByteLength,
  SIGNAL_FIELDS,
  signalFieldOffset,
} from "./field_table.ts";
import { parseHeader } from "./header.ts";

Deno.test("HEADER_FIELDS and SIGNAL_FIELDS are the specification's table", () => {
  deepStrictEqual(Object.values(HEADER_FIELDS).map(({ width }) => width), [
    8,
    80,
    80,
    8,
    8,
    8,
    44,
    8,
    8,
    4,
  ]);
  deepStrictEqual(Object.values(SIGNAL_FIELDS).map(({ width }) => width), [
    16,
    80,
    8,
    8,
    8,
    8,
    8,
    80,
    8,
    32,
  ]);
  strictEqual(headerByteLength(23), 6144);
  strictEqual(signalFieldOffset(SIGNAL_FIELDS.unit, 1, 3), 256 + 3 * 96 + 8);
});

Deno.test("parseHeader() reads every field of a header", () => {
  const { header, diagnostics } = parseHeader(
    edfFromSpec({
      patientId: "chb01 F X X",
      recordingId: "Startdate 06-NOV-2076 X X X",
      startDate: "06.11.76",
      startTime: "13.43.04",
      reserved: "EDF+D and more",
      recordCount: "41",
      recordDuration: "0.5",
      signals: [{}, {}],
    }),
  );
  deepStrictEqual(
    { ...header, start: null, recordDuration: formatSeconds(header.recordDuration) },
    {
      format: "EDF+D",
      bytesPerSample: 2,
      patientId: "chb01 F X X",
      recordingId: "Startdate 06-NOV-2076 X X X",
      start: null,
      reserved: "EDF+D and more",
      headerByteLength: 768,
      recordCountDeclared: 41,
      recordDuration: "0.5",
      signalCount: 2,
    },
  );
  strictEqual(header.start?.year, 2076);
  deepStrictEqual(diagnostics, []);
});

for (
  const [text, seconds] of [
    ["1", "1"],
    ["1.000000", "1"],
    ["9.59375", "9.59375"],
    ["30", "30"],
    [".5", "0.5"],
    ["1e1", "10"],
    ["2.5E-3", "0.0025"],
    ["-0", "0"],
    ["0e5", "0"],
  ] as const
) {
  Deno.test(`parseHeader() reads a record duration of ${text}`, () => {
    const { header } = parseHeader(edfFromSpec({ recordDuration: text }));
    strictEqual(formatSeconds(header.recordDuration), seconds);
  });
}

for (const text of ["", "x", "1e", "1e99", "1e5e5", "1.2.3", "0x1", "-1", "1 2", "1,5"]) {
  Deno.test(`parseHeader() refuses a record duration of "${text}"`, () => {
    throws(
      () => parseHeader(edfFromSpec({ recordDuration: text })),
      (err) =>
        isCoreError(err, "CorruptInputError") && err.field === "duration of a data record" &&
        err.offset === 244,
    );
  });
}

Deno.test("parseHeader() needs 256 bytes, and says so", () => {
  throws(
    () => parseHeader(edfFromSpec({}).subarray(0, 100)),
    /Cannot read EDF header: needs 256 bytes, file has 100/,
  );
  throws(() => parseHeader(new Uint8Array(3)), /needs 256 bytes, file has 3/);
});

Deno.test("parseHeader() tells BDF by its first byte", () => {
  strictEqual(parseHeader(edfFromSpec({ bits: 24 })).header.format, "BDF");
  throws(() => parseHeader(edfFromSpec({ version: "\xffBIOSEM" })), /neither EDF nor BDF/);
  throws(() => parseHeader(edfFromSpec({ version: "1" })), /neither EDF nor BDF/);
});
