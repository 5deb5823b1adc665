// Whatever a file can say, written and read: the same samples, texts and times (goal D3 of the reliability anchors);
// and what was read, written again, is the same file.

import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { gainAndOffset } from "../calibration/mod.ts";
import { concatBytes } from "../bytes/mod.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { addSeconds, type ExactSeconds, exactSeconds, parseCivil } from "../time/mod.ts";
import {
  edfPlusRecordingId,
  type EdfWriteAnnotation,
  type EdfWriteRecord,
  type EdfWriteSignal,
  type EdfWriteSpec,
  writeEdf,
} from "./edf_writer.ts";
import type { EdfFormat } from "./header.ts";

const FILES = 1_500;
/** Samples, texts and times that are compared in these files, at least. */
const VALUES_MIN = 100_000;

const FORMATS: readonly EdfFormat[] = ["EDF", "EDF+C", "EDF+D", "BDF", "BDF+C", "BDF+D"];

/** Printable ASCII without blanks at its ends: what a header field can hold. */
const text = (lengthMax: number, minLength = 0) =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    minLength,
    maxLength: lengthMax,
  });

/** Decimal seconds that eight characters hold. */
const DURATIONS = [[1, 1], [2, 1], [1, 2], [1, 4], [1, 8], [3, 10], [10, 1], [7, 5]] as const;

const physical = fc.integer({ min: -99_999, max: 99_999 }).map((milli) => String(milli / 100));

const signalOf = (isBdf: boolean): fc.Arbitrary<EdfWriteSignal> => {
  const limit = isBdf ? 2 ** 23 : 2 ** 15;
  const digital = fc.integer({ min: -limit, max: limit - 1 });
  return fc.record({
    label: text(16, 1).filter((label) => !/annotations|status/i.test(label)),
    unit: text(8),
    samplesPerRecord: fc.integer({ min: 1, max: 40 }),
    transducer: text(80),
    prefilter: text(80),
    digital: fc.tuple(digital, digital).filter(([a, b]) => a !== b),
    physical: fc.tuple(physical, physical).filter(([a, b]) => a !== b),
  }).map(({ digital, physical: [physicalMin, physicalMax], ...signal }) => ({
    ...signal,
    // A physical minimum above the maximum is a negative gain, and allowed.
    calibration: {
      digitalMin: Math.min(...digital),
      digitalMax: Math.max(...digital),
      physicalMin,
      physicalMax,
    },
  }));
};

const seconds = (min: number): fc.Arbitrary<ExactSeconds> =>
  fc.tuple(fc.integer({ min, max: 100_000 }), fc.constantFrom(1, 2, 4, 5, 1_000))
    .map(([n, d]) => exactSeconds(n, d));

const annotation: fc.Arbitrary<EdfWriteAnnotation> = fc.record({
  onset: seconds(-1_000),
  duration: fc.option(seconds(0)),
  // UTF-8, but for the bytes that the grammar needs.
  text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 24 })
    // deno-lint-ignore no-control-regex -- those bytes
    .filter((each) => !/[\x00-\x1f\x7f]/.test(each) && each.isWellFormed()),
}, { noNullPrototype: true });

interface Written {
  readonly spec: EdfWriteSpec;
  readonly records: readonly EdfWriteRecord[];
}

const written: fc.Arbitrary<Written> = fc.constantFrom(...FORMATS).chain((format) => {
  const isBdf = format.startsWith("BDF");
  const isPlus = format.includes("+");
  return fc.record({
    signals: fc.array(signalOf(isBdf), { minLength: 1, maxLength: 4 }),
    recordCount: fc.integer({ min: 1, max: 5 }),
    duration: fc.constantFrom(...DURATIONS).map(([n, d]) => exactSeconds(n, d)),
    start: fc.date({
      min: new Date("1985-01-01"),
      max: new Date("2084-12-31"),
      noInvalidDate: true,
    }),
    gaps: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 5, maxLength: 5 }),
    annotations: fc.array(annotation, { maxLength: 6 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  }).map(({ signals, recordCount, duration, start: at, gaps, annotations, seed }) => {
    const start = parseCivil(at.toISOString().slice(0, 19));
    let onset = exactSeconds(0);
    let state = seed;
    const next = () => (state = Math.imul(state, 48_271) >>> 0);
    const records: EdfWriteRecord[] = [];
    for (let index = 0; index < recordCount; index++) {
      if (format.endsWith("+D") && index > 0) onset = addSeconds(onset, exactSeconds(gaps[index]!));
      const samples = signals.map(({ samplesPerRecord }) =>
        Int32Array.from(
          { length: samplesPerRecord },
          () => isBdf ? next() << 8 >> 8 : next() << 16 >> 16,
        )
      );
      records.push({ onset, samples });
      onset = addSeconds(onset, duration);
    }
    const spec: EdfWriteSpec = {
      format,
      patientId: "X X X X",
      recordingId: isPlus ? edfPlusRecordingId(start) : "night 1",
      start,
      recordDuration: duration,
      recordCount,
      signals,
      annotations: isPlus ? annotations : [],
    };
    return { spec, records };
  });
});

async function bytesOf({ spec, records }: Written): Promise<Uint8Array<ArrayBuffer>> {
  return concatBytes(...await Array.fromAsync(writeEdf(spec, records)));
}

/** What is in a file, as it would be written. */
async function readAsWritten(bytes: Uint8Array, format: EdfFormat): Promise<Written> {
  const { file, annotations } = await readWholeEdf(bytes);
  const ordinary = file.signals.filter(({ isAnnotation }) => !isAnnotation);
  const records: EdfWriteRecord[] = [];
  for await (const { onset, samples } of file.records()) {
    records.push({ onset, samples: [...samples] });
  }
  const { patientId, recordingId, start, recordDuration } = file.header;
  const spec: EdfWriteSpec = {
    ...{ format, patientId, recordingId, start, recordDuration, recordCount: file.recordCount },
    signals: ordinary.map((
      { label, unit, samplesPerRecord, transducer, prefilter, calibration },
    ) => ({
      ...{ label, unit, samplesPerRecord, transducer, prefilter },
      calibration: calibration!,
    })),
    annotations: annotations.map(({ onset, duration, text }) => ({ onset, duration, text })),
  };
  return { spec, records };
}

Deno.test(`writeEdf() and openEdf(): ${FILES} files come back as they were written, and again byte for byte`, async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(written, async (given) => {
      const bytes = await bytesOf(given);
      const found = await readAsWritten(bytes, given.spec.format);
      deepStrictEqual(found, given);
      deepStrictEqual(await bytesOf(found), bytes);
      for (const [index, { calibration }] of found.spec.signals.entries()) {
        // The same texts, so the same physical values: to the last bit, and not only to a digit of the converter.
        deepStrictEqual(
          gainAndOffset(calibration),
          gainAndOffset(given.spec.signals[index]!.calibration),
        );
      }
      values += 8 * found.spec.signals.length + 3 * found.spec.annotations!.length +
        found.records.reduce(
          (sum, { samples }) => sum + samples.reduce((n, each) => n + each.length, 1),
          0,
        );
    }),
    { numRuns: FILES },
  );
  ok(values >= VALUES_MIN, `${values} values were compared`);
});
