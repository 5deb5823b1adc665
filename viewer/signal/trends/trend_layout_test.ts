import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { TREND_PANELS } from "@wavekeep/core/trend";
import {
  familyHeight,
  familyOf,
  moveFamily,
  parseFamilies,
  plotsOf,
  TREND_FAMILIES,
} from "./trend_layout.ts";

Deno.test("TREND_FAMILIES has every panel that the services describe, each once", () => {
  deepStrictEqual(
    TREND_FAMILIES.flatMap(({ panels }) => panels).toSorted(),
    TREND_PANELS.map(({ id }) => id).toSorted(),
  );
});

Deno.test("parseFamilies() takes what it knows, once, in the reader's order", () => {
  deepStrictEqual(parseFamilies("aeeg,nothing,coverage,aeeg"), ["aeeg", "coverage"]);
  deepStrictEqual(parseFamilies(""), []);
});

Deno.test("moveFamily() stops at the ends", () => {
  deepStrictEqual(moveFamily(["coverage", "aeeg"], "aeeg", -1), ["aeeg", "coverage"]);
  deepStrictEqual(moveFamily(["coverage", "aeeg"], "aeeg", 1), ["coverage", "aeeg"]);
});

Deno.test("plotsOf() keeps left above right inside the canvas", () => {
  for (const family of TREND_FAMILIES) {
    const plots = plotsOf(family, { width: 2400, height: 0, scale: 2 });
    strictEqual(plots.at(-1)!.y + plots.at(-1)!.height <= familyHeight(family) * 2, true);
    strictEqual(plots[1] === undefined || plots[1].y >= plots[0]!.y + plots[0]!.height, true);
  }
  strictEqual(plotsOf(familyOf("aeeg"), { width: 1000, height: 0, scale: 1 }).length, 2);
});
