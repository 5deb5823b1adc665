/**
 * Display filters against numbers that SciPy 1.10 computed (`butter`, `iirnotch`, `lfilter` with
 * `lfilter_zi`), on real EEG where it is there, and against their own promise: a sample is the same on
 * every page.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { AssertionError } from "../assert.ts";
import { toPhysical } from "../calibration/mod.ts";
import { prng } from "../testing/prng.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { sampleRate } from "../time/mod.ts";
import {
  designFilters,
  type FilterDesign,
  FILTERS_OFF,
  type FilterSection,
  type FilterSettings,
} from "./filter_design.ts";
import { filterBlocks, filterInPlace, filterRange } from "./filter_samples.ts";

function design(changes: Partial<FilterSettings>, rateHz = 256): FilterDesign {
  return designFilters({ ...FILTERS_OFF, ...changes }, rateHz);
}

function near(found: number, wanted: number, tolerance: number): void {
  ok(Math.abs(found - wanted) <= tolerance, `${found} is not ${wanted} ± ${tolerance}`);
}

/** A slow wave, mains hum and noise on a standing offset, in µV. */
function someEeg(length: number, seed: number): Float64Array<ArrayBuffer> {
  const random = prng(seed);
  return Float64Array.from(
    { length },
    (_, i) => 180 + 60 * Math.sin(i / 31) + 8 * Math.sin(i * 1.2) + random.below(1000) / 50,
  );
}

/** Gain of sections at a frequency, by their transfer function. */
function gainAt(sections: readonly FilterSection[], hertz: number, rateHz: number): number {
  return sections.reduce((gain, { b0, b1, b2, a1, a2 }) => {
    const angle = 2 * Math.PI * hertz / rateHz;
    const norm = (x: number, y: number, z: number) =>
      Math.hypot(
        x + y * Math.cos(angle) + z * Math.cos(2 * angle),
        y * Math.sin(angle) + z * Math.sin(2 * angle),
      );
    return gain * norm(b0, b1, b2) / norm(1, a1, a2);
  }, 1);
}

const COEFFICIENTS: [string, Partial<FilterSettings>, number, number[]][] = [
  ["1 Hz low, 256 Hz", { lowHz: 1 }, 256, [
    0.9878763249661883,
    -0.9878763249661883,
    0,
    -0.9757526499323765,
    0,
  ]],
  ["0.1 Hz low, 512 Hz", { lowHz: 0.1 }, 512, [
    0.9993867838725915,
    -0.9993867838725915,
    0,
    -0.9987735677451829,
    0,
  ]],
  ["70 Hz high, 256 Hz", { highHz: 70 }, 256, [
    0.3373821436700434,
    0.6747642873400868,
    0.3373821436700434,
    0.17267960734010993,
    0.1768489673400635,
  ]],
  ["35 Hz high, 200 Hz", { highHz: 35 }, 200, [
    0.1674838001270168,
    0.3349676002540336,
    0.1674838001270168,
    -0.5570309973117509,
    0.22696619781981806,
  ]],
  ["70 Hz high, 204.8 Hz", { highHz: 70 }, 204.8, [
    0.4851230748514405,
    0.970246149702881,
    0.4851230748514405,
    0.684774366967986,
    0.2557179324377762,
  ]],
  ["50 Hz notch, 256 Hz", { notchHz: 50 }, 256, [
    0.9799541272795681,
    -0.6602732045406293,
    0.9799541272795681,
    -0.6602732045406293,
    0.9599082545591362,
  ]],
];

for (const [name, settings, rateHz, wanted] of COEFFICIENTS) {
  Deno.test(`designFilters() gives SciPy's coefficients: ${name}`, () => {
    const { b0, b1, b2, a1, a2 } = design(settings, rateHz).sections[0]!;
    [b0, b1, b2, a1, a2].forEach((value, i) => near(value, wanted[i]!, 1e-14));
  });
}

Deno.test("designFilters() turns off what lies at or above half the sample rate, and says so", () => {
  const settings = { lowHz: 1, highHz: 70, notchHz: 60 };
  deepStrictEqual(design(settings, 140).impossible, ["high"]);
  deepStrictEqual(design(settings, 141).impossible, []);
  deepStrictEqual(design(settings, 1).impossible, ["low", "high", "notch"]);
  deepStrictEqual(design(settings, 1).sections, []);
  strictEqual(design(settings, 1).timeConstant, 0);
  deepStrictEqual(design({}, 0.1).impossible, []);
});

