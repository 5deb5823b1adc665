import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { testMark } from "../testing/test_mark.ts";
import { drawAnnotations, drawShading } from "./draw_annotations.ts";
import { LANE_HEIGHT, layoutPage } from "./layout.ts";
import type { MarkModel } from "./recording_model.ts";
import { LIGHT } from "./surface.ts";

const layout = layoutPage({ width: 1154, height: 460, scale: 1 }, 4);
const paint = {
  layout,
  theme: LIGHT,
  time: { start: 100, seconds: 10, left: layout.plot.x, width: layout.plot.width },
  shownRows: [0, 1, 2, 3],
};
const seizure: MarkModel = testMark({
  kind: "seizure",
  source: "file",
  onset: 104,
  duration: 90,
  text: "Seizure",
});
const review = { verdict: "rejected" as const, by: "amber", at: "", disputed: false };

function drawn(marks: readonly MarkModel[], more: { focusId?: string } = {}) {
  const surface = recordingSurface();
  drawShading(surface, marks, paint);
  drawAnnotations(surface, marks, { ...paint, ...more });
  return surface;
}

Deno.test("drawShading() starts on the pixel of the onset and runs to the edge of the page", () => {
  const surface = recordingSurface();
  drawShading(surface, [seizure], paint);
  deepStrictEqual(surface.boxes, [{
    x: 492,
    y: LANE_HEIGHT,
    width: 600,
    height: 460 - LANE_HEIGHT - 36,
    fill: LIGHT.seizureFill,
  }]);
});

Deno.test("drawShading() fills a page that lies wholly inside a seizure", () => {
  const surface = recordingSurface();
  drawShading(surface, [{ ...seizure, onset: 50 }], paint);
  deepStrictEqual([surface.boxes[0]?.x, surface.boxes[0]?.width], [92, 1000]);
});

Deno.test("drawShading() of a mark that is about channels stays on their rows", () => {
  const surface = recordingSurface();
  drawShading(surface, [{ ...seizure, rows: [0, 1, 3] }], paint);
  const { y, height } = layout.plot;
  deepStrictEqual(surface.boxes.map((box) => [box.y, box.height]), [
    [y, height / 2],
    [y + height * 0.75, height / 4],
  ]);
});

Deno.test("drawShading() leaves out what was rejected, and sleep stages", () => {
  const surface = recordingSurface();
  const stage = testMark({ kind: "sleep-stage", source: "file", onset: 90, duration: 30 });
  drawShading(surface, [{ ...seizure, review }, stage], paint);
  deepStrictEqual(surface.boxes, []);
});

Deno.test("drawAnnotations() says what continues before and after the page", () => {
  const { texts } = drawn([{ ...seizure, onset: 50 }]);
  strictEqual(texts.at(-1)?.text, "‹ Seizure · 1 min 30 s (from the file) ›");
});

Deno.test("drawAnnotations() draws a solid edge at the onset, and a frame where neither end is", () => {
  ok(drawn([seizure]).lines.flat().some(([x]) => x === 492));
  const { plot } = layout;
  const inside = drawn([{ ...seizure, onset: 50 }]).lines;
  for (const y of [plot.y + 1.5, plot.y + plot.height - 1.5]) {
    ok(inside.some(([a, b]) => a?.[1] === y && b?.[1] === y && b[0] - a[0] === plot.width));
  }
});

Deno.test("drawAnnotations() draws each source another way, without its colour", () => {
  const looks = (["human", "algorithm", "device", "file"] as const).map((source) => {
    const { lines, boxes, dashes } = drawn([{ ...seizure, source }]);
    return { lines, boxes, dashes };
  });
  for (const [i, look] of looks.entries()) {
    for (const other of looks.slice(i + 1)) notDeepStrictEqual(look, other);
  }
});

Deno.test("drawAnnotations() says accepted, rejected and not reviewed by a sign; people's marks have none", () => {
  const signOf = (mark: Partial<MarkModel>) => {
    const { texts, lines } = drawn([{ ...seizure, source: "algorithm", ...mark }]);
    const { lane } = layout;
    const strokes = lines.filter((line) =>
      line.length > 1 &&
      line.every(([x, y]) => x > 500 && x < 515 && y > lane.y && y < lane.height - 4)
    );
    return { isAsked: texts[0]?.text === "?", points: strokes.map((line) => line.length) };
  };
  const accepted = { ...review, verdict: "accepted" as const };
  deepStrictEqual(signOf({}), { isAsked: true, points: [] });
  deepStrictEqual(signOf({ review: accepted }), { isAsked: false, points: [3] });
  deepStrictEqual(signOf({ review }), { isAsked: false, points: [2, 2] });
  deepStrictEqual(signOf({ source: "human" }), { isAsked: false, points: [] });
});

Deno.test("drawAnnotations() says method, version and score of a detection", () => {
  const method = { name: "spike-net", version: "2.1", score: 0.934 };
  const { texts } = drawn([{ ...seizure, source: "algorithm", method }]);
  ok(texts.at(-1)?.text.includes("spike-net 2.1, score 0.93, not reviewed"));
});

Deno.test("drawAnnotations() writes words only where they fit", () => {
  const spikes = Array.from(
    { length: 40 },
    (_, i) =>
      testMark({
        id: `${i}`,
        term: "spike",
        onset: 100 + i / 4,
        text: "left temporal, phase reversal",
      }),
  );
  const { texts } = drawn(spikes);
  ok(texts.every(({ text }) => text.length * 7 <= 75 || text.startsWith("‹")));
});

Deno.test("drawAnnotations() of thousands of marks on one page draws no more than it has pixels", () => {
  const marks = Array.from(
    { length: 5_000 },
    (_, i) => testMark({ id: `${i}`, source: "algorithm", onset: 100 + i / 500 }),
  );
  const { lines, texts } = drawn(marks);
  // One edge a pixel column, and what bars of ten pixels in three lanes are made of.
  ok(lines.length < 1_000 + 3 * 100 * 6, `${lines.length} lines`);
  ok(texts.some(({ text }) => text === "marks"), "what has no room is counted");
});

Deno.test("drawAnnotations() rings the mark in focus", () => {
  const without = drawn([seizure]).rects.length;
  ok(drawn([seizure], { focusId: seizure.id }).rects.length > without);
});
