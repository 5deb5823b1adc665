import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { StateAction } from "./handlers.ts";
import { testModel } from "../../../testing/test_model.ts";
import {
  openReading,
  parsePlace,
  type ReadingEvent,
  reduceReading,
  rowsOfView,
  viewOf,
} from "./reading_state.ts";

const closed = openReading(testModel());
const live = openReading(testModel({ status: "open", ageSeconds: 1, endSeconds: 600 }));
const query = (values: Record<string, string>) => (name: string) => values[name];
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

Deno.test("reduceReading() returns to the tail with one key while newer samples may come", () => {
  const away = after(live, { type: "action", action: "start" });
  deepStrictEqual([away.viewport.start, away.isFollowing], [0, false]);
  const back = after(away, { type: "action", action: "end" });
  deepStrictEqual([back.viewport.start, back.isFollowing], [590, true]);
  strictEqual(after(closed, { type: "action", action: "end" }).isFollowing, false);
});

Deno.test("reduceReading() turns whole epochs, to the last one that is cut short", () => {
  const model = { ...closed.model, endSeconds: 95 };
  const opened = openReading(model, { start: 40 });
  const on = after(opened, { type: "epochs", isOn: true });
  deepStrictEqual([on.viewport.start, on.viewport.seconds], [30, 30]);
  const next = (state: typeof on) => after(state, { type: "action", action: "next-page" });
  deepStrictEqual([next(on), next(next(on)), next(next(next(on)))].map((s) => s.viewport.start), [
    60,
    90,
    90,
  ]);
  strictEqual(
    after(next(next(on)), { type: "action", action: "previous-page" }).viewport.start,
    60,
  );
  strictEqual(after(on, { type: "go-to", start: 65 }).viewport.start, 60);
  strictEqual(after(on, { type: "show", moment: 61 }).viewport.start, 60);
  // Pages that cannot hold epochs end the mode; those that can do not.
  strictEqual(after(on, { type: "page-seconds", seconds: 60 }).isEpochs, true);
  strictEqual(after(on, { type: "page-seconds", seconds: 10 }).isEpochs, false);
});

Deno.test("reduceReading() goes back to pages as long as before when epochs are left", () => {
  const off: ReadingEvent = { type: "epochs", isOn: false };
  const on: ReadingEvent = { type: "epochs", isOn: true };
  const again = after(after(closed, { type: "page-seconds", seconds: 15 }), on, on, off);
  deepStrictEqual([again.viewport.seconds, again.isEpochs], [15, false]);
  const held = after(closed, { type: "display", display: { speed: 30 } }, on, off);
  strictEqual(held.display.speed, 30);
  // Left by another length, that length stays.
  const left = after(closed, on, { type: "page-seconds", seconds: 20 }, off);
  strictEqual(left.viewport.seconds, 20);
});

Deno.test("reduceReading() never follows a closed recording by key", () => {
  strictEqual(after(closed, { type: "action", action: "follow" }).isFollowing, false);
});

Deno.test("reduceReading() hides and shows rows, in file order", () => {
  const hidden = after(closed, { type: "rows", rows: [1, 2], isShown: false });
  deepStrictEqual(rowsOfView(hidden, viewOf(hidden)).shownRows, [0, 3]);
  const again = after(hidden, { type: "rows", rows: [2], isShown: true });
  deepStrictEqual(rowsOfView(again, viewOf(again)).shownRows, [0, 2, 3]);
  // Rows of another montage are other rows.
  const other = after(hidden, { type: "action", action: "montage-longitudinal" });
  strictEqual(rowsOfView(other, viewOf(other)).hiddenRows.size, 0);
});

Deno.test("reduceReading() stays where it is when there is no next seizure", () => {
  strictEqual(after(closed, { type: "action", action: "next-event" }), closed);
});

