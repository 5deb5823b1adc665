import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { concatBytes } from "../bytes/mod.ts";
import {
  type ExactSeconds,
  exactSeconds,
  formatSeconds,
  parseCivil,
  parseSeconds,
} from "../time/mod.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { annotationSignal, edfFromSpec, timekeeping } from "../testing/edf_from_spec.ts";
import { listShared, readShared } from "../testing/shared_data.ts";
import {
  edfPlusRecordingId,
  type EdfWriteRecord,
  type EdfWriteSignal,
  type EdfWriteSpec,
  planEdf,
  writeEdf,
} from "./edf_writer.ts";

const calibration = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};
const signal: EdfWriteSignal = { label: "FP1-F7", unit: "uV", calibration, samplesPerRecord: 3 };
const spec: EdfWriteSpec = {
  format: "EDF+C",
  patientId: "X X X X",
  recordingId: "Startdate X X X X",
  start: null,
  recordDuration: exactSeconds(1),
  recordCount: 2,
  signals: [signal],
};

function recordAt(onset: string, ...samples: number[][]): EdfWriteRecord {
  return { onset: parseSeconds(onset), samples: samples.map((each) => Int32Array.from(each)) };
}

async function write(
  each: EdfWriteSpec,
  records: Iterable<EdfWriteRecord>,
): Promise<Uint8Array<ArrayBuffer>> {
  return concatBytes(...await Array.fromAsync(writeEdf(each, records)));
}

Deno.test("writeEdf() writes what the specification says, byte for byte", async () => {
  const written = await write(
    {
      ...spec,
      start: parseCivil("2076-11-06T13:43:04"),
      recordingId: edfPlusRecordingId(parseCivil("2076-11-06T13:43:04")),
      signals: [{ ...signal, transducer: "AgAgCl", prefilter: "HP:0.1Hz" }],
    },
    [recordAt("0", [1, -2, 3]), recordAt("1", [32767, -32768, 0])],
  );
  const lists = [timekeeping(0), timekeeping(1)];
  deepStrictEqual(
    written,
    edfFromSpec({
      recordingId: "Startdate 06-NOV-2076 X X X",
      startDate: "06.11.76",
      startTime: "13.43.04",
      reserved: "EDF+C",
      signals: [
        {
          label: "FP1-F7",
          transducer: "AgAgCl",
          physicalMin: "-800",
          physicalMax: "800",
          digitalMin: "-2048",
          digitalMax: "2047",
          prefilter: "HP:0.1Hz",
          records: [[1, -2, 3], [32767, -32768, 0]],
        },
        annotationSignal(lists, { byteLength: 24 }),
      ],
    }),
  );
});

Deno.test("writeEdf() keeps gaps, a fraction before the first sample, and marks", async () => {
  const bytes = await write(
    {
      ...spec,
      format: "EDF+D",
      start: parseCivil("2020-02-29T23:59:59"),
      recordingId: edfPlusRecordingId(parseCivil("2020-02-29T23:59:59"), "X X Wavekeep"),
      annotations: [
        { onset: parseSeconds("-3"), duration: null, text: "before" },
        { onset: parseSeconds("10.5"), duration: parseSeconds("0"), text: "仰卧 é" },
        { onset: parseSeconds("11"), duration: parseSeconds("90"), text: "Seizure" },
        { onset: parseSeconds("11"), duration: null, text: "spike", channelLabel: "FP1-F7" },
      ],
    },
    [recordAt("0.3945312", [1, 2, 3]), recordAt("17.25", [4, 5, 6])],
  );
  const { file, samples, annotations } = await readWholeEdf(bytes);
  deepStrictEqual([...samples[0]!], [1, 2, 3, 4, 5, 6]);
  deepStrictEqual((await file.runs()).map(({ onset }) => formatSeconds(onset)), [
    "0.3945312",
    "17.25",
  ]);
  deepStrictEqual(
    annotations.map(({ onsetText, durationText, text }) => [onsetText, durationText, text]),
    [
      ["-3", "", "before"],
      ["+10.5", "0", "仰卧 é"],
      ["+11", "90", "Seizure"],
      ["+11", "", "spike@@FP1-F7"],
    ],
  );
  deepStrictEqual(file.diagnostics, []);
});

