import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { stepWhenIdle } from "./when_idle.ts";

/** A browser's scheduler that runs what is posted when it is told to. */
function withScheduler(body: (runAll: () => void, posted: () => number) => void): void {
  const tasks: { callback: () => void; signal: AbortSignal }[] = [];
  const scheduler = {
    postTask(callback: () => void, { signal }: { signal: AbortSignal }) {
      tasks.push({ callback, signal });
      return new Promise(() => {});
    },
  };
  Object.assign(globalThis, { scheduler });
  try {
    let posted = 0;
    body(() => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        posted++;
        if (!task.signal.aborted) task.callback();
      }
    }, () => posted);
  } finally {
    Reflect.deleteProperty(globalThis, "scheduler");
  }
}

function* steps(count: number, taken: number[]): Generator<void> {
  for (let i = 0; i < count; i++) {
    taken.push(i);
    yield;
  }
}

Deno.test("stepWhenIdle() takes every step in order, none before the caller is done, then says so", () => {
  withScheduler((runAll) => {
    const taken: number[] = [];
    let isDone = false;
    stepWhenIdle(steps(5, taken), () => isDone = true);
    deepStrictEqual(taken, []);
    runAll();
    deepStrictEqual(taken, [0, 1, 2, 3, 4]);
    strictEqual(isDone, true);
  });
});

Deno.test("stepWhenIdle() gives the thread back after a slice of steps", () => {
  withScheduler((runAll, posted) => {
    const slow = function* (): Generator<void> {
      for (let i = 0; i < 3; i++) {
        const end = performance.now() + 4;
        while (performance.now() < end);
        yield;
      }
    };
    stepWhenIdle(slow(), () => {});
    runAll();
    strictEqual(posted(), 4);
  });
});

Deno.test("stepWhenIdle() that is called off takes no step any more", () => {
  withScheduler((runAll) => {
    const taken: number[] = [];
    stepWhenIdle(steps(5, taken), () => taken.push(-1))();
    runAll();
    deepStrictEqual(taken, []);
  });
});

Deno.test("stepWhenIdle() works where a browser has no scheduler", async () => {
  const taken: number[] = [];
  await new Promise<void>((resolve) => stepWhenIdle(steps(3, taken), resolve));
  deepStrictEqual(taken, [0, 1, 2]);
});
