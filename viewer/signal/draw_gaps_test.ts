import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { testModel } from "../testing/test_model.ts";
import { boxesOf, drawGaps } from "./draw_gaps.ts";
import { holesOfPage } from "./holes.ts";
import { layoutPage } from "./layout.ts";
import { LIGHT } from "./surface.ts";

const layout = layoutPage({ width: 1154, height: 484, scale: 1 }, 4);
const paint = {
  layout,
  theme: LIGHT,
  time: { start: 0, seconds: 10, left: layout.plot.x, width: layout.plot.width },
  shownRows: [0, 1, 2, 3],
};
const gap = {
  start: 4,
  end: 8,
  rows: null,
  text: "Not recorded · 4 s",
  kind: "not-recorded" as const,
};

Deno.test("boxesOf() puts the edges of a gap on the pixels of its seconds", () => {
  strictEqual(layout.plot.width, 1000);
  deepStrictEqual(boxesOf(gap, paint), [{ x: 492, y: 48, width: 400, height: 400 }]);
});

Deno.test("boxesOf() covers only the rows of the stream that has the hole", () => {
  const hole = { ...gap, rows: new Set([1, 2]) };
  deepStrictEqual(boxesOf(hole, paint).map(({ y, height }) => [y, height]), [[148, 200]]);
  const reordered = { ...paint, shownRows: [1, 0, 2] };
  strictEqual(boxesOf(hole, reordered).length, 2);
});

Deno.test("boxesOf() cuts a gap that reaches beyond the page", () => {
  deepStrictEqual(boxesOf({ ...gap, start: -50, end: 99 }, paint), [{
    x: 92,
    y: 48,
    width: 1000,
    height: 400,
  }]);
});

Deno.test("drawGaps() paints pending differently and names every hole", () => {
  const surface = recordingSurface();
  const pending = { ...gap, kind: "pending" as const, text: "Pending: not delivered yet · 4 s" };
  drawGaps(surface, [gap], paint);
  const [final] = surface.boxes;
  drawGaps(surface, [pending], paint);
  const fills = new Set(surface.boxes.map(({ fill }) => fill));
  strictEqual(final?.fill, LIGHT.holeFill);
  ok(fills.has(LIGHT.pendingFill));
  deepStrictEqual(surface.texts.map(({ text }) => text), [gap.text, pending.text]);
});

Deno.test("drawGaps() shortens its words in a narrow hole", () => {
  const surface = recordingSurface();
  drawGaps(surface, [{ ...gap, end: 5.2 }], paint);
  strictEqual(surface.texts[0]?.text, "Not recorded");
});

Deno.test("holesOfPage() knows the rows of a hole and what lies after the last sample", () => {
  const model = testModel({
    endSeconds: 41,
    holes: [{ kind: "lost", start: 31, end: 32, uncertainty: 0, segmentId: "b", stream: 1 }],
  });
  const holes = holesOfPage(model, { start: 35, seconds: 10, end: 41 });
  deepStrictEqual(holes.map(({ kind, start, end }) => [kind, start, end]), [[
    "beyond-end",
    41,
    45,
  ]]);
  const [lost] = holesOfPage(model, { start: 30, seconds: 10, end: 41 });
  strictEqual(lost?.text, "Lost: the device says these samples will not come · 1 s");
});
