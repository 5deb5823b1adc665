/**
 * When a page is covered, and when it is seen again: tabs, times and answers of the test.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  type SeatAnswer,
  SeatKeeper,
  type SeatMessage,
  type SeatOptions,
  type SeatView,
} from "./seat_keeper.ts";

const SEAT = { personId: "a", name: "Anna", login: "anna", idleLockSeconds: 900 };

function open(seat = SEAT) {
  const world = {
    nowMs: 0,
    told: [] as SeatMessage[],
    views: [] as SeatView[],
    done: [] as string[],
    answer: { state: "open", personId: "a" } as SeatAnswer | undefined,
    locksFail: 0,
  };
  const options: SeatOptions = {
    now: () => world.nowMs,
    tell: (message) => world.told.push(message),
    ask: async (isThorough) => {
      await Promise.resolve();
      world.done.push(isThorough ? "asked thoroughly" : "asked");
      if (world.answer === undefined) throw new Error("no answer");
      return world.answer;
    },
    lock: async () => {
      await Promise.resolve();
      world.done.push("lock");
      if (world.locksFail-- > 0) throw new Error("no answer");
    },
    wait: async () => {
      await Promise.resolve();
    },
    show: (view) => world.views.push(view),
    resumed: () => world.done.push("resumed"),
    reload: () => world.done.push("reload"),
    leave: () => world.done.push("leave"),
  };
  const keeper = new SeatKeeper(seat, options);
  /** Seconds pass; the page looks at the clock after them. */
  const pass = (seconds: number) => {
    world.nowMs += seconds * 1000;
    keeper.tick();
  };
  return { keeper, world, pass };
}

const LOCKED: SeatView = { kind: "covered", why: "locked" };
const OPEN: SeatView = { kind: "open" };

Deno.test("SeatKeeper warns a minute before, and locks; a key in between counts", async () => {
  const { keeper, world, pass } = open();
  pass(839);
  deepStrictEqual(keeper.view, OPEN);
  pass(1);
  deepStrictEqual(keeper.view, { kind: "warning", secondsLeft: 60 });
  keeper.active();
  deepStrictEqual(keeper.view, OPEN);
  pass(899);
  deepStrictEqual(keeper.view, { kind: "warning", secondsLeft: 1 });
  pass(1);
  deepStrictEqual(keeper.view, LOCKED);
  await Promise.resolve();
  deepStrictEqual(world.done, ["lock"]);
  deepStrictEqual(world.told.at(-1), { kind: "locked", personId: "a" });
  // Nothing that is pressed on the cover counts as being there.
  keeper.active();
  pass(1);
  deepStrictEqual(keeper.view, LOCKED);
  keeper.unlocked();
  deepStrictEqual(keeper.view, OPEN);
  deepStrictEqual(world.done, ["lock", "resumed"]);
  pass(839);
  deepStrictEqual(keeper.view, OPEN);
});

Deno.test("SeatKeeper: a computer that slept is locked before its first key counts; 0 is never", () => {
  const { keeper, world } = open();
  world.nowMs = 3_600_000;
  keeper.active();
  deepStrictEqual(keeper.view, LOCKED);
  const never = open({ ...SEAT, idleLockSeconds: 0 });
  never.pass(1e6);
  deepStrictEqual(never.keeper.view, OPEN);
});

Deno.test("SeatKeeper goes on trying to lock, until it is locked or opened", async () => {
  const { keeper, world } = open();
  world.locksFail = 2;
  await keeper.lock();
  deepStrictEqual(world.done, ["lock", "lock", "lock"]);
  keeper.unlocked();
  world.locksFail = Infinity;
  const locking = keeper.lock();
  keeper.unlocked();
  await locking;
  deepStrictEqual(keeper.view, OPEN);
});

