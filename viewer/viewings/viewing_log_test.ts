import { deepStrictEqual } from "node:assert/strict";
import { type ShownPage, ViewingLog } from "./viewing_log.ts";

const DISPLAY: ShownPage["display"] = {
  montage: "longitudinal",
  ...{ "uv_per_mm": 7, "mm_per_second": 30, "low_hz": 0.5, "high_hz": 70, "notch_hz": null },
  ...{ phase: "causal", "rows_shown": 18, "rows_total": 18 },
};

function openLog() {
  let now = 0;
  let ids = 0;
  const rows: (number | null)[][] = [];
  const log = new ViewingLog({
    now: () => now,
    clock: () => 1_000_000 + now,
    newId: () => String(++ids).padStart(32, "0"),
    emit: (row) => {
      const { start_ms: start, end_ms: end, shown_at_ms: at, shown_ms: ms } = row;
      rows.push([start / 1000, end / 1000, (at - 1_000_000) / 1000, ms / 1000, row.live_lag_ms]);
    },
  });
  return {
    rows,
    log,
    /** As a page does: vouched for every quarter of a second. */
    pass(seconds: number) {
      for (let left = seconds * 4; left > 0; left--) {
        now += 250;
        log.vouch();
      }
    },
    stall: (seconds: number) => void (now += seconds * 1000),
    page: (start: number, end: number, lag: number | null = null, more = {}) =>
      log.show({
        startMs: start * 1000,
        endMs: end * 1000,
        liveLagMs: lag === null ? null : lag * 1000,
        display: { ...DISPLAY, ...more },
      }),
  };
}

Deno.test("ViewingLog: pages that were turned are one row, those that were flicked through are in none", () => {
  const { rows, log, page, pass } = openLog();
  for (const start of [0, 10, 20]) {
    page(start, start + 10);
    pass(2);
  }
  page(30, 40);
  pass(0.5);
  page(40, 50);
  pass(1.5);
  log.close();
  deepStrictEqual(rows, [[0, 30, 0, 6, null], [40, 50, 6.5, 1.5, null]]);
});

Deno.test("ViewingLog: another montage or scale, and a jump, begin another row", () => {
  const { rows, log, page, pass } = openLog();
  page(0, 10);
  pass(2);
  page(0, 10, null, { montage: "average" });
  pass(1);
  page(0, 10, null, { montage: "average", "uv_per_mm": 10 });
  pass(1);
  page(500, 510, null, { montage: "average", "uv_per_mm": 10 });
  pass(1);
  log.close();
  deepStrictEqual(rows.map(([start, end, , shown]) => [start, end, shown]), [
    [0, 10, 2],
    [0, 10, 1],
    [0, 10, 1],
    [500, 510, 1],
  ]);
});

Deno.test("ViewingLog: at a live edge each second counts for as long as it was there, in one row of one lag", () => {
  const { rows, log, page, pass } = openLog();
  // A page of ten seconds that moves on by half a second, twice a second.
  for (let step = 0; step < 20; step++) {
    page(100 + step / 2, 110 + step / 2, 1.2);
    pass(0.5);
  }
  log.close();
  // The last half second was there for half a second.
  deepStrictEqual(rows, [[100.5, 119, 0, 10, 1_200]]);
});

Deno.test("ViewingLog: backlog is as old as it is, page by page, and what stands grows old", () => {
  const { rows, log, page, pass } = openLog();
  page(0, 10, 100);
  pass(2);
  page(10, 20, 92);
  pass(2);
  page(90, 100, 2);
  pass(130);
  log.close();
  deepStrictEqual(rows.map(([start, , at, shown, lag]) => [start, at, shown, lag]), [
    [0, 0, 2, 100_000],
    [10, 2, 2, 92_000],
    [90, 4, 60, 2_000],
    [90, 64, 60, 62_000],
    [90, 124, 10, 122_000],
  ]);
});

Deno.test("ViewingLog: what nobody vouched for does not count, and no row goes over it", () => {
  const { rows, log, page, pass, stall } = openLog();
  page(0, 10);
  pass(0.75);
  // The computer slept.
  stall(3_600);
  pass(1.25);
  // A dialog lay above it.
  stall(1);
  log.doubt();
  pass(0.5);
  stall(5);
  log.close();
  deepStrictEqual(rows.map(([, , at, shown]) => [at, shown]), [[3_601, 1]]);
});
