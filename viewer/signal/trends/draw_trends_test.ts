import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../../testing/recording_surface.ts";
import { testTrends, testTrendStream } from "../../testing/test_trends.ts";
import { LIGHT } from "../surface.ts";
import { viridis } from "../viridis.ts";
import { dayTime } from "./draw_day_strip.ts";
import { drawTrends } from "./draw_trends.ts";
import { familyHeight, type FamilyId, familyOf, TREND_FAMILIES } from "./trend_layout.ts";
import type { TrendSurface } from "./trend_paint.ts";
import { spectrumPicture } from "./trend_picture.ts";

const stream = testTrendStream([{}, { notAssessable: 1 }, { notComputed: 1 }, { missing: 1 }, {}]);

function drawn(id: FamilyId) {
  const surface = recordingSurface();
  const size = { width: 1154, height: familyHeight(familyOf(id)), scale: 1 };
  drawTrends(surface as unknown as TrendSurface, size, {
    answer: testTrends([stream]),
    time: dayTime({ start: 0, seconds: 100 }, size),
    ticks: [],
    theme: LIGHT,
    pictureOf: () => undefined,
  }, id);
  return surface;
}

for (const { id } of TREND_FAMILIES.filter(({ id }) => id !== "coverage")) {
  Deno.test(`drawTrends() of ${id} parts no data, not computed and not assessable`, () => {
    const { boxes, clips } = drawn(id);
    const at = (x: number) => boxes.filter((box) => box.x === x && box.width === 100);
    // Columns are a hundred pixels: the third is not computed yet, of the fourth there is nothing.
    ok(at(292).every(({ fill }) => fill === LIGHT.pendingFill) && at(292).length > 0);
    strictEqual(boxes.filter(({ x, width }) => x >= 392 && x + width <= 492).length, 0);
    // What cannot be judged is hatched, on each side.
    ok(clips.some(([x, , width]) => x === 192 && width === 100));
  });
}

Deno.test("drawTrends() of coverage fills a column with what could be judged", () => {
  const { boxes } = drawn("coverage");
  const judged = boxes.filter(({ fill, height }) => fill === LIGHT.holeEdge && height > 0);
  deepStrictEqual(judged.map(({ x }) => x), [92, 492]);
});

Deno.test("drawTrends() of asymmetry: left is blue and upwards, with a legend that says so", () => {
  const { boxes, texts } = drawn("asymmetry");
  const bars = boxes.filter(({ fill }) => fill === LIGHT.left);
  deepStrictEqual(bars.map(({ x, height }) => [x, height]), [[92, 8], [492, 8]]);
  const words = texts.map(({ text }) => text);
  ok(words.includes("blue = left") && words.includes("red = right"));
  // The middle of a plot of 64 from 3 on.
  strictEqual(bars[0]!.y + bars[0]!.height, 35);
});

Deno.test("drawTrends() of aEEG stands between its margins, on a scale that turns at 10 µV", () => {
  const bars = drawn("aeeg").boxes.filter(({ fill }) => fill === LIGHT.left);
  strictEqual(bars[0]!.y + bars[0]!.height, 3 + 64 * 0.8);
});

Deno.test("spectrumPicture() has low frequencies at the bottom and nothing where no value is", () => {
  const picture = spectrumPicture(stream, "left")!;
  deepStrictEqual([picture.width, picture.height], [5, 60]);
  const alpha = (column: number) => picture.pixels[((59) * 5 + column) * 4 + 3];
  deepStrictEqual([0, 1, 2, 3, 4].map(alpha), [255, 0, 0, 0, 255]);
  // −20 dB is below the scale of −10 to 40.
  deepStrictEqual([...picture.pixels.subarray(59 * 5 * 4, 59 * 5 * 4 + 3)], [68, 1, 84]);
  deepStrictEqual([...picture.pixels.subarray(0, 3)], [
    ...viridis(Math.round(49 / 50 * 255) / 255),
  ]);
});
