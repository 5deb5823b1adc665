/**
 * Golden values are SciPy 1.10's, of the same samples: `welch(x, rate, nperseg=2*rate, detrend="constant")`
 * on samples that were not halved; for aEEG and suppression `butter(…, output="sos")` and `sosfilt` from
 * `sosfilt_zi` on samples halved by `numpy.convolve`, greatest of half seconds, `numpy.percentile`.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Samples } from "@wavekeep/core/codec";
import { sampleRate } from "@wavekeep/core/time";
import { aeegSections, gainAt } from "./aeeg_filter.ts";
import { BIN_COUNT, binsOfBand, TREND_BANDS } from "./definition.ts";
import { EpochMaker, type EpochSecond } from "./epoch_maker.ts";
import { planTrends, type TrendPlan } from "./plan_trends.ts";
import { TrendBlock } from "./trend_block.ts";
import { TrendSum } from "./trend_sum.ts";

/** One µV a digit. */
const CALIBRATION = {
  digitalMin: -1000,
  digitalMax: 1000,
  physicalMin: "-1000",
  physicalMax: "1000",
};

function planOf(labels: readonly string[], rate: number): TrendPlan {
  const channels = labels.map((label, position) => ({
    position,
    label,
    type: "eeg" as const,
    unit: "uV",
    calibration: CALIBRATION,
    reference: "",
    prefilter: "",
  }));
  const plan = planTrends({ rate: sampleRate(rate), kind: "int32", channels });
  ok(!("reason" in plan));
  return plan;
}

/** ⌊a sin 10 Hz + 20 sin 3 Hz + noise⌋ with a generator that any language has; a tenth of it in some seconds. */
function goldenRow(row: number, rate: number): Int32Array {
  let seed = 12345 + row;
  return Int32Array.from({ length: 10 * rate }, (_, i) => {
    seed = seed * 16807 % 2147483647;
    const tones = (row === 0 ? 30 : 15) * Math.sin(2 * Math.PI * 10 * i / rate) +
      20 * Math.sin(2 * Math.PI * 3 * i / rate + row);
    const value = Math.floor(tones + seed % 41 - 20);
    return Math.floor(i / rate) % 4 === 3 ? Math.floor(value * 0.1) : value;
  });
}

function secondsOf(rows: readonly Samples[], rate: number): Samples[][] {
  return Array.from(
    { length: 10 },
    (_, second) => rows.map((row) => row.slice(second * rate, (second + 1) * rate)),
  );
}

function make(plan: TrendPlan, seconds: readonly EpochSecond[]): TrendBlock {
  const counts = plan.sides.map(({ derivations }) => derivations.length);
  const block = new TrendBlock({ level: 0, block: 0 }, [counts[0]!, counts[1]!]);
  new EpochMaker(plan).make(seconds, block, 0);
  return block;
}

const GOLDEN_LINES = [0.5, 3, 10, 20, 30];

interface Golden {
  readonly decibels: readonly number[];
  readonly bands: readonly number[];
  readonly suppressed: number;
  readonly margins: readonly [number, number];
}

const GOLDEN: readonly {
  rate: number;
  rows: readonly Golden[];
  asymmetry: readonly [number, number];
}[] = [
  {
    rate: 256,
    rows: [{
      decibels: [5.232, 22.732, 26.171, -1.543, -0.311],
      bands: [161.734, 4.154, 349.071, 17.337, 532.296],
      suppressed: 0,
      margins: [8.6057, 87.342],
    }, {
      decibels: [0.745, 22.567, 20.522, -0.519, 0.556],
      bands: [148.987, 7.57, 96.262, 14.275, 267.093],
      suppressed: 3,
      margins: [5.5717, 59.5392],
    }],
    asymmetry: [-0.11911, 0.25528],
  },
  {
    rate: 250,
    rows: [{
      decibels: [5.904, 22.789, 26.159, -2.655, -0.622],
      bands: [162.669, 3.786, 348.466, 18.101, 533.022],
      suppressed: 0,
      margins: [7.872, 87.959],
    }, {
      decibels: [0.259, 22.748, 19.744, 0.181, 1.505],
      bands: [155.071, 9.001, 81.776, 14.698, 260.545],
      suppressed: 3,
      margins: [5.0962, 60.8304],
    }],
    asymmetry: [-0.13938, 0.28742],
  },
  {
    rate: 200,
    rows: [{
      decibels: [5.95, 22.656, 26.251, -1.375, -0.199],
      bands: [161.401, 6.263, 357.625, 20.39, 545.68],
      suppressed: 0,
      margins: [8.7295, 88.4715],
    }, {
      decibels: [3.164, 22.793, 20.153, 0.48, -1.807],
      bands: [157.54, 8.373, 91.046, 17.746, 274.705],
      suppressed: 2,
      margins: [5.2013, 63.093],
    }],
    asymmetry: [-0.10263, 0.20338],
  },
  {
    rate: 500,
    rows: [{
      decibels: [3.711, 22.62, 26.233, -6.522, -3.044],
      bands: [156.45, 3.64, 354.794, 8.902, 523.786],
      suppressed: 2,
      margins: [7.6923, 82.2308],
    }, {
      decibels: [-0.51, 22.768, 20.122, -2.249, -4.629],
      bands: [154.569, 5.234, 86.935, 7.893, 254.631],
      suppressed: 2,
      margins: [4.9662, 54.5953],
    }],
    asymmetry: [-0.15799, 0.28636],
  },
];

