// Two files whose channels differ are one recording with two segments: values in two units never share a
// list, and an export that one header cannot describe is refused and possible in parts.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { WindowJson } from "@wavekeep/core/wire";
import { edfFromSpec } from "../../core/testing/edf_from_spec.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { readRawEdf } from "./testing/raw_edf.ts";
import { describe, exportFile, recordingPath } from "./testing/read_back.ts";
import { okJson } from "./testing/truth_test_case.ts";

const CODES = { patientId: "p", recordingId: "change" };

function file(startTime: string, labels: readonly string[], unit: string, base: number) {
  const record = (second: number) => [0, 1, 2, 3].map((i) => base + second * 4 + i);
  return edfFromSpec({
    startTime,
    signals: labels.map((label) => ({ label, unit, records: [0, 1, 2, 3].map(record) })),
  });
}

Deno.test("a recording whose channels change keeps both tables", async () => {
  const pipeline = await startPipeline("channel_change");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-change-" });
  const truth = { ...pipeline, data: "" };
  try {
    const [first, second] = [`${folder}/a.edf`, `${folder}/b.edf`];
    await Deno.writeFile(first, file("23.59.58", ["C3"], "uV", 0));
    await Deno.writeFile(second, file("23.59.59", ["C3", "C4"], "mV", 100));
    // One second after the first file began: they overlap; both are kept, neither wins.
    await pipeline.stream([second, first], CODES);
    const detail = await describe(truth, CODES);
    deepStrictEqual(detail.segments.map(({ start_seconds: start }) => start), ["0", "1"]);
    deepStrictEqual(detail.holes, []);
    strictEqual(detail.duration_seconds, "5");
    const { channels, units, gaps } = await okJson<WindowJson>(
      await pipeline.get("/eeg?patient_id=p&recording_id=change&start=0&end=5"),
    );
    deepStrictEqual(gaps, []);
    deepStrictEqual(units, { "C3": "uV", "C3#2": "mV", "C4": "mV" });
    deepStrictEqual(
      Object.entries(channels).map(([name, values]) => [name, values[0]!.timestamp, values.length]),
      [["C3", 0, 16], ["C3#2", 1, 16], ["C4", 1, 16]],
    );
    const refused = await pipeline.get(`${recordingPath(CODES)}/export.edf`);
    strictEqual(refused.status, 422);
    strictEqual((await refused.json()).type.split("/").at(-1), "export-impossible");
    // Only the first file lies in [0, 1), only the second in [4, 5).
    const parts = [
      readRawEdf(await exportFile(truth, CODES, "?start=0&end=1")),
      readRawEdf(await exportFile(truth, CODES, "?start=4&end=5")),
    ];
    deepStrictEqual(parts.map(({ start }) => start), ["01.02.03 23.59.58", "02.02.03 00.00.02"]);
    deepStrictEqual(
      parts.map(({ signals }) =>
        signals.map(({ label, unit, samples }) => [label, unit, samples[0]])
      ),
      [[["C3", "uV", 0]], [["C3", "mV", 112], ["C4", "mV", 112]]],
    );
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
