// Gaps of EDF+D files, and between files, from the file to the JSON, the recording's holes and the export.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { addSeconds, exactSeconds, formatSeconds } from "@wavekeep/core/time";
import {
  type AnnotationList,
  COLUMNS_MEDIA_TYPE,
  type WindowColumns,
  type WindowJson,
} from "@wavekeep/core/wire";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import {
  type Codes,
  describe,
  exportFile,
  recordingPath,
  windowPath,
} from "./testing/read_back.ts";
import { readRawEdf } from "./testing/raw_edf.ts";
import { okJson, type Truth, truthTest } from "./testing/truth_test_case.ts";

const CODES: Codes = { patientId: "p", recordingId: "gaps" };

type Hole = WindowJson["gaps"][number];

/** `[1,2)`, and how well it is known where that is not exactly. */
function rangeOf({ start, end, uncertainty, kind }: Hole): string {
  strictEqual(kind, "not-recorded");
  return `[${start},${end})${uncertainty === "0" ? "" : ` ± ${uncertainty}`}`;
}

/** Where the data of an exported file lie, as `[0,1)`. */
async function runsOf(bytes: Uint8Array): Promise<{ format: string; runs: string[] }> {
  const { file } = await readWholeEdf(bytes);
  const { recordDuration } = file.header;
  const runs = (await file.runs()).map(({ onset, recordCount }) => {
    const { numerator, denominator } = recordDuration;
    const length = exactSeconds(numerator * BigInt(recordCount), denominator);
    return `[${formatSeconds(onset)},${formatSeconds(addSeconds(onset, length))})`;
  });
  return { format: file.format, runs };
}

async function window(truth: Truth, start: string, end: string, more = ""): Promise<WindowJson> {
  return await okJson(await truth.get(windowPath(CODES, start, end) + more));
}

truthTest("edfReader_edfPlusD.edf keeps its five gaps in every answer", async (truth) => {
  await truth.stream([`${truth.data}/parser-corpus/edfReader_edfPlusD.edf`], CODES);
  const gaps = ["[1,2)", "[3,4)", "[10,12)", "[13,15)", "[16,19)"];
  const detail = await describe(truth, CODES);
  deepStrictEqual(detail.holes.map(rangeOf), gaps);
  strictEqual(detail.duration_seconds, "20");
  deepStrictEqual(
    detail.segments.map((segment) => [segment.start_seconds, segment.end_seconds]),
    [["0", "1"], ["2", "3"], ["4", "10"], ["12", "13"], ["15", "16"], ["19", "20"]],
  );
  const whole = await window(truth, "0", "20");
  deepStrictEqual(whole.gaps.map(rangeOf), gaps);
  for (const values of Object.values(whole.channels)) {
    strictEqual(values.length, 11 * 200, "11 s of data in 20 s");
    ok(values.every(({ timestamp }) =>
      !gaps.some((gap) => {
        const [start, end] = gap.slice(1, -1).split(",").map(Number);
        return start! <= timestamp && timestamp < end!;
      })
    ));
  }
  const part = await window(truth, "0.5", "3.5");
  deepStrictEqual(part.gaps.map(rangeOf), ["[1,2)", "[3,3.5)"]);
  ok(Object.values(part.channels).every(({ length }) => length === 100 + 200));
  const inside = await window(truth, "16.25", "18.75");
  deepStrictEqual(inside.gaps.map(rangeOf), ["[16.25,18.75)"]);
  ok(Object.values(inside.channels).every(({ length }) => length === 0));

  const bytes = await exportFile(truth, CODES);
  deepStrictEqual(await runsOf(bytes), {
    format: "EDF+D",
    runs: ["[0,1)", "[2,3)", "[4,10)", "[12,13)", "[15,16)", "[19,20)"],
  });
  // A window without a gap is a continuous file that begins at its own second.
  const middle = await exportFile(truth, CODES, "?start=4&end=10");
  deepStrictEqual(await runsOf(middle), { format: "EDF+C", runs: ["[0,6)"] });
  const [first, all] = [readRawEdf(middle), readRawEdf(bytes)];
  deepStrictEqual(
    first.signals.map(({ samples }) => samples),
    all.signals.map(({ samples }) => samples.slice(2 * 200, 8 * 200)),
  );
});

