// The seizure of chb01_03 from the file to every way out: stored chunks, both JSON shapes, the exported
// file. Judged by npm:edfdecoder, by a reader that imports nothing of the product, and by the golden
// numbers of EEG_RULES section 4.

import { createHash } from "node:crypto";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AnnotationList,
  COLUMNS_MEDIA_TYPE,
  type WindowColumns,
  type WindowJson,
} from "@wavekeep/core/wire";
// @ts-types="../../core/edf/edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";
import { readWholeEdf, samplesAsInt32Bytes } from "../../core/testing/read_edf.ts";
import { physicalValue, readRawEdf } from "./testing/raw_edf.ts";
import {
  byFormat,
  describe,
  exportFile,
  readStored,
  recordingPath,
  windowPath,
} from "./testing/read_back.ts";
import { okJson, truthTest } from "./testing/truth_test_case.ts";

const FILE = "chbmit/chb01_03_Seizure.edf";
const CODES = { patientId: "chb01", recordingId: "chb01_03" };
const SHA256 = "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1";
const SHA256_OF_FIRST_SECOND = "2cd3e2ae8d226532";
const SAMPLE_COUNT = 41 * 256;

function sha256(channels: readonly Int32Array[]): string {
  return createHash("sha256").update(samplesAsInt32Bytes(channels)).digest("hex");
}

/** Unique names, as both JSON shapes use them. */
function uniqueNames(labels: readonly string[]): string[] {
  return labels.map((label, i) => labels.indexOf(label) < i ? `${label}#2` : label);
}

truthTest("the seizure of chb01_03 comes out of the stored chunks as it went in", async (truth) => {
  await truth.stream([`${truth.data}/${FILE}`], CODES);
  const [segment, ...more] = await readStored(truth, CODES, byFormat);
  deepStrictEqual(more, []);
  const channels = segment!.channels.map(({ samples }) => samples);
  strictEqual(channels.length, 23);
  ok(channels.every(({ length }) => length === SAMPLE_COUNT));
  deepStrictEqual([...channels[0]!.subarray(0, 6)], [130, 135, 127, 119, 121, 119]);
  strictEqual(sha256(channels), SHA256);
  strictEqual(
    sha256(channels.map((samples) => samples.subarray(0, 256))).slice(0, 16),
    SHA256_OF_FIRST_SECOND,
  );

  const bytes = await Deno.readFile(`${truth.data}/${FILE}`);
  const decoder = new edfdecoder.EdfDecoder();
  decoder.setInput(bytes.buffer);
  decoder.decode();
  const theirs = decoder.getOutput()!;
  strictEqual(theirs.getNumberOfSignals(), 23);
  for (const [index, samples] of channels.entries()) {
    for (let record = 0; record < 41; record++) {
      deepStrictEqual(
        samples.slice(record * 256, record * 256 + 256),
        Int32Array.from(theirs.getRawSignal(index, record)),
        `signal ${index} record ${record}`,
      );
    }
  }
});

truthTest("GET /eeg gives every sample of chb01_03 its time and its microvolts", async (truth) => {
  await truth.stream([`${truth.data}/${FILE}`], CODES);
  const file = readRawEdf(await Deno.readFile(`${truth.data}/${FILE}`));
  const names = uniqueNames(file.signals.map(({ label }) => label));
  ok(names.includes("T8-P8") && names.includes("T8-P8#2"));
  const json = await okJson<WindowJson>(await truth.get(windowPath(CODES, "0", "41")));
  deepStrictEqual(Object.keys(json.channels), names);
  deepStrictEqual(json.gaps, []);
  deepStrictEqual(json.coordinate.started_at, { civil: "2076-11-06T14:32:59", zone: null });
  ok(Object.values(json.units).every((unit) => unit === "uV"));
  strictEqual(json.channels["FP1-F7"]![0]!.value!.toFixed(6), "50.989011");
  for (const [index, name] of names.entries()) {
    const signal = file.signals[index]!;
    const values = json.channels[name]!;
    strictEqual(values.length, SAMPLE_COUNT);
    for (const [i, { timestamp, value }] of values.entries()) {
      // 1/256 s is exact in binary; the scaling may differ in its last bits.
      if (timestamp !== i / 256) throw new Error(`${name} sample ${i} at ${timestamp}`);
      const expected = physicalValue(signal, signal.samples[i]!);
      if (!(Math.abs(value! - expected) < 1e-9)) throw new Error(`${name} ${i}: ${value}`);
    }
  }
  const one = await okJson<WindowJson>(
    await truth.get(`${windowPath(CODES, "3", "5")}&channels=T8-P8%232`),
  );
  deepStrictEqual(one.channels, { "T8-P8#2": json.channels["T8-P8#2"]!.slice(3 * 256, 5 * 256) });
});

