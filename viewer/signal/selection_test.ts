import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { testModel } from "../testing/test_model.ts";
import { drawSelection } from "./draw_selection.ts";
import { layoutPage } from "./layout.ts";
import type { PageFrame } from "./overlay.ts";
import {
  extendTo,
  extentOfSelection,
  selectionText,
  selectPoint,
  selectStretch,
} from "./selection.ts";
import { LIGHT } from "./surface.ts";

const model = testModel();
const layout = layoutPage({ width: 1154, height: 460, scale: 1 }, 4);
const frame = {
  layout,
  time: { start: 0, seconds: 10, left: layout.plot.x, width: layout.plot.width },
  theme: LIGHT,
  model,
  shownRows: [0, 1, 2, 3],
} as unknown as PageFrame;

Deno.test("extendTo() moves one edge, to either side, and stays in the recording", () => {
  const from = selectPoint(5);
  deepStrictEqual(extentOfSelection(extendTo(from, 7.25, 30)), {
    start: 5,
    end: 7.25,
    seconds: 2.25,
  });
  deepStrictEqual(extentOfSelection(extendTo(from, 2, 30)), { start: 2, end: 5, seconds: 3 });
  strictEqual(extendTo(from, 99, 30).head, 30);
  strictEqual(extendTo(from, -1, 30).head, 0);
});

Deno.test("selectionText() says the clock and the length, elapsed where there is no clock", () => {
  strictEqual(selectionText(selectStretch(1, 2), model), "13:43:05 to 13:43:07 · 2 s");
  strictEqual(selectionText(selectPoint(61.5), { startedAt: null }), "0:01:01.500");
});

Deno.test("drawSelection() draws opaque edges where it begins and ends, and prints it", () => {
  const surface = recordingSurface();
  drawSelection(surface, selectStretch(2, 3), frame);
  deepStrictEqual(surface.lines.map(([from]) => from?.[0]), [292, 592]);
  strictEqual(surface.texts[0]?.text, "13:43:06 to 13:43:09 · 3 s");
  ok(LIGHT.selectionEdge.startsWith("#"), "opaque");
});

Deno.test("drawSelection() draws nothing of what lies on another page", () => {
  const surface = recordingSurface();
  drawSelection(surface, selectStretch(12, 3), frame);
  deepStrictEqual([surface.lines, surface.boxes, surface.texts], [[], [], []]);
});
