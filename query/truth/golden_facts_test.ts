// The rows of EEG_RULES section 4 about files, asked of query instead of the file.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatSeconds, ZERO_SECONDS } from "@wavekeep/core/time";
import {
  type AnnotationList,
  CHUNKS_MEDIA_TYPE,
  COLUMNS_MEDIA_TYPE,
  type RecordingList,
  type WindowColumns,
  type WindowJson,
} from "@wavekeep/core/wire";
import { decodeRecords } from "../../core/testing/decode_records.ts";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import {
  type Codes,
  describe,
  exportFile,
  readStored,
  recordingPath,
  windowPath,
} from "./testing/read_back.ts";
import { okJson, type Truth, truthTest } from "./testing/truth_test_case.ts";

const CODES: Codes = { patientId: "p", recordingId: "facts" };

async function values(truth: Truth, start: string, end: string, more = ""): Promise<WindowJson> {
  return await okJson(await truth.get(windowPath(CODES, start, end) + more));
}

async function columns(
  truth: Truth,
  start: string,
  end: string,
  more = "",
): Promise<WindowColumns> {
  const path = windowPath(CODES, start, end) + more;
  return await okJson(await truth.get(path, { headers: { accept: COLUMNS_MEDIA_TYPE } }));
}

async function annotations(truth: Truth): Promise<AnnotationList["annotations"]> {
  const path = `${recordingPath(CODES)}/annotations`;
  return (await okJson<AnnotationList>(await truth.get(path))).annotations;
}

/** Samples in each stored chunk of one stream. */
async function chunkLengths(truth: Truth, start: string, end: string, stream: number) {
  const response = await truth.get(windowPath(CODES, start, end), {
    headers: { accept: CHUNKS_MEDIA_TYPE },
  });
  strictEqual(response.status, 200);
  return [...decodeRecords(await response.bytes())]
    .filter(({ header }) => header.stream === stream)
    .map(({ samples }) => samples.length);
}

truthTest(
  "pyedflib_test_subsecond.edf: marks count from the header, samples from their own start",
  async (truth) => {
    await truth.stream([`${truth.data}/parser-corpus/pyedflib_test_subsecond.edf`], CODES);
    const { segments: [segment] } = await describe(truth, CODES);
    strictEqual(segment!.start_seconds, "0.3945312");
    const spike = (await annotations(truth)).find((mark) => mark.onset_seconds === "2.3457031");
    ok(spike !== undefined, "the onset as it was written");
    // 1.9511719 s after the first sample is index 249.75, so the window begins with 250.
    const { runs: [run] } = await columns(truth, "2.3457031", "3");
    strictEqual(run!.first_sample, 250);
    strictEqual((await columns(truth, "2.34", "3")).runs[0]!.first_sample, 250);
    strictEqual((await columns(truth, "2.339", "3")).runs[0]!.first_sample, 249);
    const digital = (await columns(truth, "0", "700")).runs[0]!;
    const [name] = Object.keys(digital.columns);
    const at = digital.columns[name!]!.indexOf(-24);
    ok(at >= 0, "the file holds a digital -24");
    const physical = (await values(truth, "0", "700")).channels[name!]!;
    strictEqual(physical[at]!.value!.toFixed(6), "6.247303");
    strictEqual(physical[0]!.timestamp, 0.3945312);
    // The fraction goes into the first TAL of the export; header and marks stay.
    const { file, annotations: marks } = await readWholeEdf(await exportFile(truth, CODES));
    strictEqual(formatSeconds((await file.runs())[0]!.onset), "0.3945312");
    ok(marks.some(({ onsetText }) => onsetText === "+2.3457031"));
  },
);

truthTest("SC4001EC-Hypnogram.edf: a recording of marks only", async (truth) => {
  await truth.stream([`${truth.data}/psg/SC4001EC-Hypnogram.edf`], CODES);
  const detail = await describe(truth, CODES);
  deepStrictEqual(
    [detail.segments, detail.channels, detail.holes, detail.rates],
    [[], [], [], []],
  );
  strictEqual(detail.duration_seconds, "86400", "it ends with its last mark");
  strictEqual(detail.annotation_count, 154);
  const { recordings } = await okJson<RecordingList>(await truth.get("/recordings?patient_id=p"));
  deepStrictEqual(recordings.map((entry) => entry.duration_seconds), ["86400"]);
  const marks = await annotations(truth);
  strictEqual(marks.length, 154);
  const last = marks.at(-1)!;
  deepStrictEqual([last.onset_seconds, last.duration_seconds], ["79500", "6900"]);
  strictEqual(marks.filter(({ kind }) => kind === "sleep-stage").length, 154);
  const window = await values(truth, "0", "30");
  deepStrictEqual([window.channels, window.gaps], [{}, []]);
  const exported = await readWholeEdf(await exportFile(truth, CODES));
  deepStrictEqual(exported.samples, []);
  deepStrictEqual(exported.file.header.recordDuration, ZERO_SECONDS);
  deepStrictEqual(
    exported.annotations.map((
      { onsetText, durationText, text },
    ) => [onsetText, durationText, text]),
    marks.map((mark) => [`+${mark.onset_seconds}`, mark.duration_seconds, mark.text]),
  );
});

