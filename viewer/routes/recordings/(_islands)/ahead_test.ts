import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testModel } from "../../../testing/test_model.ts";
import type { PageData } from "../../../signal/page_data.ts";
import { habitOf, inRowWindow, likelyNext, scenesAhead, wishesAhead, wishOf } from "./ahead.ts";
import { openReading, reduceReading } from "./reading_state.ts";

const SECONDS = 600;
const model = testModel({
  endSeconds: SECONDS,
  durationSeconds: SECONDS,
  holes: [],
  marks: [40, 400].map((onset) => ({
    ...{ id: `${onset}`, kind: "seizure", source: "file", authorRole: "", text: "" },
    onset,
    duration: 20,
  })) as unknown as ReturnType<typeof testModel>["marks"],
});
const state = openReading(model, { start: 100 });

Deno.test("wishesAhead() asks for every page an action leads to, once, likeliest first", () => {
  const wishes = wishesAhead(state);
  deepStrictEqual(wishes.slice(0, 4).map(({ start }) => start), [110, 90, 399, 39]);
  const here = wishes.filter(({ start }) => start === 100);
  // Every other montage, and three filters; sensitivity is no other page.
  strictEqual(here.length, 7 + 3);
  ok(wishes.findIndex(({ start }) => start === 120) < wishes.indexOf(here.at(-1)!));
  const texts = [wishOf(state), ...wishes].map((wish) => JSON.stringify(wish));
  strictEqual(new Set(texts).size, texts.length);
});

Deno.test("wishesAhead() tries looks first after another look", () => {
  const filtered = reduceReading(state, { type: "action", action: "high-filter" });
  strictEqual(habitOf(undefined, state), "moves");
  strictEqual(
    habitOf(state, reduceReading(state, { type: "go-to", start: 300 })),
    "moves",
  );
  strictEqual(habitOf(state, filtered), "high-filter");
  const averaged = reduceReading(state, { type: "action", action: "montage-average" });
  strictEqual(habitOf(state, averaged), "looks");
  const wishes = wishesAhead(filtered, "looks");
  deepStrictEqual(wishes.slice(0, 5).map(({ start }) => start), [100, 100, 100, 100, 110]);
  strictEqual(wishes.length, wishesAhead(filtered, "moves").length);
  // Whoever steps through the filters presses the same key again.
  for (const again of ["low-filter", "high-filter", "notch"] as const) {
    const next = reduceReading(filtered, { type: "action", action: again });
    deepStrictEqual(wishesAhead(filtered, again)[0], wishOf(next));
    deepStrictEqual(new Set(wishesAhead(filtered, again)).size, wishes.length);
  }
});

Deno.test("wishesAhead() makes the same move first, and once more, after a move", () => {
  for (const action of ["next-page", "previous-page", "next-event"] as const) {
    const next = reduceReading(state, { type: "action", action });
    strictEqual(habitOf(state, next), action);
    const again = reduceReading(next, { type: "action", action });
    const further = reduceReading(again, { type: "action", action });
    const wishes = wishesAhead(next, action);
    const expected = [again, further].map(wishOf).filter(({ start }) =>
      start !== next.viewport.start
    );
    deepStrictEqual(wishes.slice(0, expected.length), expected);
    ok(wishes.length >= wishesAhead(next, "moves").length);
  }
});

Deno.test("wishesAhead() wishes for nothing while the page follows by itself", () => {
  const live = reduceReading(
    openReading(testModel({ status: "open", ageSeconds: 1 })),
    { type: "follow", isFollowing: true },
  );
  deepStrictEqual(wishesAhead(live), []);
});

Deno.test("scenesAhead() prepares what actions would draw, of pages that are here", () => {
  const here = wishOf(state);
  const pageOf = (wish: typeof here) =>
    wish.view === here.view || JSON.stringify(wish.view) === JSON.stringify(here.view)
      ? { start: wish.start, view: wish.view } as PageData
      : undefined;
  const scenes = [...scenesAhead(state, pageOf)];
  ok(scenes.length < likelyNext(state).length);
  deepStrictEqual(
    scenes.slice(0, 6).map(({ page, sensitivity }) => [page.start, sensitivity]),
    [[110, 7], [90, 7], [399, 7], [39, 7], [100, 5], [100, 10]],
  );
  deepStrictEqual(scenes[0]!.shownRows, [0, 1, 2, 3]);
});

Deno.test("inRowWindow() prepares the rows that are drawn, and all of them where all are", () => {
  const page = { ...wishOf(state), rows: [], blanks: [], notes: [] } as unknown as PageData;
  const rowsOf = (count: number | null, first = 0) =>
    [...inRowWindow(scenesAhead(state, () => page), { count, first })].map(({ shownRows }) =>
      shownRows.join()
    );
  ok(rowsOf(null).length > 3);
  deepStrictEqual(new Set(rowsOf(null)), new Set(["0,1,2,3"]));
  deepStrictEqual(new Set(rowsOf(2, 1)), new Set(["1,2"]));
});
