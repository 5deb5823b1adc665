// Every row of EEG_RULES section 4 that concerns files; the numbers come from NumPy, SciPy and MNE.

import { createHash } from "node:crypto";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { toPhysical } from "../calibration/mod.ts";
import {
  addSeconds,
  differenceSeconds,
  exactSeconds,
  firstSampleAtOrAfter,
  formatRate,
  formatSeconds,
  parseSeconds,
  rateFromRecord,
  secondsOfSample,
  subtractSeconds,
  toNumber,
} from "../time/mod.ts";
import { readWholeEdf, samplesAsInt32Bytes, type WholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { biosemiStatusIndex, findBiosemiBreaks } from "./biosemi_status.ts";
import { describeChannels } from "./describe_channels.ts";

/** Runs `check` on a real file, when it is there. */
function golden(
  name: string,
  path: string,
  check: (whole: WholeEdf) => void | Promise<void>,
): void {
  Deno.test(name, async () => {
    const bytes = await readShared(path);
    if (bytes !== undefined) await check(await readWholeEdf(bytes));
  });
}

function sha256(samples: readonly Int32Array[]): string {
  return createHash("sha256").update(samplesAsInt32Bytes(samples)).digest("hex");
}

/** Where runs end and the next begins: `[1,2)`. */
async function gapsOf({ file }: WholeEdf): Promise<string[]> {
  const runs = await file.runs();
  return runs.slice(1).map((run, i) => {
    const before = runs[i]!;
    const duration = file.header.recordDuration;
    const length = exactSeconds(
      duration.numerator * BigInt(before.recordCount),
      duration.denominator,
    );
    return `[${formatSeconds(addSeconds(before.onset, length))},${formatSeconds(run.onset)})`;
  });
}

golden(
  "chb01_03_Seizure.edf has its golden samples, gain and digests",
  "chbmit/chb01_03_Seizure.edf",
  ({ file, samples }) => {
    strictEqual(samples.length, 23);
    ok(samples.every((channel) => channel.length === 10_496));
    deepStrictEqual([...samples[0]!.subarray(0, 6)], [130, 135, 127, 119, 121, 119]);
    const calibration = file.signals[0]!.calibration!;
    strictEqual(toPhysical([130], calibration)[0]!.toFixed(6), "50.989011");
    strictEqual(toPhysical([0], calibration)[0]!.toFixed(6), "0.195360");
    strictEqual(
      sha256(samples),
      "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1",
    );
    const firstSecond = samples.map((channel) => channel.subarray(0, 256));
    strictEqual(sha256(firstSecond).slice(0, 16), "2cd3e2ae8d226532");
  },
);

for (
  const [path, digest] of [
    ["chbmit/chb01_03_NonSeizure.edf", "70d630718c9e0359"],
    ["eegmmidb/S001R03.edf", "6312f4e4f0846759"],
    ["clinical/nihonkohden_MB0400FU.EDF", "1108edb70900d509"],
    ["bdf/Newtest17-256.bdf", "a738e85dc790a4bf"],
    ["chbmit/chb01_18_s1710_edfplusD_reencoded.edf", "cedfd5f8189ab296"],
  ] as const
) {
  golden(`${path} has its golden digest`, path, ({ samples }) => {
    strictEqual(sha256(samples).slice(0, 16), digest);
  });
}

golden(
  "F7-F3 of chb01_03_Seizure.edf is (FP1-F3) - (FP1-F7) in physical units",
  "chbmit/chb01_03_Seizure.edf",
  ({ file, samples }) => {
    const [f7, f3] = [0, 4];
    const digital = [...samples[f3]!.subarray(0, 6)].map((v, i) => v - samples[f7]![i]!);
    deepStrictEqual(digital, [-110, -111, -108, -99, -94, -88]);
    const microvolts = (i: number) => toPhysical([samples[i]![0]!], file.signals[i]!.calibration!);
    strictEqual((microvolts(f3)[0]! - microvolts(f7)[0]!).toFixed(4), "-42.9792");
  },
);

golden(
  "Osas2002plusQRS.edf gives C3-O1 in physical units, the gains being different",
  "psg/Osas2002plusQRS.edf",
  ({ file, samples }) => {
    const microvolts = (label: string) => {
      const index = file.signals.findIndex((signal) => signal.label === label);
      return toPhysical(samples[index]!.subarray(0, 3), file.signals[index]!.calibration!);
    };
    const [c3, o1] = [microvolts("EEG C3-M2"), microvolts("EEG O1-M2")];
    deepStrictEqual(
      [...c3].map((value, i) => (value - o1[i]!).toFixed(5)),
      ["-14.66606", "-14.04994", "-16.58708"],
    );
    const rates = describeChannels(file).streams.map(({ rate }) => formatRate(rate));
    deepStrictEqual(rates, ["100", "0.1"]);
  },
);

golden(
  "edfReader_edfPlusD.edf has five gaps and 11 s of samples in 20 s",
  "parser-corpus/edfReader_edfPlusD.edf",
  async (whole) => {
    deepStrictEqual(await gapsOf(whole), ["[1,2)", "[3,4)", "[10,12)", "[13,15)", "[16,19)"]);
    strictEqual(whole.file.recordCount, 11);
    const last = (await whole.file.runs()).at(-1)!;
    strictEqual(formatSeconds(addSeconds(last.onset, exactSeconds(last.recordCount))), "20");
  },
);

golden(
  "chb01_18 EDF+D has the gap [10,20), in which its seizure begins to outlast the file",
  "chbmit/chb01_18_s1710_edfplusD_reencoded.edf",
  async (whole) => {
    deepStrictEqual(await gapsOf(whole), ["[10,20)"]);
    strictEqual(whole.annotations.length, 1);
    const { onset, duration, text, recordIndex } = whole.annotations[0]!;
    strictEqual(formatSeconds(onset), "10");
    strictEqual(formatSeconds(addSeconds(onset, duration!)), "100");
    strictEqual(text, "Seizure");
    strictEqual(recordIndex, 10);
  },
);

Deno.test("the two chb01_03 crops leave a gap of 2,954 s between them", async () => {
  const first = await readShared("chbmit/chb01_03_NonSeizure.edf");
  const second = await readShared("chbmit/chb01_03_Seizure.edf");
  if (first === undefined || second === undefined) return;
  const [a, b] = [(await readWholeEdf(first)).file, (await readWholeEdf(second)).file];
  strictEqual(a.header.start!.year, 2076);
  const offset = differenceSeconds(b.header.start!, a.header.start!);
  strictEqual(formatSeconds(subtractSeconds(offset, exactSeconds(a.recordCount))), "2954");
});

golden(
  "pyedflib_test_subsecond.edf has an inverted range and begins 0.3945312 s after its header",
  "parser-corpus/pyedflib_test_subsecond.edf",
  async ({ file, samples, annotations }) => {
    const calibration = file.signals[0]!.calibration!;
    deepStrictEqual([calibration.physicalMin, calibration.physicalMax], ["8711", "-8711"]);
    strictEqual(toPhysical([-24], calibration)[0]!.toFixed(6), "6.247303");
    ok(samples[0]!.length > 0);
    const [run, ...more] = await file.runs();
    deepStrictEqual(more, []);
    strictEqual(formatSeconds(run!.onset), "0.3945312");
    const spike = annotations.find((annotation) => annotation.onsetText === "+2.3457031")!;
    const afterFirstSample = subtractSeconds(spike.onset, run!.onset);
    strictEqual(formatSeconds(afterFirstSample), "1.9511719");
    const rate = describeChannels(file).streams[0]!.rate;
    strictEqual(firstSampleAtOrAfter(rate, afterFirstSample), 250);
    strictEqual((toNumber(afterFirstSample) * 128).toFixed(2), "249.75");
  },
);

golden(
  "SC4001EC-Hypnogram.edf has 154 marks and no stream, and ends with its last mark",
  "psg/SC4001EC-Hypnogram.edf",
  async ({ file, samples, annotations }) => {
    deepStrictEqual(samples, []);
    deepStrictEqual(await file.runs(), []);
    deepStrictEqual(describeChannels(file).streams, []);
    strictEqual(annotations.length, 154);
    const last = annotations.at(-1)!;
    strictEqual(last.onsetText, "+79500");
    strictEqual(formatSeconds(last.duration!), "6900");
    strictEqual(formatSeconds(addSeconds(last.onset, last.duration!)), "86400");
  },
);

Deno.test("rates are exact ratios: 1228 samples in 9.59375 s are 128 Hz", () => {
  strictEqual(formatRate(rateFromRecord(1228, parseSeconds("9.59375"))), "128");
});

golden(
  "mne_test_edf_stim_channel.edf has exactly 128 Hz",
  "parser-corpus/mne_test_edf_stim_channel.edf",
  ({ file }) => {
    deepStrictEqual(describeChannels(file).streams.map(({ rate }) => formatRate(rate)), ["128"]);
    strictEqual(file.format, "EDF");
    strictEqual(file.header.reserved, "reserved");
  },
);

for (
  const [samplesPerRecord, duration, counts] of [
    [128, "10", [13, 13, 13, 13, 12]],
    [630_167, "10000", [64, 63, 63]],
    [1, "10", [1, 0, 0]],
  ] as const
) {
  Deno.test(`${samplesPerRecord} samples in ${duration} s fall into seconds as ${counts.join(", ")}`, () => {
    const rate = rateFromRecord(samplesPerRecord, parseSeconds(duration));
    const found = counts.map((_, second) =>
      firstSampleAtOrAfter(rate, exactSeconds(second + 1)) -
      firstSampleAtOrAfter(rate, exactSeconds(second))
    );
    deepStrictEqual(found, [...counts]);
    strictEqual(formatSeconds(secondsOfSample(rate, 0)), "0");
  });
}

golden(
  "mne_test_uneven_samp.edf has 12.8 Hz beside 100 Hz",
  "parser-corpus/mne_test_uneven_samp.edf",
  ({ file }) => {
    const { streams, signalIndexes } = describeChannels(file);
    deepStrictEqual(streams.map(({ rate }) => formatRate(rate)), ["100", "12.8"]);
    deepStrictEqual(signalIndexes, [[0], [1]]);
  },
);

golden(
  "nihonkohden_MB0400FU.EDF keeps texts that look like onsets, and has no gap",
  "clinical/nihonkohden_MB0400FU.EDF",
  async (whole) => {
    strictEqual(whole.file.format, "EDF+D");
    deepStrictEqual(await gapsOf(whole), []);
    strictEqual(whole.annotations.length, 4);
    const texts = whole.annotations.map(({ text }) => text);
    ok(texts.includes("+0.000000"));
    ok(texts.includes("+1.140000"));
  },
);

golden(
  "mne_duplicate_channel_labels.edf keeps both channels called EEG F1-Ref apart",
  "parser-corpus/mne_duplicate_channel_labels.edf",
  ({ file, samples }) => {
    const sums = samples
      .filter((_, i) => file.signals[i]!.label === "EEG F1-Ref")
      .map((channel) => channel.reduce((sum, value) => sum + value, 0));
    deepStrictEqual(sums, [190_136, 145_925]);
  },
);

golden(
  "Newtest17-256.bdf has BioSemi's Status bits and no break",
  "bdf/Newtest17-256.bdf",
  async ({ file, samples }) => {
    const status = samples[biosemiStatusIndex(file)!]!;
    strictEqual(status[0]! & 0xffffff, 0x1d00ff);
    const set = (bit: number) => [...status.keys()].filter((i) => (status[i]! >> bit & 1) === 1);
    deepStrictEqual(set(16), [...Array(256).keys()]);
    strictEqual(set(20).length, status.length);
    deepStrictEqual(await Array.fromAsync(findBiosemiBreaks(file)), []);
  },
);

golden(
  "mne_test_bdf_stim_channel.bdf has its golden mean, and a Status that claims microvolts",
  "bdf/mne_test_bdf_stim_channel.bdf",
  ({ file, samples }) => {
    const c3 = toPhysical(samples[0]!, file.signals[0]!.calibration!);
    strictEqual((c3.reduce((sum, value) => sum + value, 0) / c3.length).toFixed(1), "9019.5");
    const [{ channels } = { channels: [] }] = describeChannels(file).streams;
    const status = channels.find(({ label }) => label === "Status")!;
    deepStrictEqual([status.type, status.unit], ["status", "uV"]);
  },
);

golden(
  "Siena PN00-3 keeps its prefilter texts",
  "synthetic-many-small/siena/PN00/PN00-3.edf",
  ({ file }) => {
    const prefilters = new Set(file.signals.map((signal) => signal.prefilter));
    ok([...prefilters].some((text) => text.startsWith("HP:15.91549Hz LP:15Hz")));
    ok([...prefilters].some((text) => text.startsWith("HP:-1Hz")));
  },
);
