import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../../testing/test_model.ts";
import type { RecordingModel } from "../recording_model.ts";
import { rowsNotThere, segmentBorders } from "./segment_borders.ts";

/** Segments of ten seconds, each with these rows; a start may be given. */
function modelOf(...segments: { rows: number[]; start?: number; rate?: string }[]): RecordingModel {
  const base = testModel();
  const { calibration } = base.segments[0]!.streams[0]!.channels[0]!;
  return testModel({
    segments: segments.map(({ rows, start, rate = "256" }, number) => ({
      ...base.segments[0]!,
      id: `s${number}`,
      number,
      start: String(start ?? number * 10),
      end: (start ?? number * 10) + 10,
      streams: [{
        stream: 0,
        rate: { samples: rate, seconds: "1" },
        endSample: 2560,
        channels: rows.map((row) => ({ row, calibration })),
      }],
    })),
  });
}

Deno.test("segmentBorders() names what came and what went", () => {
  const model = modelOf({ rows: [0, 1] }, { rows: [0, 1] }, { rows: [0, 2, 3] });
  deepStrictEqual(segmentBorders(model), [
    { moment: 20, text: "Channels change: + T8-P8#2, SpO2; − T8-P8" },
  ]);
});

Deno.test("segmentBorders() tells of rates and calibrations, and is silent where nothing changes", () => {
  const rates = modelOf({ rows: [0] }, { rows: [0], rate: "512" });
  deepStrictEqual(segmentBorders(rates).map(({ text }) => text), [
    "Sample rate changes: 256 Hz to 512 Hz",
  ]);
  const model = modelOf({ rows: [0] }, { rows: [0] });
  const [first, second] = model.segments;
  const [stream] = second!.streams;
  const recalibrated = {
    ...second!,
    streams: [{
      ...stream!,
      channels: [{
        row: 0,
        calibration: { ...stream!.channels[0]!.calibration!, physicalMax: "900" },
      }],
    }],
  };
  deepStrictEqual(
    segmentBorders({ ...model, segments: [first!, recalibrated] }).map(({ text }) => text),
    ["Calibration changes"],
  );
  deepStrictEqual(segmentBorders(model), []);
});

Deno.test("two devices at the same time have no border, and what one has is there", () => {
  const model = modelOf({ rows: [0, 1] }, { rows: [3], start: 1 });
  deepStrictEqual(segmentBorders(model), []);
  deepStrictEqual(rowsNotThere(model, { start: 2, seconds: 5 }, [0, 1, 3]), []);
});

Deno.test("rowsNotThere() blanks the rows a segment does not have, there and only there", () => {
  const model = modelOf({ rows: [0, 1] }, { rows: [0, 3] });
  const holes = rowsNotThere(model, { start: 5, seconds: 10 }, [0, 1, 3]);
  deepStrictEqual(holes.map(({ start, end, rows }) => [start, end, [...rows!]]), [
    [0, 10, [3]],
    [10, 20, [1]],
  ]);
  strictEqual(holes[0]!.text, "Not recorded in this segment");
  deepStrictEqual(rowsNotThere(model, { start: 0, seconds: 10 }, [0, 1]), []);
});
