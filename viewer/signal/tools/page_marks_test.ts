/** Tests of what tools draw: the lane of events, clip marks, borders, words above the traces. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../../testing/recording_surface.ts";
import { testMark } from "../../testing/test_mark.ts";
import { testModel } from "../../testing/test_model.ts";
import { drawGaps, drawTracedNames } from "../draw_gaps.ts";
import { baselineOf, layoutPage, slotAt } from "../layout.ts";
import { shapeTrace, type Trace } from "../renderer/shape_traces.ts";
import { LIGHT } from "../surface.ts";
import { clipMarks } from "./clip_marks.ts";
import { drawBorders } from "./draw_borders.ts";
import { drawEventLane, hasEventLane, isLaneEvent, notEegOf } from "./event_lane.ts";

const layout = layoutPage({ width: 1154, height: 480, scale: 1 }, 4, { hasEventLane: true });
const paint = {
  layout,
  theme: LIGHT,
  time: { start: 0, seconds: 10, left: layout.plot.x, width: layout.plot.width },
  shownRows: [0, 1, 2, 3],
};

Deno.test("layoutPage() parts groups and keeps rows equal; a lane takes its room from the rows", () => {
  const size = { width: 1000, height: 600, scale: 1 };
  const plain = layoutPage(size, 4);
  deepStrictEqual(plain.tops, [0, 1, 2, 3].map((slot) => plain.plot.y + slot * plain.rowHeight));
  const grouped = layoutPage(size, 4, { groups: [0, 0, 1, 1] });
  const gap = grouped.tops[2]! - grouped.tops[1]! - grouped.rowHeight;
  ok(gap > 0.3 * grouped.rowHeight);
  const end = grouped.tops[3]! + grouped.rowHeight;
  ok(Math.abs(end - grouped.plot.y - grouped.plot.height) < 1e-9);
  for (const slot of [0, 1, 2, 3]) strictEqual(slotAt(grouped, baselineOf(grouped, slot)), slot);
  strictEqual(slotAt(grouped, 0), 0);
  strictEqual(slotAt(layoutPage(size, 0), 100), -1);
  const lane = layoutPage(size, 4, { hasEventLane: true });
  strictEqual(lane.plot.height + lane.events.height, plain.plot.height);
});

Deno.test("button, device and technologist events stand in the lane, with their words where there is room", () => {
  const marks = [
    testMark({ kind: "button", onset: 2, duration: null, text: "" }),
    testMark({ kind: "device-status", onset: 2.2, duration: null, text: "electrode off: T3" }),
    testMark({ kind: "technologist", onset: 6, duration: 3, text: "eyes closed" }),
    testMark({ kind: "seizure", onset: 7, duration: 1, text: "" }),
  ];
  deepStrictEqual(marks.map(isLaneEvent), [true, true, true, false]);
  const surface = recordingSurface();
  drawEventLane(surface, marks, paint);
  deepStrictEqual(surface.texts.map(({ text }) => text), [
    "Device: electrode off: T3",
    "Technologist: eyes closed · 3 s",
  ]);
  ok(surface.texts.every(({ y }) => y > layout.plot.y + layout.plot.height));
  strictEqual(hasEventLane(testModel({ marks })), true);
  strictEqual(hasEventLane(testModel({ marks: marks.slice(3) })), false);
  strictEqual(hasEventLane(testModel({ status: "open", ageSeconds: 1 })), true);
});

Deno.test("damage has an entry in the lane, in order with what happened", () => {
  const marks = [testMark({ kind: "button", onset: 1, duration: null, text: "aura" })];
  const surface = recordingSurface();
  drawEventLane(surface, marks, { ...paint, damaged: [{ start: 4, end: 6 }] });
  deepStrictEqual(surface.texts.map(({ text }) => text.split(":")[0]), [
    "Button",
    "Integrity failed",
  ]);
  drawEventLane(surface, [], { ...paint, damaged: [] });
  strictEqual(surface.texts.length, 2);
});

Deno.test("impedance and calibration are intervals that are not EEG, said above the traces", () => {
  const holes = notEegOf([
    testMark({ kind: "impedance", onset: 1, duration: 4, text: "" }),
    testMark({ kind: "calibration", onset: 8, duration: null, text: "" }),
  ]);
  deepStrictEqual(holes.map(({ start, end, text }) => [start, end, text]), [
    [1, 5, "Impedance: not EEG"],
  ]);
  const surface = recordingSurface();
  drawGaps(surface, holes, paint);
  deepStrictEqual(surface.texts, []);
  drawTracedNames(surface, holes, paint);
  deepStrictEqual(surface.texts.map(({ text }) => text), ["Impedance: not EEG"]);
});

Deno.test("a clipped trace stays in its row, and every cut is marked at its edge", () => {
  const values = new Float32Array(100);
  values.fill(300, 20, 40);
  values[70] = -500;
  const trace: Trace = {
    runs: [{ startSeconds: 0, secondsPerSample: 0.1, values }],
    scale: { pixelsPerUnit: 1, baseline: 0, text: "" },
    y: 200,
    colour: "#000000",
  };
  const area = { x: 92, y: 24, width: 1000, height: 400, pixelsPerSecond: 100, lineWidth: 1 };
  deepStrictEqual(clipMarks(trace, area), []);
  const clipped = { ...trace, clip: 50 };
  const { top, bottom } = shapeTrace(clipped, area);
  deepStrictEqual([top, bottom], [200 - 24 - 50, 200 - 24 + 50]);
  deepStrictEqual(
    clipMarks(clipped, area).map(({ left, right, edge }) => [left, right, edge]),
    [[792, 792, "top"], [292, 482, "bottom"]],
  );
});

Deno.test("a border is a line with its words on the side that has room", () => {
  const surface = recordingSurface();
  drawBorders(surface, [{ moment: 8, text: "Channels change" }, { moment: 60, text: "no" }], paint);
  strictEqual(surface.lines.length, 1);
  const [[x]] = surface.lines[0]! as [[number, number]];
  strictEqual(x, 892);
  deepStrictEqual(surface.texts.map(({ text }) => text), ["Channels change"]);
  ok(surface.texts[0]!.x < x);
});