/** Lets what is asked for be answered. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("SeatKeeper: tabs agree", async () => {
  const { keeper, world, pass } = open();
  deepStrictEqual(world.told, [{ kind: "open", personId: "a" }]);
  pass(850);
  keeper.hear({ kind: "active", personId: "a", atMs: 840_000 });
  deepStrictEqual(keeper.view, OPEN);
  // Of somebody else, and of a clock that runs ahead, nothing is taken.
  keeper.hear({ kind: "active", personId: "b", atMs: 850_000 });
  keeper.hear({ kind: "active", personId: "a", atMs: 9e9 });
  pass(840);
  strictEqual(keeper.view.kind, "warning");
  keeper.hear({ kind: "locked", personId: "a" });
  deepStrictEqual(keeper.view, LOCKED);
  deepStrictEqual(world.done, []);
  keeper.hear({ kind: "open", personId: "b" });
  deepStrictEqual(keeper.view, LOCKED);
  deepStrictEqual(world.done, ["reload"]);
  keeper.hear({ kind: "open", personId: "a" });
  deepStrictEqual(keeper.view, LOCKED, "until the seat says so");
  await settled();
  deepStrictEqual(keeper.view, OPEN);
  keeper.hear({ kind: "left" });
  deepStrictEqual(world.done, ["reload", "asked thoroughly", "resumed", "leave"]);
  // Who unlocked in another tab has proved it there.
  keeper.hear({ kind: "locked", personId: "a" });
  keeper.hear({ kind: "open", personId: "a", isUnlocked: true });
  deepStrictEqual(keeper.view, OPEN);
});

Deno.test("SeatKeeper: a page that was on its way while somebody locked opens nothing, and is covered itself", async () => {
  const { keeper, world } = open();
  world.answer = { state: "locked", personId: "a" };
  world.locksFail = 2;
  const locked = keeper.lock();
  // Its script begins before the service knows, when the seat would still be called open.
  const late = open();
  for (const message of late.world.told) keeper.hear(message);
  deepStrictEqual(keeper.view, LOCKED);
  world.told.length = 0;
  await locked;
  await settled();
  deepStrictEqual(keeper.view, LOCKED);
  deepStrictEqual(world.done, ["lock", "lock", "lock", "asked thoroughly"]);
  for (const message of world.told) late.keeper.hear(message);
  deepStrictEqual(late.keeper.view, LOCKED);
  // Nobody answers: what is covered stays so.
  world.answer = undefined;
  keeper.hear({ kind: "open", personId: "a" });
  await settled();
  deepStrictEqual(keeper.view, LOCKED);
});

Deno.test("SeatKeeper asks what a refusal means", async () => {
  const { keeper, world } = open();
  await Promise.all([keeper.refused(), keeper.refused()]);
  deepStrictEqual(world.done, ["asked thoroughly", "resumed"]);
  // What is refused all the same is not asked for ever.
  await keeper.refused();
  deepStrictEqual(world.done, ["asked thoroughly", "resumed", "asked thoroughly"]);
  world.answer = undefined;
  await keeper.refused();
  deepStrictEqual(keeper.view, OPEN);
  world.answer = { state: "locked", personId: "a" };
  await keeper.refused();
  deepStrictEqual(keeper.view, LOCKED);
  keeper.unlocked();
  world.answer = { state: "none" };
  await keeper.refused();
  deepStrictEqual(keeper.view, { kind: "covered", why: "ended" });
});

Deno.test("SeatKeeper: a page that is only looked at hears that its session was ended", async () => {
  const { keeper, world } = open();
  world.nowMs = 29_999;
  await keeper.look();
  deepStrictEqual(world.done, []);
  await keeper.look(1000);
  world.nowMs = 59_999;
  world.answer = { state: "none" };
  await keeper.look();
  deepStrictEqual(keeper.view, { kind: "covered", why: "ended" });
  await keeper.look();
  deepStrictEqual(world.done, ["asked thoroughly", "asked thoroughly"]);
});

Deno.test("SeatKeeper: a page that comes back shows nothing before it is asked for", async () => {
  const { keeper, world } = open();
  keeper.putAway();
  deepStrictEqual(keeper.view, { kind: "covered", why: "checking" });
  await keeper.returned();
  deepStrictEqual(keeper.view, OPEN);
  for (const answer of [{ state: "none" }, { state: "open", personId: "b" }, undefined] as const) {
    keeper.putAway();
    world.answer = answer;
    world.done.length = 0;
    await keeper.returned();
    deepStrictEqual(world.views.at(-1), { kind: "covered", why: "checking" });
    strictEqual(world.done.at(-1), "reload");
  }
});