truthTest(
  "mne_test_uneven_samp.edf: 12.8 Hz is stored as 13, 13, 13, 13, 12 beside 100 Hz",
  async (truth) => {
    await truth.stream([`${truth.data}/parser-corpus/mne_test_uneven_samp.edf`], CODES);
    const { segments: [segment], rates } = await describe(truth, CODES);
    deepStrictEqual(rates, [{ samples: "100", seconds: "1" }, { samples: "64", seconds: "5" }]);
    const slow = segment!.streams.find(({ rate }) => rate.samples === "64")!;
    const lengths = await chunkLengths(truth, "0", "10", slow.stream);
    deepStrictEqual(lengths, [13, 13, 13, 13, 12, 13, 13, 13, 13, 12]);
    const { name } = (await columns(truth, "0", "1")).channels[slow.channels[0]!.position]!;
    const second = await values(truth, "1", "2", `&channels=${encodeURIComponent(name)}`);
    // ⌈12.8⌉ = 13 ≤ i < ⌈25.6⌉ = 26
    deepStrictEqual(
      second.channels[name]!.map(({ timestamp }) => timestamp),
      Array.from({ length: 13 }, (_, i) => (13 + i) * 10 / 128),
    );
  },
);

truthTest("Osas2002plusQRS.edf: 0.1 Hz is one chunk in ten seconds", async (truth) => {
  await truth.stream([`${truth.data}/psg/Osas2002plusQRS.edf`], CODES);
  const { segments: [segment], annotation_count: count } = await describe(truth, CODES);
  strictEqual(count, 1556);
  const slow = segment!.streams.find(({ rate }) => rate.seconds === "10")!;
  deepStrictEqual([slow.chunk_count, slow.end_sample], [120, 120]);
  const { name } = (await columns(truth, "0", "20")).channels[slow.channels[0]!.position]!;
  const some = (await values(truth, "5", "35", `&channels=${encodeURIComponent(name)}`))
    .channels[name]!;
  deepStrictEqual(some.map(({ timestamp }) => timestamp), [10, 20, 30]);
  const none = await values(truth, "11", "19.5", `&channels=${encodeURIComponent(name)}`);
  deepStrictEqual([none.channels[name], none.gaps], [[], []], "between two samples is no gap");
  // C3-O1, both to M2, in physical units because their gains differ.
  const { channels } = await values(truth, "0", "0.03");
  const c3 = channels["EEG C3-M2"]!;
  deepStrictEqual(
    channels["EEG O1-M2"]!.map(({ value }, i) => (c3[i]!.value! - value!).toFixed(5)),
    ["-14.66606", "-14.04994", "-16.58708"],
  );
});

truthTest("mne_test_edf_stim_channel.edf: 1,228 samples in 9.59375 s are 128 Hz", async (truth) => {
  await truth.stream([`${truth.data}/parser-corpus/mne_test_edf_stim_channel.edf`], CODES);
  const detail = await describe(truth, CODES);
  deepStrictEqual(detail.rates, [{ samples: "128", seconds: "1" }]);
  strictEqual(detail.duration_seconds, "9.59375");
  deepStrictEqual(detail.holes, [], "the end of the file is no hole");
});

truthTest(
  "63.0167 Hz comes through the plan's JSON in seconds of 64, 63 and 63 samples",
  async (truth) => {
    const rate = { samples: "630167", seconds: "10000" };
    const send = async (start: string, count: number) =>
      await truth.post("/ingest", {
        "patient_id": CODES.patientId,
        "recording_id": CODES.recordingId,
        channels: ["A"],
        start,
        "sample_rate": rate,
        samples: [Array.from({ length: count }, (_, i) => i)],
      });
    strictEqual((await send("0", 64)).status, 201);
    // Sample 64 lies at 1.0156... s, which no decimal tells exactly: the grid cannot be met in text.
    const refused = await send("1.015603546", 63);
    strictEqual(refused.status, 422);
    strictEqual((await refused.json()).type.split("/").at(-1), "off-grid");
    const { runs } = await columns(truth, "0", "1");
    deepStrictEqual(runs[0]!.rate, rate);
    strictEqual(runs[0]!.columns["A"]!.length, 64, "⌈63.0167⌉ samples lie in the first second");
  },
);

