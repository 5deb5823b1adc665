import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { latestOnly } from "./latest_only.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("latestOnly() runs the first and the newest request, and drops those between", async () => {
  const seen: number[] = [];
  const gates: (() => void)[] = [];
  const runner = latestOnly<number>(async (request) => {
    seen.push(request);
    await new Promise<void>((resolve) => gates.push(resolve));
  }, () => {});
  for (const request of [1, 2, 3, 4]) runner.request(request);
  gates[0]?.();
  await settle();
  deepStrictEqual(seen, [1, 4]);
  gates[1]?.();
  await settle();
  strictEqual(runner.isBusy, false);
});

Deno.test("latestOnly() aborts the task that was superseded and ignores its error", async () => {
  const errors: unknown[] = [];
  const done: number[] = [];
  const runner = latestOnly<number>(async (request, signal) => {
    if (request === 1) {
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }
    done.push(request);
  }, (error) => errors.push(error));
  runner.request(1);
  runner.request(2);
  await settle();
  deepStrictEqual([done, errors], [[2], []]);
});

Deno.test("latestOnly() reports an error and goes on", async () => {
  const errors: string[] = [];
  const runner = latestOnly<number>(
    (request) => request === 1 ? Promise.reject(new Error("no")) : Promise.resolve(),
    (error, request) => errors.push(`${request}: ${(error as Error).message}`),
  );
  runner.request(1);
  await settle();
  runner.request(2);
  await settle();
  deepStrictEqual(errors, ["1: no"]);
  strictEqual(runner.isBusy, false);
});

Deno.test("latestOnly() lets a task finish that the newer request does not supersede", async () => {
  const aborted: number[] = [];
  const seen: number[] = [];
  const runner = latestOnly<number>(
    async (request, signal) => {
      await settle();
      seen.push(request);
      if (signal.aborted) aborted.push(request);
    },
    () => {},
    { supersedes: (newer, running) => newer - running > 1 },
  );
  runner.request(1);
  runner.request(2);
  await settle();
  await settle();
  runner.request(9);
  await settle();
  await settle();
  deepStrictEqual([seen.slice(0, 2), aborted.includes(1)], [[1, 2], false]);
});