Deno.test("writeEdf() finds room for many marks in few records", async () => {
  const annotations = Array.from({ length: 500 }, (_, i) => ({
    onset: exactSeconds(i, 7),
    duration: i % 2 === 0 ? null : exactSeconds(i),
    text: "m".repeat(i % 90),
  }));
  const records = [recordAt("0", [1, 2, 3]), recordAt("1", [1, 2, 3])];
  const { file, annotations: found } = await readWholeEdf(
    await write({ ...spec, annotations }, records),
  );
  const expected = annotations.filter(({ duration, text }) => text !== "" || duration !== null);
  deepStrictEqual(found.map(({ text }) => text), expected.map(({ text }) => text));
  strictEqual(file.recordCount, 2);
});

Deno.test("planEdf() gives a long recording with one mark no more room than the mark needs", () => {
  const annotations = [{ onset: exactSeconds(9), duration: null, text: "x".repeat(26) }];
  // 24 for the onset of the record, 31 for "+9", two ends, the text and the zero, in 16-bit samples.
  strictEqual(planEdf({ ...spec, recordCount: 259_200, annotations }).annotationByteLength, 56);
  strictEqual(planEdf(spec).annotationByteLength, 24);
});

for (const format of ["EDF", "EDF+C", "EDF+D", "BDF", "BDF+C", "BDF+D"] as const) {
  Deno.test(`writeEdf() round-trips ${format} at the rails of its converter`, async () => {
    const rail = format.startsWith("BDF") ? 2 ** 23 : 2 ** 15;
    const values = [-rail, -1, 0, 1, rail - 1, 255, 256, -256];
    const bytes = await write(
      { ...spec, format, recordCount: 1, signals: [{ ...signal, samplesPerRecord: 8 }] },
      [recordAt("0", values)],
    );
    const { file, samples } = await readWholeEdf(bytes);
    strictEqual(file.format, format);
    deepStrictEqual([...samples[0]!], values);
    strictEqual(file.header.start, null);
    await rejects(
      write(
        { ...spec, format, recordCount: 1, signals: [{ ...signal, samplesPerRecord: 1 }] },
        [recordAt("0", [rail])],
      ),
      /Cannot write sample 0 of signal 0 in record 0: \d+ needs more than (16|24) bits/,
    );
  });
}

Deno.test("planEdf() keeps calibration text that fits and states the error of text that does not", () => {
  const long = { ...calibration, physicalMin: "-199.99923713", physicalMax: "800.00000" };
  const { headerBytes, fits } = planEdf({ ...spec, signals: [{ ...signal, calibration: long }] });
  const text = new TextDecoder().decode(headerBytes);
  // One ordinary and one annotation signal: physical minima begin after two labels, transducers, units.
  strictEqual(text.slice(256 + 2 * 104, 256 + 2 * 104 + 8), "-199.999");
  strictEqual(text.slice(256 + 2 * 112, 256 + 2 * 112 + 8), "800     ");
  strictEqual(fits.length, 2);
  ok(fits[0]!.relativeError! > 0 && fits[0]!.relativeError! < 1.2e-6);
  strictEqual(fits[1]!.relativeError, 0);
});

Deno.test("planEdf() lists labels that are cut or spelled in ASCII", () => {
  const { fits } = planEdf({
    ...spec,
    signals: [{ ...signal, label: "a label of 21 letters", unit: "µV" }],
  });
  deepStrictEqual(fits, [
    { field: "label", signalIndex: 0 },
    { field: "physical dimension", signalIndex: 0 },
  ]);
});

Deno.test("planEdf() knows the size of the file", async () => {
  const { fileByteLength } = planEdf(spec);
  const bytes = await write(spec, [recordAt("0", [1, 2, 3]), recordAt("1", [4, 5, 6])]);
  strictEqual(bytes.length, fileByteLength);
});