Deno.test("designFilters() keeps −3 dB at the corner for one pass and for two", () => {
  for (const [settings, corner] of [[{ lowHz: 0.5 }, 0.5], [{ highHz: 70 }, 70]] as const) {
    near(gainAt(design(settings).sections, corner, 256), Math.SQRT1_2, 1e-12);
    const twice = design({ ...settings, phase: "zero-phase" }).sections;
    near(gainAt(twice, corner, 256) ** 2, Math.SQRT1_2, 1e-12);
  }
  // A notch at 50 Hz with Q 10 is 5 Hz wide at −3 dB.
  for (const passes of [1, 2] as const) {
    const phase = passes === 1 ? "causal" : "zero-phase";
    const { sections } = design({ notchHz: 50, notchQ: 10, phase });
    near(gainAt(sections, 50, 256), 0, 1e-12);
    // The bilinear transform keeps the width in warped frequency: the edges' product is 50² there.
    let [low, high] = [45, 50];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (gainAt(sections, middle, 256) ** passes > Math.SQRT1_2) low = middle;
      else high = middle;
    }
    near(low, 47.5, 0.15);
  }
});

Deno.test("designFilters() knows its time constants", () => {
  near(design({ lowHz: 1 }).timeConstant, 1 / (2 * Math.PI), 1e-4);
  near(design({ lowHz: 0.1 }).timeConstant, 1.5915, 1e-3);
  // Q ÷ πf of the notch; 1 ÷ (2πf · √½) of the Butterworth pair.
  near(design({ notchHz: 50 }).timeConstant, 30 / (Math.PI * 50), 2e-3);
  near(design({ highHz: 15 }).timeConstant, 1 / (2 * Math.PI * 15 * Math.SQRT1_2), 1e-4);
  ok(design({ lowHz: 0.1, phase: "zero-phase" }).timeConstant > 2.4);
  throws(() => design({ lowHz: 0 }), AssertionError);
  throws(() => design({ notchHz: 50, notchQ: 0 }), AssertionError);
});

Deno.test("filterInPlace() starts in the steady state of the first sample", () => {
  const all = design({ lowHz: 0.1, highHz: 70, notchHz: 50 }).sections;
  for (const value of filterInPlace(new Float64Array(500).fill(-512.5), all)) near(value, 0, 1e-9);
  const high = design({ highHz: 70, notchHz: 50 }).sections;
  for (const value of filterInPlace(new Float64Array(500).fill(7), high)) near(value, 7, 1e-9);
  strictEqual(filterInPlace(new Float64Array(0), all).length, 0);
});

Deno.test("filterInPlace() causally shows nothing before a step; zero-phase does", () => {
  const step = Float64Array.from({ length: 5120 }, (_, i) => i < 2560 ? 0 : 100);
  const { sections } = design({ lowHz: 1 });
  const causal = filterInPlace(step.slice(), sections);
  strictEqual(Math.max(...causal.subarray(0, 2560).map(Math.abs)), 0);
  // SciPy's filtfilt with the corner as it is: −49.39381625 µV in the sample before the step.
  const twice = filterInPlace(causal.reverse(), sections).reverse();
  near(twice[2559]!, -49.39381625, 1e-6);
  // With the corner moved so that −3 dB stays at 1 Hz: −49.60817055 µV.
  const zeroPhase = design({ lowHz: 1, phase: "zero-phase" });
  const moved = filterRange(step, zeroPhase, whole(step));
  near(moved[2559]!, -49.60817055, 1e-3);
});

function whole(values: Float64Array, rate = sampleRate(256)) {
  return { first: 0, wanted: { start: 0, end: values.length }, rate };
}

for (
  const [name, settings, samples, seconds] of [
    ["causal, 256 Hz", { lowHz: 0.5, highHz: 70, notchHz: 50 }, 256, 1],
    ["causal, 0.1 Hz", { lowHz: 0.1 }, 256, 1],
    ["causal, 63.0167 Hz", { lowHz: 1, highHz: 15 }, 630167, 10000],
    ["zero-phase", { lowHz: 1, highHz: 35, phase: "zero-phase" }, 256, 1],
    ["zero-phase, 200 Hz", { lowHz: 0.3, phase: "zero-phase" }, 200, 1],
  ] as const
) {
  Deno.test(`filterRange() gives the same bits on every page: ${name}`, () => {
    const rate = sampleRate(samples, seconds);
    const rateHz = samples / seconds;
    const filters = design(settings, rateHz);
    const values = someEeg(Math.round(rateHz * 90), 7);
    const reference = filterRange(values, filters, whole(values, rate));
    const { blockSeconds, marginSeconds } = filterBlocks(filters);
    const reach = Math.ceil((blockSeconds + 2 * marginSeconds + 1) * rateHz);
    const random = prng(8);
    for (let round = 0; round < 60; round++) {
      const start = random.below(values.length - 1);
      const end = Math.min(values.length, start + 1 + random.below(Math.round(rateHz * 12)));
      // No more of the stretch than a page would fetch.
      const first = Math.max(0, start - reach);
      const until = Math.min(values.length, end + reach);
      const part = filterRange(values.slice(first, until), filters, {
        first,
        wanted: { start, end },
        rate,
      });
      deepStrictEqual(part, reference.slice(start, end));
    }
  });
}

