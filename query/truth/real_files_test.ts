// Every real recording through the whole pipeline: streamed, stored, read back through the chunks and
// through the exported file, or refused with the reason in the table. One test for each folder, so that
// no database grows large.

import { createHash } from "node:crypto";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { EdfRun } from "@wavekeep/core/edf";
import { uniqueLabels } from "@wavekeep/core/recording";
import {
  addSeconds,
  differenceSeconds,
  exactSeconds,
  formatSeconds,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import type { AnnotationList, WindowJson } from "@wavekeep/core/wire";
// @ts-types="../../core/edf/edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";
import { readWholeEdf, samplesAsInt32Bytes, type WholeEdf } from "../../core/testing/read_edf.ts";
import { listShared, sharedDataDir } from "../../core/testing/shared_data.ts";
import { physicalValue, type RawEdf, type RawSignal, readRawEdf } from "./testing/raw_edf.ts";
import {
  type Codes,
  describe,
  exportFile,
  ExportRefused,
  readStored,
  recordingPath,
  windowPath,
} from "./testing/read_back.ts";
import { okJson, type Truth, truthTest } from "./testing/truth_test_case.ts";

/** Files that the simulator does not send, and what it says. */
const REFUSED: Readonly<Record<string, string>> = {
  "malformed/S001R03_crlf-damaged.edf":
    "Cannot accept EDF file: 2607197 bytes hold 125 records of 20640 bytes, header says 125, " +
    "10301 bytes are over (size-not-whole-records)",
  "malformed/bids_header_one_byte_short.edf":
    "Cannot read EDF header field number of signals at offset 252: not an integer",
  "malformed/git_lfs_pointer.edf":
    "Cannot read EDF header field version at offset 0: file is a Git LFS pointer, not the " +
    "recording it points to",
};

/** Recordings that are stored and cannot be exported, and what query says. */
const NOT_EXPORTED: Readonly<Record<string, string>> = {
  "malformed/zero_records_header_only.edf": "Cannot export: nothing is stored in this range",
};

/** Seizures that the summary beside a file gives for it, as `onset duration text`. */
const BESIDE: Readonly<Record<string, string>> = {
  "chbmit/chb01_03_Seizure.edf": "1 40 Seizure",
  "chbmit/chb01_15_s1722-1772_reencoded.edf": "10 40 Seizure",
  "synthetic-many-small/chbmit/chb05/chb05_06.edf": "417 115 Seizure",
  "synthetic-many-small/chbmit/chb05/chb05_13.edf": "1086 110 Seizure",
  "synthetic-many-small/chbmit/chb05/chb05_16.edf": "2317 96 Seizure",
  "synthetic-many-small/chbmit/chb05/chb05_17.edf": "2451 120 Seizure",
  "synthetic-many-small/chbmit/chb05/chb05_22.edf": "2348 117 Seizure",
};

/** Oddities of an original that a faithful export repeats. */
const REPEATED_FINDINGS: ReadonlySet<string> = new Set([
  "annotations-only",
  "label-not-unique",
  "physical-range-inverted",
  "start-date-placeholder",
]);

const FILE_COUNT = 105;

/** Plain EDF says where a file's samples are; everything below compares against that. */
interface Given {
  readonly path: string;
  readonly codes: Codes;
  /** By core/edf: runs and marks. */
  readonly whole: WholeEdf;
  /** By the second reader: samples and header. */
  readonly raw: RawEdf;
}

function sha256(samples: Int32Array): string {
  return createHash("sha256").update(samplesAsInt32Bytes([samples])).digest("hex");
}

/** Signals that have samples: others belong to no stream. */
function sampled(raw: RawEdf): readonly RawSignal[] {
  return raw.signals.filter(({ samplesPerRecord }) => samplesPerRecord > 0);
}

function samplesOfRun({ samples, samplesPerRecord }: RawSignal, run: EdfRun): Int32Array {
  const end = run.firstRecord + run.recordCount;
  return samples.subarray(run.firstRecord * samplesPerRecord, end * samplesPerRecord);
}

async function checkStored(truth: Truth, { codes, whole, raw }: Given): Promise<void> {
  const segments = await readStored(truth, codes);
  const runs = await whole.file.runs();
  deepStrictEqual(
    segments.map(({ startSeconds }) => startSeconds),
    runs.map(({ onset }) => formatSeconds(onset)),
  );
  deepStrictEqual(
    segments.map(({ channels }) => channels.map(({ label, samples }) => [label, sha256(samples)])),
    runs.map((run) =>
      sampled(raw).map((signal) => [signal.label, sha256(samplesOfRun(signal, run))])
    ),
  );
}

/** The first second in physical units, by the plan's JSON. */
async function checkPhysical(truth: Truth, { codes, whole, raw }: Given): Promise<void> {
  const [run] = await whole.file.runs();
  if (run === undefined) return;
  const end = addSeconds(run.onset, exactSeconds(1));
  const { channels } = await okJson<WindowJson>(
    await truth.get(windowPath(codes, formatSeconds(run.onset), formatSeconds(end))),
  );
  const names = uniqueLabels(sampled(raw).map(({ label }) => label));
  strictEqual(Object.keys(channels).length, names.length);
  for (const [index, signal] of sampled(raw).entries()) {
    const scale = Math.max(Math.abs(signal.physicalMax), Math.abs(signal.physicalMin));
    for (const [i, { value }] of channels[names[index]!]!.entries()) {
      const expected = physicalValue(signal, signal.samples[i]!);
      ok(
        Math.abs(value! - expected) <= scale * 1e-12,
        `signal ${index} sample ${i} is ${value}, not ${expected}`,
      );
    }
  }
}

function markText({ onset, duration, text }: WholeEdf["annotations"][number]): string {
  return `${formatSeconds(onset)} ${duration === null ? "-" : formatSeconds(duration)} ${text}`;
}

/** Marks of the file and of what lies beside it, in any order. */
function markTexts({ path, whole }: Given): string[] {
  const beside = BESIDE[path];
  return [...whole.annotations.map(markText), ...(beside === undefined ? [] : [beside])].sort();
}

async function checkMarks(truth: Truth, given: Given): Promise<void> {
  const { annotations } = await okJson<AnnotationList>(
    await truth.get(`${recordingPath(given.codes)}/annotations`),
  );
  const found = annotations.map((mark) =>
    `${mark.onset_seconds} ${mark.duration_seconds ?? "-"} ${mark.text}`
  );
  deepStrictEqual(found.sort(), markTexts(given));
}

async function checkExport(truth: Truth, given: Given): Promise<void> {
  const bytes = await exportFile(truth, given.codes);
  const made = await readWholeEdf(bytes);
  const findings = made.file.diagnostics.map(({ code }) => code);
  deepStrictEqual(findings.filter((code) => !REPEATED_FINDINGS.has(code)), []);
  // The exported header may name a later second; what counts is where samples and marks lie.
  const [before, after] = [given.whole.file.header.start, made.file.header.start];
  strictEqual(after === null, before === null);
  const shift = before === null || after === null ? ZERO_SECONDS : differenceSeconds(after, before);
  const [runs, madeRuns] = [await given.whole.file.runs(), await made.file.runs()];
  deepStrictEqual(
    madeRuns.map(({ onset }) => formatSeconds(addSeconds(onset, shift))),
    runs.map(({ onset }) => formatSeconds(onset)),
  );
  const madeRaw = readRawEdf(bytes);
  checkSignals(given.raw, madeRaw, runs.map((run, i) => [run, madeRuns[i]!]));
  checkByEdfDecoder(bytes, madeRaw);
  const marks = made.annotations.filter(({ text }) => !text.startsWith("Wavekeep: "))
    .map((mark) => markText({ ...mark, onset: addSeconds(mark.onset, shift) }));
  deepStrictEqual(marks.sort(), markTexts(given));
}

function checkSignals(raw: RawEdf, made: RawEdf, runs: [given: EdfRun, made: EdfRun][]): void {
  const signals = sampled(raw);
  deepStrictEqual(made.signals.map(factsOf), signals.map(factsOf));
  for (const [index, signal] of signals.entries()) {
    const other = made.signals[index]!;
    const seconds = made.recordDuration * signal.samplesPerRecord / raw.recordDuration;
    ok(Math.abs(other.samplesPerRecord - seconds) < 1e-6, `rate of signal ${index}`);
    for (const [run, madeRun] of runs) {
      const wanted = samplesOfRun(signal, run);
      const found = samplesOfRun(other, madeRun);
      const padding = found.length - wanted.length;
      ok(0 <= padding && padding < other.samplesPerRecord, `padding of signal ${index}`);
      strictEqual(sha256(found.subarray(0, wanted.length)), sha256(wanted), `signal ${index}`);
    }
  }
}

/** The export once more, by npm:edfdecoder, which reads 16-bit files. */
function checkByEdfDecoder(bytes: Uint8Array<ArrayBuffer>, made: RawEdf): void {
  if (bytes[0] === 0xff || made.signals.length === 0) return;
  const decoder = new edfdecoder.EdfDecoder();
  decoder.setInput(bytes.buffer);
  decoder.decode();
  const theirs = decoder.getOutput();
  strictEqual(theirs?.getNumberOfRecords(), made.recordCount);
  for (const [index, { label, samples, samplesPerRecord: width }] of made.signals.entries()) {
    strictEqual(theirs.getSignalLabel(index), label);
    const joined = new Int32Array(samples.length);
    for (let record = 0; record < made.recordCount; record++) {
      joined.set(theirs.getRawSignal(index, record), record * width);
    }
    strictEqual(sha256(joined), sha256(samples), `edfdecoder, signal ${index}`);
  }
}

function factsOf(signal: RawSignal): unknown[] {
  const { label, digitalMin, digitalMax, physicalMin, physicalMax } = signal;
  return [label, digitalMin, digitalMax, physicalMin, physicalMax];
}

async function judge(truth: Truth, path: string, codes: Codes): Promise<void> {
  const file = `${truth.data}/${path}`;
  const refusal = await truth.stream([file], codes).then(() => undefined, (error: Error) => error);
  if (path in REFUSED || refusal !== undefined) {
    strictEqual(refusal?.message, `${file}: ${REFUSED[path]}`);
    const { status } = await truth.get(recordingPath(codes));
    strictEqual(status, 404, "a refused file leaves nothing behind");
    return;
  }
  const bytes = await Deno.readFile(file);
  const given = { path, codes, whole: await readWholeEdf(bytes), raw: readRawEdf(bytes) };
  await checkStored(truth, given);
  await checkPhysical(truth, given);
  await checkMarks(truth, given);
  const { holes } = await describe(truth, codes);
  deepStrictEqual(holes.filter(({ kind }) => kind !== "not-recorded"), []);
  const outcome = await checkExport(truth, given).then(() => undefined, (error) => {
    if (error instanceof ExportRefused) return error.message;
    throw error;
  });
  strictEqual(outcome, NOT_EXPORTED[path]);
}

const isRecording = (path: string) => /\.(edf|bdf|rec)$/i.test(path);
const paths = sharedDataDir() === undefined ? [] : (await listShared()).filter(isRecording);
const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf("/"))))];

Deno.test("every real recording is judged", () => {
  ok(paths.length === 0 || paths.length === FILE_COUNT, `${paths.length} files`);
  if (paths.length === 0) return;
  for (const path of [...Object.keys(REFUSED), ...Object.keys(NOT_EXPORTED)]) {
    ok(paths.includes(path), path);
  }
});

for (const folder of folders) {
  truthTest(
    `${folder}: what was streamed comes back, or is refused as documented`,
    async (truth) => {
      const own = paths.filter((path) => path.slice(0, path.lastIndexOf("/")) === folder);
      const failures: string[] = [];
      for (const [index, path] of own.entries()) {
        try {
          await judge(truth, path, { patientId: "p", recordingId: `r${index}` });
        } catch (error) {
          failures.push(`${path}: ${(error as Error).stack?.slice(0, 1500)}`);
        }
      }
      strictEqual(failures.join("\n\n"), "");
    },
  );
}