Deno.test("openReading() opens at the place of the address, also while samples arrive", () => {
  const opened = openReading(live.model, parsePlace(query({ start: "120.5", page: "30" })));
  deepStrictEqual(opened.viewport, { start: 120.5, seconds: 30, end: 600 });
  strictEqual(opened.isFollowing, false);
});

Deno.test("parsePlace() leaves out what makes no sense", () => {
  const { view: _, display: _display, ...soon } = parsePlace(query({ start: "soon", page: "7" }));
  deepStrictEqual(soon, {});
  strictEqual(parsePlace(query({ page: "60" })).seconds, 60);
});

Deno.test("reduceReading() changes montage and peeks at the one before", () => {
  const act = (action: StateAction): ReadingEvent => ({ type: "action", action });
  const average = after(closed, act("montage-longitudinal"), act("montage-average"));
  strictEqual(viewOf(average).montage.kind, "average");
  const peeking = after(average, { type: "peek", isPeeking: true });
  strictEqual(viewOf(peeking).montage.kind, "longitudinal");
  strictEqual(viewOf(after(peeking, { type: "peek", isPeeking: false })).montage.kind, "average");
  strictEqual(after(closed, { type: "peek", isPeeking: false }), closed);
  // The text of the own montage does not change which one is shown.
  const typed = after(average, { type: "montage", montage: { own: "C3-C4" } });
  deepStrictEqual([typed.montage.kind, typed.otherMontage.kind], ["average", "longitudinal"]);
});

Deno.test("reduceReading() steps filters through their lists and round again", () => {
  const act = (action: StateAction): ReadingEvent => ({ type: "action", action });
  deepStrictEqual([closed.filters.lowHz, closed.filters.highHz, closed.filters.notchHz], [
    0.5,
    70,
    null,
  ]);
  const stepped = after(closed, act("low-filter"), act("high-filter"), act("notch"));
  deepStrictEqual([stepped.filters.lowHz, stepped.filters.highHz, stepped.filters.notchHz], [
    1,
    100,
    50,
  ]);
  strictEqual(after(stepped, act("notch"), act("notch")).filters.notchHz, null);
});

Deno.test("reduceReading() steps through page lengths and stops at the ends", () => {
  const act = (action: StateAction): ReadingEvent => ({ type: "action", action });
  const longest = after(closed, ...Array.from({ length: 5 }, () => act("page-longer")));
  strictEqual(longest.viewport.seconds, 60);
  strictEqual(after(longest, act("page-shorter")).viewport.seconds, 30);
});

Deno.test("reduceReading() keeps a row's size out of the view, and its filters in it", () => {
  const sized = after(closed, { type: "display", display: { rows: { ECG: { factor: 2 } } } });
  deepStrictEqual(viewOf(sized), viewOf(closed));
  const rows = { ECG: { factor: 2, lowHz: null } };
  const filtered = after(closed, { type: "display", display: { rows } });
  deepStrictEqual(viewOf(filtered).rowFilters, { ECG: { lowHz: null } });
});

Deno.test("reduceReading() steps the paper speed where that is held", () => {
  const held = after(closed, { type: "display", display: { speed: 30 } });
  const faster = after(held, { type: "action", action: "page-shorter" });
  deepStrictEqual([faster.display.speed, faster.viewport.seconds], [60, 10]);
  const asked = after(faster, { type: "page-seconds", seconds: 5.2, isHeld: true });
  deepStrictEqual([asked.display.speed, asked.viewport.seconds], [60, 5.2]);
  // Seconds that the reader asks for end it.
  strictEqual(after(asked, { type: "page-seconds", seconds: 20 }).display.speed, null);
});

Deno.test("what is bad is bad in the montage that is peeked at", () => {
  const bad = after(closed, { type: "montage", montage: { bad: ["Fp1"] } });
  const peeking = after(bad, { type: "peek", isPeeking: true });
  deepStrictEqual(viewOf(peeking).montage.bad, ["Fp1"]);
  strictEqual(viewOf(peeking).montage.kind, "average");
});
