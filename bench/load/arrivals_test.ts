import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { prng } from "@wavekeep/core/testing";
import { type Arrivals, periodicArrivals, runOpenLoop, type Ticker } from "./arrivals.ts";

/** A clock that only waking moves, by as much as was asked for and `lateMs` more. */
function fakeTicker(lateMs: (wakes: number) => number): Ticker & { wakes: number } {
  let nowMs = 1_000;
  const ticker = {
    wakes: 0,
    now: () => nowMs,
    wake(ms: number, callback: () => void) {
      nowMs += ms + lateMs(ticker.wakes++);
      queueMicrotask(callback);
    },
  };
  return ticker;
}

const everyTen: Arrivals = { at: (index) => ({ source: index % 3, dueMs: index * 10 }) };

Deno.test("periodicArrivals() is in order, and gives each source one request a period", () => {
  const random = prng(4);
  const { at } = periodicArrivals({ sourceCount: 50, periodMs: 200, random: () => random.real() });
  const dues = Array.from({ length: 500 }, (_, i) => at(i));
  for (let i = 1; i < dues.length; i++) ok(dues[i]!.dueMs >= dues[i - 1]!.dueMs);
  for (let source = 0; source < 50; source++) {
    const own = dues.filter((due) => due.source === source).map(({ dueMs }) => dueMs);
    strictEqual(own.length, 10);
    for (let i = 1; i < own.length; i++) ok(Math.abs(own[i]! - own[i - 1]! - 200) < 1e-9);
  }
});

Deno.test("runOpenLoop() fires everything before the end, with the time that was intended", async () => {
  const fired: number[] = [];
  const ticker = fakeTicker(() => 0.7);
  const count = await runOpenLoop({
    arrivals: everyTen,
    startMs: 1_000,
    durationMs: 100,
    fire: (_, dueMs) => void fired.push(dueMs),
    ticker,
  });
  strictEqual(count, 10);
  deepStrictEqual(fired, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((ms) => 1_000 + ms));
});

Deno.test("runOpenLoop() leaves out nothing after a stall: it fires what is late at once", async () => {
  const late: number[] = [];
  const ticker = fakeTicker((wakes) => wakes === 2 ? 45 : 0);
  await runOpenLoop({
    arrivals: everyTen,
    startMs: 1_000,
    durationMs: 100,
    fire: (_, dueMs) => void late.push(ticker.now() - dueMs),
    ticker,
  });
  strictEqual(late.length, 10);
  // A request every 10 ms and 45 ms of stall: five of them late, each less than the one before.
  const stalled = late.filter((ms) => ms >= 5);
  strictEqual(stalled.length, 5);
  deepStrictEqual(stalled, stalled.toSorted((a, b) => b - a));
});

Deno.test("runOpenLoop() ends at the abort, and fails with what it fires", async () => {
  const aborter = new AbortController();
  const options = { arrivals: everyTen, startMs: 1_000, durationMs: 1e9 };
  const count = await runOpenLoop({
    ...options,
    signal: aborter.signal,
    fire: (_, dueMs) => void (dueMs >= 1_050 && aborter.abort()),
    ticker: fakeTicker(() => 0),
  });
  strictEqual(count, 6);
  const fire = () => {
    throw new Error("broken");
  };
  await rejects(runOpenLoop({ ...options, fire, ticker: fakeTicker(() => 0) }), /broken/);
});
