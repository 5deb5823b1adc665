import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { layoutPage } from "./layout.ts";
import { PAPERS, planSheets, PRINT_DPI } from "./print_layout.ts";

Deno.test("planSheets() at 30 mm/s makes seconds of 30 mm, on as many sheets as it takes", () => {
  const sheets = planSheets("a4", { start: 100, seconds: 10, speed: 30 });
  deepStrictEqual(sheets.map(({ start, seconds }) => [start, seconds]), [[100, 8], [108, 2]]);
  for (const { size, seconds, mmPerSecond } of sheets) {
    const { plot } = layoutPage(size, 8);
    // Within half a dot in all.
    ok(Math.abs(plot.width / PRINT_DPI * 25.4 - 30 * seconds) < 25.4 / PRINT_DPI);
    ok(Math.abs(mmPerSecond - 30) < 0.05);
  }
  strictEqual(planSheets("a3", { start: 0, seconds: 10, speed: 30 }).length, 1);
});

Deno.test("planSheets() fits the page into every paper otherwise", () => {
  for (const paper of ["a4", "a3", "letter"] as const) {
    const [sheet, ...more] = planSheets(paper, { start: 0, seconds: 10, speed: null });
    strictEqual(more.length, 0);
    ok(sheet!.widthMm <= PAPERS[paper].width - 16 + 0.05);
    ok(sheet!.heightMm < PAPERS[paper].height - 16);
  }
});
