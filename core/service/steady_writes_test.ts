import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sleep } from "./sleep.ts";
import { keepWritesSteady } from "./steady_writes.ts";

const LARGE = new Uint8Array(2 ** 20);

async function makeCluster(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/base/5`, { recursive: true });
  return folder;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    ok(waited < 10_000, `${what} within 10 s`);
    await sleep(5);
  }
}

Deno.test("keepWritesSteady() flushes what is large and being written, as long as that is so", async () => {
  const folder = await makeCluster();
  const flushed: string[] = [];
  try {
    await Deno.writeFile(`${folder}/base/5/100`, LARGE);
    await Deno.writeFile(`${folder}/base/5/200`, LARGE.subarray(1));
    await Deno.writeFile(`${folder}/base/5/300`, LARGE);
    await Deno.utime(`${folder}/base/5/300`, 1e9, 1e9);
    const steady = keepWritesSteady(folder, {
      everyMs: 10,
      lookMs: 20,
      onFailed: (error) => flushed.push(String(error)),
      flush: (path) => {
        flushed.push(path.slice(folder.length));
        return Promise.resolve();
      },
    });
    const touchUntil = async (what: string, isSo: () => boolean) => {
      for (let tick = 0; !isSo(); tick++) {
        ok(tick < 2_000, what);
        const now = new Date();
        await Deno.utime(`${folder}/base/5/${tick % 2 === 0 ? "100" : "200"}`, now, now);
        await sleep(5);
      }
    };
    await touchUntil("a file is flushed again and again", () => flushed.length >= 3);
    deepStrictEqual([...new Set(flushed)], ["/base/5/100"]);
    await sleep(60);
    const count = flushed.length;
    await sleep(60);
    strictEqual(flushed.length, count, "nobody writes any more");

    await Deno.writeFile(`${folder}/base/5/200`, LARGE);
    const isFound = () => flushed.includes("/base/5/200");
    await touchUntil("a file that became large is found", isFound);
    await Deno.remove(`${folder}/base/5`, { recursive: true });
    await sleep(30);
    await steady.stop();
    const after = flushed.length;
    await sleep(30);
    strictEqual(flushed.length, after, "it has ended, and a database that goes is no failure");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("keepWritesSteady() tells of a write that failed, and leaves the rest to the server's end", async () => {
  const folder = await makeCluster();
  const failures: unknown[] = [];
  const broken = new Error("Input/output error (os error 5)");
  try {
    await Deno.writeFile(`${folder}/base/5/100`, LARGE);
    const steady = keepWritesSteady(folder, {
      everyMs: 1_000,
      lookMs: 1_000,
      onFailed: (error) => failures.push(error),
      flush: () => Promise.reject(broken),
    });
    await until("it is told", () => failures.length > 0);
    await steady.stop();
    deepStrictEqual(failures, [broken]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
