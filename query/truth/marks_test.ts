// Marks that EDF+ ties to a channel, marks with odd texts and times: through the pipeline and out again.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { AnnotationList } from "@wavekeep/core/wire";
import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { exportFile, recordingPath } from "./testing/read_back.ts";
import { okJson } from "./testing/truth_test_case.ts";

const CODES = { patientId: "p", recordingId: "marks" };

/** As they stand in a file, onset to text. */
const MARKS: readonly (readonly [onset: string, duration: string | null, text: string])[] = [
  ["+0.25", null, "Spike@@C3"],
  ["+0.5", "0.125", "Spike@@T8-P8"],
  ["+1", "0", "zero is not none"],
  ["+1.0000001", null, "seven digits"],
  ["+1.5", null, "two\nlines"],
  ["+2", null, "mail@@nobody"],
  ["-1.5", "2", "before the start"],
  ["+99", null, "behind the end"],
];

function fileWithMarks(): Uint8Array {
  const record = Array.from({ length: 16 }, (_, i) => i * 100);
  const lists = MARKS.map(([onset, duration, text]) =>
    `${onset}${duration === null ? "" : `\x15${duration}`}\x14${text}\x14\0`
  );
  return edfFromSpec({
    recordingId: "Startdate 06-NOV-2076 X X X",
    startDate: "06.11.76",
    reserved: "EDF+C",
    signals: [
      ...["C3", "T8-P8", "T8-P8"].map((label) => ({ label, records: [record, record, record] })),
      annotationSignal([`${timekeeping(0)}${lists.join("")}`, timekeeping(1), timekeeping(2)]),
    ],
  });
}

Deno.test("marks keep text, time and channel from the file to the exported file", async () => {
  const pipeline = await startPipeline("marks");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-marks-" });
  try {
    const path = join(folder, "file.edf");
    await Deno.writeFile(path, fileWithMarks());
    await pipeline.stream([path], CODES);
    const { annotations } = await okJson<AnnotationList>(
      await pipeline.get(`${recordingPath(CODES)}/annotations`),
    );
    const channelsOf = (text: string) =>
      annotations.find((mark) => mark.text.startsWith(text))?.channels;
    deepStrictEqual(channelsOf("Spike@@C3"), [0]);
    deepStrictEqual(channelsOf("Spike@@T8-P8"), [1, 2], "the label stands for both");
    deepStrictEqual(channelsOf("mail"), []);
    strictEqual(annotations.length, MARKS.length);
    const exported = await readWholeEdf(await exportFile({ ...pipeline, data: "" }, CODES));
    const found = exported.annotations.map(({ onsetText, durationText, text }) =>
      [onsetText, durationText || null, text] as const
    );
    const sorted = (marks: typeof MARKS) => marks.map((mark) => JSON.stringify(mark)).sort();
    deepStrictEqual(sorted(found), sorted(MARKS));
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