Deno.test("planEdf() refuses what a header cannot say", () => {
  throws(
    () => planEdf({ ...spec, recordDuration: exactSeconds(1, 3) }),
    /duration of a data record: needs 14 characters, field has 8/,
  );
  throws(
    () => planEdf({ ...spec, start: parseCivil("2020-01-01T00:00:00.5") }),
    /has a fraction of a second/,
  );
  const annotations = [{ onset: exactSeconds(0), duration: null, text: "x" }];
  throws(() => planEdf({ ...spec, format: "EDF", annotations }), /Cannot write 1 annotations/);
  throws(() => planEdf({ ...spec, recordCount: 0, annotations }), /Cannot write 1 annotations/);
});

Deno.test("writeEdf() refuses a gap in a continuous file and a wrong number of records", async () => {
  const first = recordAt("0", [1, 2, 3]);
  await rejects(
    write(spec, [first, recordAt("5", [1, 2, 3])]),
    /Cannot write EDF data record 1 of a continuous file: begins at 5 s, .* ends at 1 s/,
  );
  await rejects(write(spec, [first]), /header says 2 records, 1 came/);
  await rejects(
    write({ ...spec, recordCount: 1 }, [first, recordAt("1", [1, 2, 3])]),
    /Cannot write EDF data record 1: header says 1 records/,
  );
});

Deno.test("writeEdf() writes years beyond the pivot with the letters yy", async () => {
  for (const civil of ["2085-01-02T03:04:05", "1984-12-31T00:00:00"]) {
    const start = parseCivil(civil);
    const bytes = await write(
      { ...spec, recordCount: 0, start, recordingId: edfPlusRecordingId(start) },
      [],
    );
    const { file } = await readWholeEdf(bytes);
    deepStrictEqual(file.header.start, start);
  }
});

Deno.test("writeEdf() copies every real file without changing a sample, text or onset", async () => {
  const paths = (await listShared()).filter((path) => /\.(edf|bdf|rec)$/i.test(path));
  for (const path of paths) {
    if (path.startsWith("malformed/")) continue;
    if (path.startsWith("synthetic-many-small/") && !path.endsWith("1.edf")) continue;
    await checkCopy((await readShared(path))!, path);
  }
});

async function checkCopy(bytes: Uint8Array, path: string): Promise<void> {
  const original = await readWholeEdf(bytes);
  const { file } = original;
  const ordinary = file.signals.filter((each) => !each.isAnnotation);
  const onsets: ExactSeconds[] = [];
  for await (const { onset } of file.records()) onsets.push(onset);
  const records = onsets.map((onset, index) => ({
    onset,
    samples: ordinary.map(({ samplesPerRecord }, i) =>
      original.samples[i]!.subarray(index * samplesPerRecord, (index + 1) * samplesPerRecord)
    ),
  }));
  const copy: EdfWriteSpec = {
    format: `${file.header.bytesPerSample === 3 ? "BDF" : "EDF"}+D`,
    patientId: file.header.patientId,
    recordingId: file.header.recordingId,
    start: file.header.start,
    recordDuration: file.header.recordDuration,
    recordCount: file.recordCount,
    signals: ordinary.map((each) => ({ ...each, calibration: each.calibration! })),
    annotations: original.annotations,
  };
  deepStrictEqual(planEdf(copy).fits, [], path);
  const again = await readWholeEdf(await write(copy, records));
  deepStrictEqual(again.samples, original.samples, path);
  deepStrictEqual(again.file.header.start, file.header.start, path);
  again.file.signals.slice(0, -1).forEach((found, i) => {
    const { index: _, recordOffset: __, reserved: ___, ...kept } = found;
    const { index: ____, recordOffset: _____, reserved: ______, ...expected } = ordinary[i]!;
    deepStrictEqual(kept, expected, path);
  });
  deepStrictEqual(
    again.annotations.map(({ onset, duration, text }) => ({ onset, duration, text })),
    original.annotations.map(({ onset, duration, text }) => ({ onset, duration, text })),
    path,
  );
  deepStrictEqual(await again.file.runs(), await file.runs(), path);
}
