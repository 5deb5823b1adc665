import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testModel } from "../../../testing/test_model.ts";
import {
  openReading,
  parsePlace,
  type ReadingEvent,
  reduceReading,
  shownRowsOf,
} from "./reading_state.ts";

const closed = openReading(testModel());
const live = openReading(testModel({ status: "open", ageSeconds: 1, endSeconds: 600 }));
const after = (state: typeof closed, ...events: ReadingEvent[]) =>
  events.reduce(reduceReading, state);

Deno.test("openReading() opens a closed recording at its start, 10 s at 7 µV/mm", () => {
  deepStrictEqual(closed.viewport, { start: 0, seconds: 10, end: 30 });
  strictEqual(closed.sensitivity, 7);
});

Deno.test("openReading() opens a streaming recording at its newest samples", () => {
  strictEqual(live.isFollowing, true);
  strictEqual(live.viewport.start, 590);
});

Deno.test("openReading() does not follow a recording that fell silent", () => {
  strictEqual(openReading(testModel({ status: "open", ageSeconds: 3600 })).isFollowing, false);
});

Deno.test("reduceReading() follows new samples until the reader moves away", () => {
  const grown = after(live, { type: "model", model: { ...live.model, endSeconds: 605 } });
  strictEqual(grown.viewport.start, 595);
  const away = after(grown, { type: "action", action: "previous-page" });
  strictEqual(away.isFollowing, false);
  strictEqual(
    after(away, { type: "model", model: { ...live.model, endSeconds: 700 } }).viewport.start,
    585,
  );
});

Deno.test("reduceReading() keeps following when the page length changes", () => {
  strictEqual(after(live, { type: "page-seconds", seconds: 60 }).viewport.start, 540);
});

Deno.test("reduceReading() never follows a closed recording by key", () => {
  strictEqual(after(closed, { type: "action", action: "follow" }).isFollowing, false);
});

Deno.test("reduceReading() hides and shows rows, in file order", () => {
  const hidden = after(closed, { type: "rows", rows: [1, 2], isShown: false });
  deepStrictEqual(shownRowsOf(hidden), [0, 3]);
  deepStrictEqual(shownRowsOf(after(hidden, { type: "rows", rows: [2], isShown: true })), [
    0,
    2,
    3,
  ]);
});

Deno.test("reduceReading() stays where it is when there is no next seizure", () => {
  strictEqual(after(closed, { type: "action", action: "next-seizure" }), closed);
});

Deno.test("openReading() opens at the place of the address, also while samples arrive", () => {
  const opened = openReading(live.model, parsePlace("120.5", "30"));
  deepStrictEqual(opened.viewport, { start: 120.5, seconds: 30, end: 600 });
  strictEqual(opened.isFollowing, false);
});

Deno.test("parsePlace() leaves out what makes no sense", () => {
  deepStrictEqual(parsePlace("soon", "7"), {});
  deepStrictEqual(parsePlace(undefined, "60"), { seconds: 60 });
});
