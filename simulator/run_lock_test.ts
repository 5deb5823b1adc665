import { rejects, strictEqual } from "node:assert/strict";
import { dataFolder } from "./data_folder.ts";
import { readRunState, takeRunLock } from "./run_lock.ts";

const STATE = {
  pid: 4711,
  startedAt: "2026-11-21T00:00:00Z",
  pids: {},
  ports: {},
  urls: { viewer: "http://127.0.0.1:8002" },
};

Deno.test("takeRunLock() refuses a held folder and says who holds it", async () => {
  const folder = dataFolder(await Deno.makeTempDir());
  const lock = await takeRunLock(folder);
  await lock.update(STATE);
  await rejects(takeRunLock(folder), /held by start with process id 4711, since .*viewer at http/);
  await lock.release();
  strictEqual(await readRunState(folder), undefined);
  const next = await takeRunLock(folder);
  strictEqual(next.wasKilled, false);
  await next.release();
  await Deno.remove(folder.root, { recursive: true });
});

Deno.test("takeRunLock() takes a folder whose holder was killed, and says so", async () => {
  const folder = dataFolder(await Deno.makeTempDir());
  await Deno.writeTextFile(folder.run, JSON.stringify(STATE));
  const lock = await takeRunLock(folder);
  strictEqual(lock.wasKilled, true);
  await lock.release();
  await Deno.remove(folder.root, { recursive: true });
});