truthTest(
  "the columns of chb01_03 are its digital samples, windows cut to the sample",
  async (truth) => {
    await truth.stream([`${truth.data}/${FILE}`], CODES);
    const file = readRawEdf(await Deno.readFile(`${truth.data}/${FILE}`));
    const names = uniqueNames(file.signals.map(({ label }) => label));
    const ask = async (start: string, end: string) =>
      await okJson<WindowColumns>(
        await truth.get(windowPath(CODES, start, end), { headers: { accept: COLUMNS_MEDIA_TYPE } }),
      );
    const whole = await ask("0", "41");
    deepStrictEqual(whole.channels.map(({ name }) => name), names);
    strictEqual(whole.runs.length, 1);
    strictEqual(
      sha256(names.map((name) => Int32Array.from(whole.runs[0]!.columns[name]! as number[]))),
      SHA256,
    );
    // [a, b) selects ⌈a·r⌉ ≤ i < ⌈b·r⌉: 1.001 s begins with sample 257, 2.5 s ends before 640.
    const cut = await ask("1.001", "2.5");
    strictEqual(cut.runs[0]!.first_sample, 257);
    for (const [index, name] of names.entries()) {
      deepStrictEqual(
        cut.runs[0]!.columns[name],
        [...file.signals[index]!.samples.subarray(257, 640)],
      );
    }
  },
);

truthTest(
  "the exported chb01_03 has its samples, calibration, labels and seizure",
  async (truth) => {
    const path = `${truth.data}/${FILE}`;
    // Its seizure stands in the summary beside it, in seconds of the uncropped file.
    await truth.stream([path], CODES);
    strictEqual((await describe(truth, CODES)).seizure_count, 1);
    const bytes = await exportFile(truth, CODES);
    const [given, made] = [readRawEdf(await Deno.readFile(path)), readRawEdf(bytes)];
    strictEqual(made.reserved, "EDF+C");
    strictEqual(made.start, "06.11.76 14.32.59");
    // Label, unit, both ranges and every sample; where T8-P8 stands twice it stands twice again.
    strictEqual(made.signals.filter(({ label }) => label === "T8-P8").length, 2);
    const facts = ({ signals }: typeof given) =>
      signals.map(({ samples, samplesPerRecord: _, ...rest }) => ({
        ...rest,
        sha256: sha256([samples]),
      }));
    deepStrictEqual(facts(made), facts(given));
    strictEqual(sha256(made.signals.map(({ samples }) => samples)), SHA256);
    const marks = (await readWholeEdf(bytes)).annotations;
    deepStrictEqual(marks.map((mark) => [mark.onsetText, mark.durationText, mark.text]), [
      ["+1", "40", "Seizure"],
    ]);
  },
);

truthTest(
  "every seizure of the ground truth is where it belongs, in JSON and export",
  async (truth) => {
    const { files }: GroundTruth = JSON.parse(
      await Deno.readTextFile(`${truth.data}/GROUND_TRUTH.json`),
    );
    for (const [index, [path, seizures]] of Object.entries(files).entries()) {
      const codes = { patientId: "chb01", recordingId: `r${index}` };
      await truth.stream([`${truth.data}/${path}`], codes);
      const expected = seizures.map(({ onset, offset }) => [onset, offset - onset]);
      const { annotations } = await okJson<AnnotationList>(
        await truth.get(`${recordingPath(codes)}/annotations`),
      );
      const found = annotations.filter(({ kind }) => kind === "seizure")
        .map((mark) => [Number(mark.onset_seconds), Number(mark.duration_seconds)]);
      deepStrictEqual(found, expected, path);
      const exported = (await readWholeEdf(await exportFile(truth, codes))).annotations
        .filter(({ text }) => text === "Seizure")
        .map((mark) => [Number(mark.onsetText), Number(mark.durationText)]);
      deepStrictEqual(exported, expected, path);
    }
  },
);

interface GroundTruth {
  readonly files: Record<string, readonly { readonly onset: number; readonly offset: number }[]>;
}