Deno.test("filterRange() differs from one long run by nanovolts", () => {
  const values = someEeg(256 * 120, 11);
  for (const settings of [{ lowHz: 0.1 }, { lowHz: 1, highHz: 70, notchHz: 50 }]) {
    const filters = design(settings);
    const long = filterInPlace(values.slice(), filters.sections);
    const blocks = filterRange(values, filters, whole(values));
    blocks.forEach((value, i) => near(value, long[i]!, 0.005));
  }
});

Deno.test("filterRange() of no filter is a copy", () => {
  const values = someEeg(1000, 3);
  const copy = filterRange(values, design({}), whole(values));
  deepStrictEqual(copy, values);
  copy[0] = 0;
  strictEqual(values[0] === 0, false);
});

Deno.test("C3-P3 of chb01_03: EEG_RULES' golden values through 1 Hz and 70 Hz", async () => {
  const c3P3 = await realChannel("C3-P3");
  if (c3P3 === undefined) return;
  const filters = design({ lowHz: 1, highHz: 70 });
  const run = filterInPlace(c3P3.slice(), filters.sections);
  near(run[256]!, 49.826414, 5e-7);
  near(run[2560]!, -23.437207, 5e-7);
  near(run[5120]!, -86.133489, 5e-7);
  const blocks = filterRange(c3P3, filters, whole(c3P3));
  for (const at of [256, 2560, 5120]) near(blocks[at]!, run[at]!, 0.002);
});

Deno.test("C3-P3 of chb01_03: three filters at once as SciPy runs them", async () => {
  const c3P3 = await realChannel("C3-P3");
  if (c3P3 === undefined) return;
  const run = filterInPlace(
    c3P3.slice(),
    design({ lowHz: 0.5, highHz: 70, notchHz: 60 }).sections,
  );
  const golden = [
    [256, 65.62079388980116],
    [2560, -41.36906910749306],
    [5120, -80.49209391087747],
    [10495, 59.253886492252164],
  ];
  for (const [at, value] of golden) near(run[at!]!, value!, 1e-9);
  near(
    Math.sqrt(run.reduce((sum, value) => sum + value * value, 0) / run.length),
    55.786210244,
    1e-8,
  );
});

Deno.test("C3-P3 of chb01_03: zero-phase differs from causal as SciPy's filtfilt does", async () => {
  const c3P3 = await realChannel("C3-P3");
  if (c3P3 === undefined) return;
  const { sections } = design({ lowHz: 1 });
  const causal = filterInPlace(c3P3.slice(), sections);
  const twice = filterInPlace(causal.slice().reverse(), sections).reverse();
  // 22.7 µV over the whole file (EEG_RULES); filtfilt pads its edges differently, so two seconds less
  // on each side, and with the corner moved to 0.64361 Hz.
  near(rmsOfDifference(causal, twice), 22.748, 0.1);
  near(rmsOfDifference(inner(causal), inner(twice)), 23.41478784709444, 1e-4);
  const zeroPhase = filterRange(c3P3, design({ lowHz: 1, phase: "zero-phase" }), whole(c3P3));
  near(rmsOfDifference(inner(causal), inner(zeroPhase)), 24.718364491788503, 1e-3);
  near(zeroPhase[2560]!, -36.3627472413102, 0.002);
  near(zeroPhase[5120]!, -59.37873611656616, 0.002);
});

const inner = (values: Float64Array) => values.subarray(512, -512);

function rmsOfDifference(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
}

/** One channel of the seizure crop in µV, or undefined where the recordings are not there. */
async function realChannel(label: string): Promise<Float64Array<ArrayBuffer> | undefined> {
  const bytes = await readShared("chbmit/chb01_03_Seizure.edf");
  if (bytes === undefined) return undefined;
  const { file, samples } = await readWholeEdf(bytes);
  const index = file.signals.findIndex((signal) => signal.label === label);
  return toPhysical(samples[index]!, file.signals[index]!.calibration!) as Float64Array<
    ArrayBuffer
  >;
}