for (const { rate, rows: golden, asymmetry } of GOLDEN) {
  Deno.test(`EpochMaker agrees with SciPy at ${rate} samples a second`, () => {
    const plan = planOf(["C3-P3", "C4-P4"], rate);
    const block = make(plan, secondsOf([goldenRow(0, rate), goldenRow(1, rate)], rate));
    for (const [index, { decibels, bands, suppressed, margins }] of golden.entries()) {
      const rows = block.sides[index]!;
      deepStrictEqual(
        [rows.assessable[0], rows.windows[0], rows.halves[0], rows.aeegHalves[0]],
        [10, 9, 20, 17],
      );
      for (const [at, hertz] of GOLDEN_LINES.entries()) {
        near(rows.spectrum[2 * hertz - 1]! / 100, decibels[at]!, 0.03);
      }
      const sum = new TrendSum();
      sum.add(block, 0);
      for (const [at, band] of TREND_BANDS.entries()) {
        const { first, end } = binsOfBand(band);
        let power = 0;
        for (let bin = first; bin < end; bin++) power += sum.sides[index]!.power(bin) / 2;
        near(power / bands[at]!, 1, 0.005);
      }
      strictEqual(rows.suppressed[0], suppressed);
      near(rows.aeegLower[0]!, margins[0], 1e-3);
      near(rows.aeegUpper[0]!, margins[1], 1e-3);
    }
    near(block.pairs.relative[0]!, asymmetry[0], 5e-4);
    near(block.pairs.absolute[0]!, asymmetry[1], 5e-4);
  });
}

function near(actual: number, expected: number, tolerance: number): void {
  ok(Math.abs(actual - expected) <= tolerance, `${actual} is ${expected} ± ${tolerance}`);
}

Deno.test("the aEEG filter rises by 12 dB a decade within its band and falls outside", () => {
  for (const rate of [100, 125, 128, 160, 200, 249]) {
    const decibels = (hertz: number) => 20 * Math.log10(gainAt(aeegSections(rate), hertz / rate));
    near(decibels(10), 0, 1e-9);
    // 3 dB of each Butterworth corner beside the slope of 12 dB a decade.
    near(decibels(2), 12 * Math.log10(2 / 10) - 3.01, 1);
    near(decibels(5) - decibels(4), 12 * Math.log10(5 / 4), 0.5);
    ok(decibels(0.5) < -35 && decibels(30) < -17);
  }
});

const RATE = 256;
const LABELS = ["F7-T7", "C3-P3", "F8-T8", "C4-P4"];
const MIRRORED = planOf(LABELS, RATE);
const ROWS = [0, 1, 0, 1].map((row) => goldenRow(row, RATE));

Deno.test("EpochMaker: a hole is no second, and not a zero", () => {
  const seconds: EpochSecond[] = secondsOf(ROWS, RATE);
  seconds[4] = undefined;
  const block = make(MIRRORED, seconds);
  strictEqual(block.counts[0], 9);
  for (const rows of block.sides) {
    // Windows at 3 and 4 are gone; each of the two stretches settles anew.
    deepStrictEqual(
      [rows.assessable[0], rows.windows[0], rows.halves[0], rows.aeegHalves[0]],
      [18, 14, 36, 12],
    );
  }
  near(
    block.sides[0].spectrum[19]!,
    make(MIRRORED, secondsOf(ROWS, RATE)).sides[0].spectrum[19]!,
    150,
  );
});

