// Values of pyEDFlib 0.1.42, stored as digital samples and as the bits of binary64.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { toPhysical } from "../calibration/mod.ts";
import { toNumber } from "../time/mod.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared, readSharedText } from "../testing/shared_data.ts";

interface GoldenFile {
  recordCount?: number;
  recordDurationSeconds?: number;
  startDate?: Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;
  annotations?: { onsetSeconds: number; durationSeconds: number; text: string }[];
  signals?: GoldenSignal[];
}

interface GoldenSignal {
  label: string;
  dimension?: string;
  sampleCount: number;
  observedDigitalMin?: number;
  observedDigitalMax?: number;
  digital?: number[];
  physicalBits?: string[];
  windows?: { firstSampleIndex: number; digital: number[]; physicalBits: string[] }[];
}

/** Golden JSON and the file it was made from. */
const PAIRS = [
  ["golden/edf-symmetric.json", "golden/edf-symmetric.edf"],
  ["golden/edf-asymmetric.json", "golden/edf-asymmetric.edf"],
  ["golden/edf-narrow-digital.json", "golden/edf-narrow-digital.edf"],
  ["golden/edf-negative-gain.json", "golden/edf-negative-gain.edf"],
  ["golden/edf-annotations.json", "golden/edf-annotations.edf"],
  ["golden/bdf-24bit.json", "golden/bdf-24bit.bdf"],
  ["golden/corpus-calib.rec.json", "parser-corpus/kemp_calib.rec"],
  ["golden/corpus-test_generator.edf.json", "parser-corpus/teuniz_test_generator.edf"],
  ["golden/corpus-test_generator_2.edf.json", "parser-corpus/teuniz_test_generator_2.edf"],
  ["golden/corpus-test_generator_2.bdf.json", "parser-corpus/teuniz_test_generator_2.bdf"],
  ["golden/corpus-SC4001EC-Hypnogram.edf.json", "psg/SC4001EC-Hypnogram.edf"],
] as const;

for (const [json, path] of PAIRS) {
  Deno.test(`openEdf() and toPhysical() equal pyEDFlib bit for bit on ${path}`, async () => {
    const bytes = await readShared(path);
    const text = await readSharedText(json);
    if (bytes === undefined || text === undefined) return;
    const golden = JSON.parse(text) as GoldenFile;
    const { file, samples, annotations } = await readWholeEdf(bytes);
    strictEqual(file.recordCount, golden.recordCount ?? file.recordCount);
    strictEqual(
      toNumber(file.header.recordDuration),
      golden.recordDurationSeconds ?? toNumber(file.header.recordDuration),
    );
    if (golden.startDate) {
      const { fraction: _, ...start } = file.header.start!;
      deepStrictEqual(start, golden.startDate);
    }
    if (golden.annotations) {
      deepStrictEqual(
        annotations.map(({ onset, duration, text }) => ({
          onsetSeconds: toNumber(onset),
          durationSeconds: duration === null ? -1 : toNumber(duration),
          text,
        })),
        golden.annotations.map(({ onsetSeconds, durationSeconds, text }) => ({
          onsetSeconds,
          durationSeconds,
          text,
        })),
      );
    }
    const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
    golden.signals?.forEach((expected, i) => {
      const signal = ordinary[i]!;
      strictEqual(signal.label, expected.label);
      strictEqual(signal.unit, expected.dimension ?? signal.unit);
      strictEqual(samples[i]!.length, expected.sampleCount);
      if (expected.observedDigitalMin !== undefined) {
        strictEqual(samples[i]!.reduce((a, b) => Math.min(a, b)), expected.observedDigitalMin);
        strictEqual(samples[i]!.reduce((a, b) => Math.max(a, b)), expected.observedDigitalMax);
      }
      const whole = { firstSampleIndex: 0, digital: [], physicalBits: [], ...expected };
      for (const window of expected.windows ?? [whole]) {
        const start = window.firstSampleIndex;
        const found = samples[i]!.subarray(start, start + window.digital.length);
        deepStrictEqual([...found], window.digital);
        deepStrictEqual(
          [...toPhysical(found, signal.calibration!)].map(bitsOf),
          window.physicalBits,
          `${signal.label} from sample ${start}`,
        );
      }
    });
  });
}

Deno.test("toPhysical() equals pyEDFlib bit for bit on the real chb01_01, whose samples leave the digital range", async () => {
  const text = await readSharedText("golden/corpus-chb01_01.edf.json");
  if (text === undefined) return;
  const golden = JSON.parse(text) as GoldenFile;
  const calibration = {
    digitalMin: -2048,
    digitalMax: 2047,
    physicalMin: "-800",
    physicalMax: "800",
  };
  let outside = 0;
  for (const { windows } of golden.signals!) {
    for (const { digital, physicalBits } of windows!) {
      deepStrictEqual([...toPhysical(digital, calibration)].map(bitsOf), physicalBits);
    }
  }
  for (const { observedDigitalMin, observedDigitalMax } of golden.signals!) {
    if (observedDigitalMin! < -2048 || observedDigitalMax! > 2047) outside++;
  }
  ok(outside > 0, "some channels of chb01_01 leave the range");
});

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