truthTest(
  "mne_duplicate_channel_labels.edf: both channels called EEG F1-Ref have their own samples",
  async (truth) => {
    await truth.stream([`${truth.data}/parser-corpus/mne_duplicate_channel_labels.edf`], CODES);
    const { channels, runs } = await columns(truth, "0", "10");
    ok(channels.every(({ channel }) => channel.label.startsWith("EEG F")));
    const sum = (name: string) =>
      (runs[0]!.columns[name] as number[]).reduce((total, value) => total + value, 0);
    deepStrictEqual([sum("EEG F1-Ref"), sum("EEG F1-Ref#2")], [190_136, 145_925]);
    const second = await columns(truth, "0", "10", "&channels=EEG%20F1-Ref%232");
    deepStrictEqual(Object.keys(second.runs[0]!.columns), ["EEG F1-Ref#2"]);
  },
);

truthTest(
  "Newtest17-256.bdf: BioSemi's Status keeps its 24 bits through chunks and BDF",
  async (truth) => {
    await truth.stream([`${truth.data}/bdf/Newtest17-256.bdf`], CODES);
    const [segment] = await readStored(truth, CODES);
    const bytes = await exportFile(truth, CODES);
    const exported = await readWholeEdf(bytes);
    strictEqual(exported.file.format, "BDF+C");
    const stored = segment!.channels.at(-1)!;
    strictEqual(stored.label, "Status");
    for (const status of [stored.samples, exported.samples.at(-1)!]) {
      strictEqual(status[0]! & 0xffffff, 0x1d00ff);
      const set = (bit: number) => [...status.keys()].filter((i) => (status[i]! >> bit & 1) === 1);
      deepStrictEqual(set(16), [...Array(256).keys()]);
      strictEqual(set(20).length, status.length);
    }
    const status = (await columns(truth, "0", "1")).channels.find(({ name }) => name === "Status")!;
    strictEqual(status.channel.type, "status");
  },
);

truthTest(
  "mne_test_bdf_stim_channel.bdf: the mean of C3, and a Status that claims microvolts",
  async (truth) => {
    await truth.stream([`${truth.data}/bdf/mne_test_bdf_stim_channel.bdf`], CODES);
    const { channels, units } = await values(truth, "0", "10");
    const c3 = channels["C3"]!;
    strictEqual((c3.reduce((sum, { value }) => sum + value!, 0) / c3.length).toFixed(1), "9019.5");
    strictEqual(units["Status"], "uV");
    const status = (await columns(truth, "0", "1")).channels.find(({ name }) => name === "Status")!;
    strictEqual(
      status.channel.type,
      "status",
      "so that no filter or montage takes it for a voltage",
    );
  },
);

truthTest("Siena PN00-3: prefilter texts come back as written", async (truth) => {
  await truth.stream([`${truth.data}/synthetic-many-small/siena/PN00/PN00-3.edf`], CODES);
  const { segments: [segment] } = await describe(truth, CODES);
  const stored = segment!.streams.flatMap(({ channels }) => channels.map((c) => c.prefilter));
  ok(stored.some((text) => text.startsWith("HP:15.91549Hz LP:15Hz")));
  ok(stored.some((text) => text.startsWith("HP:-1Hz")));
  const exported = (await readWholeEdf(await exportFile(truth, CODES))).file.signals
    .filter((signal) => !signal.isAnnotation).map(({ prefilter }) => prefilter);
  deepStrictEqual([...exported].sort(), [...stored].sort());
});

truthTest("F7-F3 of the chb01_03 seizure is (FP1-F3) - (FP1-F7)", async (truth) => {
  await truth.stream([`${truth.data}/chbmit/chb01_03_Seizure.edf`], CODES);
  const { runs } = await columns(truth, "0", "1", "&channels=FP1-F3,FP1-F7");
  const [f3, f7] = ["FP1-F3", "FP1-F7"].map((name) => runs[0]!.columns[name] as number[]);
  deepStrictEqual(
    f3!.slice(0, 6).map((value, i) => value - f7![i]!),
    [-110, -111, -108, -99, -94, -88],
  );
  const { channels } = await values(truth, "0", "0.004", "&channels=@4,@0");
  strictEqual(
    (channels["FP1-F3"]![0]!.value! - channels["FP1-F7"]![0]!.value!).toFixed(4),
    "-42.9792",
  );
});
