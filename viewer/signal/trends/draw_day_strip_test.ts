import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../../testing/recording_surface.ts";
import { testMark } from "../../testing/test_mark.ts";
import { testModel } from "../../testing/test_model.ts";
import type { RecordingModel } from "../recording_model.ts";
import { LIGHT } from "../surface.ts";
import { dayTicks } from "./day_ticks.ts";
import { type DayStripScene, dayTime, drawDayStrip, STRIP_HEIGHT } from "./draw_day_strip.ts";

const size = { width: 1154, height: STRIP_HEIGHT, scale: 1 };

function drawn(changes: Partial<RecordingModel>, scene: Partial<DayStripScene> = {}) {
  const surface = recordingSurface();
  const model = testModel(changes);
  const time = dayTime({ start: 0, seconds: 86_400 }, size);
  const ticks = dayTicks(time, model.startedAt, 90);
  drawDayStrip(surface, size, {
    model,
    time,
    ticks,
    theme: LIGHT,
    envelope: undefined,
    row: undefined,
    ...scene,
  });
  return surface;
}

Deno.test("drawDayStrip() shows forty seconds of a seizure in a day three pixels wide", () => {
  const mark = testMark({ kind: "seizure", source: "file", onset: 43_200, duration: 40 });
  const boxes = drawn({ marks: [mark] }).boxes.filter(({ fill }) => fill === LIGHT.seizureEdge);
  deepStrictEqual(boxes.map(({ x, width, height }) => [x, width, height]), [[592, 3, 11]]);
});

Deno.test("drawDayStrip() draws what only an algorithm saw hollow, and half as high", () => {
  const mark = testMark({ kind: "seizure", source: "algorithm", onset: 43_200, duration: 4000 });
  const boxes = drawn({ marks: [mark] }).boxes.filter(({ fill }) => fill === LIGHT.seizureEdge);
  strictEqual(boxes.length, 3);
  ok(boxes.every(({ width, height }) => width === 1 || height === 1));
});

Deno.test("drawDayStrip() parts pending, lost and not recorded, and draws how uncertain a gap is", () => {
  const hole = { segmentId: "a", stream: 0, uncertainty: 0 };
  const surface = drawn({
    segments: [{ id: "a", number: 0, start: "0", end: 86_400, clock: "", streams: [] }],
    holes: [
      { ...hole, kind: "pending", start: 8_640, end: 17_280 },
      { ...hole, kind: "lost", start: 25_920, end: 25_930 },
      { ...hole, kind: "not-recorded", start: 43_200, end: 51_840, uncertainty: 8_640 },
      { ...hole, kind: "lost", start: 90_000, end: 90_100 },
    ],
  });
  const of = (fill: string) =>
    surface.boxes.filter((box) => box.fill === fill && box.height === 12);
  deepStrictEqual(of(LIGHT.pendingFill).map(({ x, width }) => [x, width]), [[192, 100]]);
  deepStrictEqual(of(LIGHT.damagedFill).map(({ x, width }) => [x, width]), [[392, 1]]);
  deepStrictEqual(of(LIGHT.holeFill).map(({ x, width }) => [x, width]), [[92, 1000], [592, 100]]);
  const reach = surface.lines.find(([from, to]) => from?.[0] === 492 && to?.[0] === 792);
  ok(reach !== undefined);
});

Deno.test("drawDayStrip() draws the envelope inside its scale and nothing where there is no sample", () => {
  const surface = drawn({}, {
    row: { name: "F7-T7", range: { low: -300, high: 300, text: "±300 µV" } },
    envelope: {
      start: 0,
      secondsPerColumn: 86.4,
      least: Float32Array.of(-150, NaN, -9999),
      greatest: Float32Array.of(150, NaN, 9999),
    },
  });
  const boxes = surface.boxes.filter(({ fill }) => fill === LIGHT.midline);
  deepStrictEqual(boxes.map(({ x, width, height }) => [x, width, height]), [
    [92, 1, 21],
    [94, 1, 42],
  ]);
  ok(surface.texts.some(({ text }) => text === "±300 µV"));
  ok(surface.texts.some(({ text }) => text === "Day 2, 2076-11-07"));
});
