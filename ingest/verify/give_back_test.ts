import { deepStrictEqual, ok } from "node:assert/strict";
import { sleep } from "@wavekeep/core/service/sleep";
import { memoryGiver } from "./give_back.ts";

const MINUTE_MS = 60_000;

/** When threads were started, in ms, with a chunk every `gapMs` for so long. */
function startedAt(durationMs: number, gapMs: number): number[] {
  const started: number[] = [];
  let nowMs = 0;
  const giveBack = memoryGiver(() => started.push(nowMs), () => nowMs);
  for (; nowMs <= durationMs; nowMs += gapMs) giveBack();
  return started;
}

Deno.test("memoryGiver() starts a thread soon, and about whenever its age has doubled", () => {
  const minutes = startedAt(9 * MINUTE_MS, 1).map((ms) => Math.round(2 * ms / MINUTE_MS) / 2);
  deepStrictEqual(minutes, [0.5, 1, 2, 4.5, 8.5]);
});

Deno.test("memoryGiver() starts one about once an hour at least, where something is done", () => {
  const started = startedAt(24 * 60 * MINUTE_MS, 100);
  const gaps = started.slice(1).map((ms, index) => (ms - started[index]!) / MINUTE_MS);
  ok(Math.max(...gaps) > 59 && Math.max(...gaps) < 70, `${Math.max(...gaps)} minutes`);
  // An hour and some of nothing, and fewer chunks than are looked at.
  deepStrictEqual(startedAt(4_000 * MINUTE_MS, MINUTE_MS), []);
});

/** Threads of workers, by the name that the runtime gives them. */
function workerThreads(): string[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) => name).filter((id) => {
    try {
      return Deno.readTextFileSync(`/proc/self/task/${id}/comm`).startsWith("worker-");
    } catch {
      return false; // it has just ended
    }
  });
}

Deno.test("memoryGiver() starts threads, and they end", async () => {
  let nowMs = 0;
  const giveBack = memoryGiver(undefined, () => nowMs);
  const before = new Set(workerThreads());
  const started = new Set<string>();
  for (let round = 0; round < 3; round++) {
    nowMs += 3_600_000;
    for (let chunk = 0; chunk < 8_192; chunk++) giveBack();
    for (const id of workerThreads()) if (!before.has(id)) started.add(id);
  }
  ok(started.size > 0, "no thread was started");
  const left = () => workerThreads().filter((id) => started.has(id));
  for (let round = 0; left().length > 0 && round < 500; round++) await sleep(20);
  deepStrictEqual(left(), []);
});
