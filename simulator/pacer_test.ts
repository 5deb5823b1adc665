import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { createPacer, type PacerClock } from "./pacer.ts";
import { sleep } from "@wavekeep/core/service/sleep";

function manualClock(): PacerClock & { sleeps: number[]; advance(ms: number): void } {
  let now = 1000;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    sleep: (ms) => {
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => void (now += ms),
  };
}

Deno.test("createPacer() waits for real time times speed", async () => {
  const clock = manualClock();
  const pacer = createPacer({ speed: 2, fromSeconds: 100, clock });
  await pacer.waitUntil(101);
  await pacer.waitUntil(104);
  deepStrictEqual(clock.sleeps, [500, 1500]);
});

Deno.test("createPacer() does not sleep until it has caught up, and does not drift", async () => {
  const clock = manualClock();
  const pacer = createPacer({ speed: 1, fromSeconds: 0, clock });
  clock.advance(2500);
  for (const position of [1, 2, 3, 4]) await pacer.waitUntil(position);
  deepStrictEqual(clock.sleeps, [500, 1000]);
});

Deno.test("createPacer() never waits at full speed", async () => {
  const clock = manualClock();
  await createPacer({ speed: "max", fromSeconds: 0, clock }).waitUntil(1e9);
  deepStrictEqual(clock.sleeps, []);
});

Deno.test("sleep() rejects with the reason when it is called off", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = sleep(60_000, controller.signal);
  controller.abort(reason);
  await rejects(waiting, reason);
  await rejects(sleep(1, AbortSignal.abort(reason)), reason);
  strictEqual(await sleep(0), undefined);
});