truthTest(
  "a seizure that begins in a gap and outlasts the file stays where it is",
  async (truth) => {
    await truth.stream(
      [`${truth.data}/chbmit/chb01_18_s1710_edfplusD_reencoded.edf`],
      CODES,
    );
    const detail = await describe(truth, CODES);
    deepStrictEqual(detail.holes.map(rangeOf), ["[10,20)"]);
    strictEqual(detail.seizure_count, 1);
    strictEqual(detail.duration_seconds, "30", "the recording ends with its last sample");
    strictEqual(detail.complete, true);
    const marks = async (range: string) => {
      const path = `${recordingPath(CODES)}/annotations${range}`;
      const { annotations } = await okJson<AnnotationList>(await truth.get(path));
      return annotations.map((mark) => [mark.kind, mark.onset_seconds, mark.duration_seconds]);
    };
    const seizure = [["seizure", "10", "90"]];
    deepStrictEqual(await marks(""), seizure);
    deepStrictEqual(await marks("?start=12&end=13"), seizure, "found inside the gap");
    deepStrictEqual(await marks("?start=99&end=200"), seizure, "found behind the last sample");
    deepStrictEqual(await marks("?start=0&end=10"), [], "half-open");
    deepStrictEqual((await window(truth, "0", "30")).gaps.map(rangeOf), ["[10,20)"]);
    const bytes = await exportFile(truth, CODES);
    deepStrictEqual(await runsOf(bytes), { format: "EDF+D", runs: ["[0,10)", "[20,30)"] });
    const { annotations } = await readWholeEdf(bytes);
    deepStrictEqual(annotations.map((mark) => [mark.onsetText, mark.durationText, mark.text]), [
      ["+10", "90", "Seizure"],
    ]);
  },
);

truthTest(
  "nihonkohden_MB0400FU.EDF says EDF+D and has no gap, and keeps its marks as texts",
  async (truth) => {
    await truth.stream([`${truth.data}/clinical/nihonkohden_MB0400FU.EDF`], CODES);
    const detail = await describe(truth, CODES);
    deepStrictEqual(detail.holes, []);
    strictEqual(detail.segment_count, 1);
    strictEqual(detail.annotation_count, 4);
    const { annotations } = await okJson<AnnotationList>(
      await truth.get(`${recordingPath(CODES)}/annotations`),
    );
    const texts = annotations.map(({ text }) => text);
    ok(texts.includes("+0.000000") && texts.includes("+1.140000"));
    const bytes = await exportFile(truth, CODES);
    deepStrictEqual(await runsOf(bytes), { format: "EDF+C", runs: ["[0,29)"] });
    const exported = (await readWholeEdf(bytes)).annotations.map(({ text }) => text);
    deepStrictEqual(exported.sort(), texts.sort());
  },
);

truthTest("two crops of chb01_03 are one recording with a gap of 2,954 ± 1 s", async (truth) => {
  // Given in the wrong order: the headers' clocks decide.
  await truth.stream([
    `${truth.data}/chbmit/chb01_03_Seizure.edf`,
    `${truth.data}/chbmit/chb01_03_NonSeizure.edf`,
  ], CODES);
  const detail = await describe(truth, CODES);
  deepStrictEqual(detail.holes.map(rangeOf), ["[41,2995) ± 1"]);
  strictEqual(detail.started_at?.civil, "2076-11-06T13:43:04");
  const across = await window(truth, "40", "2996", "&channels=FP1-F7");
  deepStrictEqual(across.gaps.map(rangeOf), ["[41,2995) ± 1"]);
  deepStrictEqual(
    across.channels["FP1-F7"]!.map(({ timestamp }) => Math.floor(timestamp)),
    [...Array(256).fill(40), ...Array(256).fill(2995)],
  );
  const clock = await okJson<WindowColumns>(
    await truth.get(
      windowPath(CODES, "2076-11-06T14:32:59", "2076-11-06T14:33:00") + "&coordinate=clock",
      { headers: { accept: COLUMNS_MEDIA_TYPE } },
    ),
  );
  deepStrictEqual([clock.start, clock.end], ["2995", "2996"]);
  deepStrictEqual(clock.runs[0]!.columns["FP1-F7"]!.slice(0, 6), [130, 135, 127, 119, 121, 119]);
  const bytes = await exportFile(truth, CODES);
  deepStrictEqual(await runsOf(bytes), { format: "EDF+D", runs: ["[0,41)", "[2995,3036)"] });
});
