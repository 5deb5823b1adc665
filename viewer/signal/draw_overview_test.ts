import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { testModel } from "../testing/test_model.ts";
import { drawOverview } from "./draw_overview.ts";
import { LIGHT } from "./surface.ts";
import { testMark } from "../testing/test_mark.ts";

const size = { width: 1000, height: 20, scale: 1 };
const seizure = testMark({ kind: "seizure", source: "file", onset: 43_200, duration: 40 });

Deno.test("drawOverview() shows a short seizure of a long day at least three pixels wide", () => {
  const surface = recordingSurface();
  const model = testModel({ marks: [seizure], endSeconds: 86_400 });
  drawOverview(surface, size, {
    model,
    viewport: { start: 0, seconds: 10, end: 86_400 },
    theme: LIGHT,
  });
  const box = surface.boxes.find(({ fill }) => fill === LIGHT.seizureEdge);
  deepStrictEqual([box?.x, box?.width], [500, 3]);
});

Deno.test("drawOverview() paints pending and final holes differently", () => {
  const surface = recordingSurface();
  const hole = { start: 3, end: 6, uncertainty: 0, segmentId: "a", stream: 0 };
  const model = testModel({
    holes: [{ ...hole, kind: "pending" }, { ...hole, kind: "lost", start: 7, end: 9 }],
  });
  drawOverview(surface, size, {
    model,
    viewport: { start: 0, seconds: 10, end: 30 },
    theme: LIGHT,
  });
  strictEqual(surface.boxes.filter(({ fill }) => fill === LIGHT.pendingFill).length, 1);
});
