import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { drawAnnotations, drawShading } from "./draw_annotations.ts";
import { layoutPage } from "./layout.ts";
import type { MarkModel } from "./recording_model.ts";
import { LIGHT } from "./surface.ts";
import { testMark } from "../testing/test_mark.ts";

const layout = layoutPage({ width: 1154, height: 460, scale: 1 }, 4);
const paint = {
  layout,
  theme: LIGHT,
  time: { start: 100, seconds: 10, left: layout.plot.x, width: layout.plot.width },
};
const seizure: MarkModel = testMark({
  kind: "seizure",
  source: "file",
  onset: 104,
  duration: 90,
  text: "Seizure",
});

Deno.test("drawShading() starts on the pixel of the onset and runs to the edge of the page", () => {
  const surface = recordingSurface();
  drawShading(surface, [seizure], paint);
  deepStrictEqual(surface.boxes, [{
    x: 492,
    y: 24,
    width: 600,
    height: 400,
    fill: LIGHT.seizureFill,
  }]);
});

Deno.test("drawShading() fills a page that lies wholly inside a seizure", () => {
  const surface = recordingSurface();
  drawShading(surface, [{ ...seizure, onset: 50 }], paint);
  deepStrictEqual([surface.boxes[0]?.x, surface.boxes[0]?.width], [92, 1000]);
});

Deno.test("drawAnnotations() says what continues before and after the page", () => {
  const surface = recordingSurface();
  drawAnnotations(surface, [{ ...seizure, onset: 50 }], paint);
  strictEqual(surface.texts[0]?.text, "‹ Seizure · 1 min 30 s (from the file) ›");
});

Deno.test("drawAnnotations() draws a solid edge at the onset", () => {
  const surface = recordingSurface();
  drawAnnotations(surface, [seizure], paint);
  ok(surface.lines.flat().some(([x]) => x === 492));
});
