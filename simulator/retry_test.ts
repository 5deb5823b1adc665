import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import {
  backoffMs,
  DEFAULT_RETRY,
  GaveUpError,
  parseRetryAfter,
  retry,
  type RetryDeps,
  TransientError,
} from "./retry.ts";

function manualDeps(random = 1 - 2 ** -53): RetryDeps & { waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => random,
    sleep: (ms) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

Deno.test("backoffMs() doubles up to the cap, and is full jitter below it", () => {
  const longest = [0, 1, 2, 3, 10, 1000].map((n) => backoffMs(n, DEFAULT_RETRY, 1));
  deepStrictEqual(longest, [100, 200, 400, 800, 10_000, 10_000]);
  strictEqual(backoffMs(3, DEFAULT_RETRY, 0), 0);
  strictEqual(backoffMs(3, DEFAULT_RETRY, 0.5), 400);
});

Deno.test("retry() tries again after a transient failure and returns what comes", async () => {
  const deps = manualDeps();
  let attempts = 0;
  const result = await retry(
    () => {
      if (++attempts < 4) throw new TransientError("away");
      return Promise.resolve("here");
    },
    DEFAULT_RETRY,
    { deps },
  );
  deepStrictEqual([result, attempts, deps.waits.length], ["here", 4, 3]);
});

Deno.test("retry() waits at least as long as the server asks", async () => {
  const deps = manualDeps(0);
  let attempts = 0;
  await retry(
    () => {
      if (++attempts === 1) throw new TransientError("busy", { retryAfterMs: 7000 });
      return Promise.resolve();
    },
    DEFAULT_RETRY,
    { deps },
  );
  deepStrictEqual(deps.waits, [7000]);
});

Deno.test("retry() lets every other error through at once", async () => {
  const deps = manualDeps();
  await rejects(
    retry(() => Promise.reject(new RangeError("bug")), DEFAULT_RETRY, { deps }),
    RangeError,
  );
  deepStrictEqual(deps.waits, []);
});

Deno.test("retry() gives up when patience ends, with the last failure as cause", async () => {
  const deps = manualDeps();
  const cause = new TransientError("away");
  await rejects(
    retry(() => Promise.reject(cause), { ...DEFAULT_RETRY, patienceMs: 5000 }, { deps }),
    (error: Error) => error instanceof GaveUpError && error.cause === cause,
  );
  ok(deps.now() > 5000);
});

Deno.test("retry() bears some failures for a shorter time than others", async () => {
  const deps = manualDeps();
  const attempt = () => Promise.reject(new TransientError("fault", { patienceMs: 1000 }));
  await rejects(retry(attempt, { ...DEFAULT_RETRY, patienceMs: 1e9 }, { deps }), GaveUpError);
  ok(deps.now() < 5000);
});

Deno.test("parseRetryAfter() reads seconds and dates, bounded, and nothing else", () => {
  const now = Date.parse("2026-11-21T00:00:00Z");
  strictEqual(parseRetryAfter("3", now), 3000);
  strictEqual(parseRetryAfter("Sat, 21 Nov 2026 00:00:05 GMT", now), 5000);
  strictEqual(parseRetryAfter("Fri, 20 Nov 2026 00:00:00 GMT", now), 0);
  strictEqual(parseRetryAfter("999999", now), 300_000);
  for (const header of [null, "", "soon", "-4"]) strictEqual(parseRetryAfter(header, now), 0);
});