Deno.test("EpochMaker: nothing stored and nothing usable have no values at all", () => {
  for (const second of [undefined, "unusable"] as const) {
    const block = make(MIRRORED, Array.from({ length: 10 }, () => second));
    strictEqual(block.counts[0], second === undefined ? 0 : 10);
    for (const rows of block.sides) {
      deepStrictEqual([rows.assessable[0], rows.windows[0], rows.halves[0]], [0, 0, 0]);
      ok(rows.spectrum.subarray(0, BIN_COUNT).every((value) => value === -0x8000));
      ok(Number.isNaN(rows.aeegLower[0]) && Number.isNaN(rows.aeegUpper[0]));
    }
    ok(Number.isNaN(block.pairs.relative[0]) && Number.isNaN(block.pairs.absolute[0]));
  }
});

Deno.test("EpochMaker: a rail takes its channel's derivations for that second, and nothing else", () => {
  const rows = ROWS.map((row) => row.slice());
  // 100 ms at the rail in second 2 of C4-P4; a flat second 7 of F7-T7.
  rows[3]!.fill(2047, 2 * RATE + 20, 2 * RATE + 46);
  rows[0]!.fill(3, 7 * RATE, 8 * RATE);
  const block = make(MIRRORED, secondsOf(rows, RATE));
  deepStrictEqual(block.sides.map(({ assessable }) => assessable[0]), [19, 19]);
  deepStrictEqual(block.sides.map(({ windows }) => windows[0]), [16, 16]);
  strictEqual(block.pairs.windows[0], 14);
  strictEqual(
    block.sides[0].suppressed[0],
    make(MIRRORED, secondsOf(ROWS, RATE)).sides[0].suppressed[0],
  );
  const floats = planTrends({
    rate: sampleRate(RATE),
    kind: "binary64",
    channels: ["C3-P3", "C4-P4"].map((label, position) => ({
      position,
      label,
      type: "eeg",
      unit: "mV",
      calibration: null,
      reference: "",
      prefilter: "",
    })),
  });
  ok(!("reason" in floats));
  const values = [0, 1].map((row) =>
    Float64Array.from(goldenRow(row, RATE), (value) => value / 1000)
  );
  const whole = make(floats, secondsOf(values, RATE));
  near(whole.sides[0].aeegUpper[0]!, GOLDEN[0]!.rows[0]!.margins[1], 1e-3);
  values[0]![5 * RATE] = NaN;
  const broken = make(floats, secondsOf(values, RATE));
  deepStrictEqual(broken.sides.map(({ assessable }) => assessable[0]), [9, 10]);
});

Deno.test("EpochMaker: an epoch follows from its own seconds alone", () => {
  const maker = new EpochMaker(MIRRORED);
  const block = new TrendBlock({ level: 0, block: 0 }, [2, 2]);
  const partial: EpochSecond[] = secondsOf(ROWS, RATE);
  partial[9] = undefined;
  maker.make(partial, block, 0);
  maker.make(secondsOf(ROWS, RATE), block, 0);
  deepStrictEqual(block.encode(), make(MIRRORED, secondsOf(ROWS, RATE)).encode());
});

Deno.test("EpochMaker: derivations of referential channels are those of bipolar ones", () => {
  const plan = planOf(["EEG C3-Ref", "EEG P3-Ref", "EEG C4-Ref", "EEG P4-Ref"], RATE);
  strictEqual(plan.sides[0].derivations[0]!.path, "(EEG C3-Ref) − (EEG P3-Ref)");
  const common = Int32Array.from({ length: 10 * RATE }, (_, i) => i % 97);
  const rows = [0, 1].flatMap((
    row,
  ) => [goldenRow(row, RATE).map((v, i) => v + common[i]!), common]);
  const bipolar = make(planOf(["C3-P3", "C4-P4"], RATE), secondsOf([ROWS[0]!, ROWS[1]!], RATE));
  deepStrictEqual(make(plan, secondsOf(rows, RATE)).encode(), bipolar.encode());
});
