import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { localSignal } from "./live.ts";
import { LiveTails } from "./live_tail.ts";

const KEY = { siteId: 1, recordingId: "r", notifyNumber: "7" };

/** Reads count up; a gate holds them while it is there. */
function counting() {
  const commits = localSignal();
  const state = { reads: 0, gate: undefined as Promise<void> | undefined };
  const tails = new LiveTails(commits, async ({ recordingId }) => {
    const read = ++state.reads;
    await state.gate;
    return `${recordingId}${read}`;
  });
  return { commits, tails, state };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("follow() reads once for all, and again after a commit", async () => {
  const { commits, tails, state } = counting();
  const followers = [1, 2, 3].map(() => tails.follow(KEY));
  const all = () => Promise.all(followers.map((follower) => follower.next()));
  deepStrictEqual(await all(), ["r1", "r1", "r1"]);
  commits.commit("7");
  deepStrictEqual(await all(), ["r2", "r2", "r2"]);
  commits.commit("8");
  await pause(60);
  strictEqual(state.reads, 2, "another recording's commits are nobody's business here");
  for (const follower of followers) follower.stop();
});

Deno.test("follow() never starts with a read that began before", async () => {
  const { tails, state } = counting();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const first = tails.follow(KEY);
  await pause(5);
  const second = tails.follow(KEY);
  state.gate = undefined;
  gate.resolve();
  deepStrictEqual(await Promise.all([first.next(), second.next()]), ["r1", "r2"]);
  first.stop();
  second.stop();
});

Deno.test("a commit during a read makes another read", async () => {
  const { commits, tails, state } = counting();
  const follower = tails.follow(KEY);
  await follower.next();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  await pause(60);
  commits.commit("7");
  await pause(5);
  commits.commit("7");
  state.gate = undefined;
  gate.resolve();
  strictEqual(await follower.next(), "r2");
  strictEqual(await follower.next(), "r3");
  follower.stop();
});

Deno.test("a slow follower gets the newest, once", async () => {
  const { commits, tails } = counting();
  const follower = tails.follow(KEY);
  await follower.next();
  for (let i = 0; i < 2; i++) {
    await pause(70);
    commits.commit("7");
  }
  await pause(70);
  strictEqual(await follower.next(), "r3");
  const waiting = follower.next();
  follower.stop();
  strictEqual(await waiting, undefined);
});

Deno.test("a tail ends with its last follower, and another may start", async () => {
  const { tails } = counting();
  const follower = tails.follow(KEY);
  await follower.next();
  follower.stop();
  const next = tails.follow(KEY);
  ok(await next.next() !== undefined);
  next.stop();
  await pause(250);
  strictEqual(tails.size, 0);
});

Deno.test("a failed read ends all followers with its error", async () => {
  const tails = new LiveTails<string>(localSignal(), () => Promise.reject(new Error("away")));
  const followers = [tails.follow(KEY), tails.follow(KEY)];
  for (const follower of followers) await rejects(follower.next(), /away/);
  await pause(1);
  strictEqual(tails.size, 0);
});

Deno.test("the end of the signal ends all followers in order", async () => {
  const { commits, tails } = counting();
  const follower = tails.follow(KEY);
  await follower.next();
  const waiting = follower.next();
  await commits.close();
  strictEqual(await waiting, undefined);
});
