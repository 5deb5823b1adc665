import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PatientAccess } from "@wavekeep/core/wire";
import { layoutTimeline } from "./access_timeline.ts";
import { momentOfField } from "./time_text.ts";

function access(part: Partial<PatientAccess>): PatientAccess {
  return {
    actor: "a",
    person: null,
    roles: [],
    "first_at": "2026-11-19T12:00:00Z",
    "last_at": "2026-11-21T18:00:00Z",
    times: 1,
    "seconds_seen": 0,
    exports: 0,
    "break_glass": 0,
    refused: 0,
    recordings: [],
    days: [],
    ...part,
  };
}

const day = (day: string, seconds: number, exports = 0) => ({
  day,
  times: 1,
  "seconds_seen": seconds,
  exports,
  "break_glass": 0,
});

Deno.test("layoutTimeline() draws a bar for each day, cut where the first and the last moment are known", () => {
  const days = [day("2026-11-19", 30), day("2026-11-20", 600), day("2026-11-21", 7200, 1)];
  const timeline = layoutTimeline([access({ days })])!;
  const [bars, ends] = [timeline.lines[0]!.bars, timeline.ticks];
  // Three days over 790 units: half a day is 131.7.
  const unit = 790 / 3;
  deepStrictEqual(bars.map(({ x, width }) => [Math.round(x), Math.round(width)]), [
    [Math.round(190 + unit / 2), Math.round(unit / 2)],
    [Math.round(190 + unit), Math.round(unit)],
    [Math.round(190 + 2 * unit), Math.round(unit * 0.75)],
  ]);
  deepStrictEqual(bars.map(({ share }) => share), [0.25, 0.75, 1]);
  strictEqual(timeline.lines[0]!.exports.length, 1);
  deepStrictEqual([ends[0]?.text, ends.at(-1)?.text], ["11-19", "11-22"]);
});

Deno.test("layoutTimeline() draws from first to last where no days are told, and nothing outside itself", () => {
  const timeline = layoutTimeline([access({ "seconds_seen": 90, exports: 2, "break_glass": 1 })])!;
  const [line] = timeline.lines;
  strictEqual(line!.bars.length, 1);
  deepStrictEqual([line!.exports.length, line!.glass.length], [1, 1]);
  for (const { x, width } of line!.bars) ok(x >= 190 && x + width <= timeline.width);
  strictEqual(layoutTimeline([access({ "first_at": "?", "last_at": "?" })]), undefined);
});

Deno.test("layoutTimeline() has few ticks and few lines, however long and many", () => {
  for (const last of ["2026-11-19T12:00:01Z", "2026-12-24T00:00:00Z", "2049-01-01T00:00:00Z"]) {
    const many = Array.from({ length: 90 }, () => access({ "last_at": last }));
    const timeline = layoutTimeline(many)!;
    ok(timeline.ticks.length <= 16, `${timeline.ticks.length} ticks to ${last}`);
    strictEqual(timeline.lines.length, 40);
  }
});

Deno.test("momentOfField() takes days and minutes as UTC, an end to its last moment, and nothing else", () => {
  strictEqual(momentOfField("2026-11-21"), "2026-11-21T00:00:00.000Z");
  strictEqual(momentOfField("2026-11-21", true), "2026-11-21T23:59:59.999Z");
  strictEqual(momentOfField("2026-11-21T08:30", true), "2026-11-21T08:30:59.999Z");
  strictEqual(momentOfField("2026-11-21T08:30:07"), "2026-11-21T08:30:07.000Z");
  for (const text of ["", "today", "2026-13-40", "2026-11-21T25:00", "1", "2026-11-21T08:30Z"]) {
    strictEqual(momentOfField(text), undefined, text);
  }
});
