/**
 * One `start` on one data folder.
 *
 * The lock is the kernel's, on an open file: it is gone with the process however that ended. run.json
 * beside it is for people and tools: who holds the folder, and where everything answers.
 *
 * @module
 */

import * as z from "zod";
import { type DataFolder, writePrivate } from "./data_folder.ts";

const RunState = z.object({
  /** Process that started everything. */
  pid: z.int(),
  /** RFC 3339. */
  startedAt: z.string(),
  pids: z.record(z.string(), z.int()),
  ports: z.record(z.string(), z.int()),
  urls: z.record(z.string(), z.string()),
});
export type RunState = z.infer<typeof RunState>;

/** A held folder. */
export interface RunLock {
  /** Whether the run before ended without cleaning up, so its children may still be going down. */
  readonly wasKilled: boolean;
  update(state: RunState): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the folder.
 *
 * @throws {Error} Another start runs on it: says which.
 */
export async function takeRunLock(folder: DataFolder): Promise<RunLock> {
  const file = await Deno.open(folder.lock, { write: true, create: true, mode: 0o600 });
  if (!await file.tryLock(true)) {
    file.close();
    const state = await readRunState(folder);
    const holder = state === undefined
      ? "another start"
      : `start with process id ${state.pid}, since ${state.startedAt}` +
        (state.urls["viewer"] === undefined ? "" : `, viewer at ${state.urls["viewer"]}`);
    throw new Error(`Cannot start on ${folder.root}: it is held by ${holder}`);
  }
  const wasKilled = await readRunState(folder) !== undefined;
  let saving: Promise<void> = Promise.resolve();
  return {
    wasKilled,
    update(state) {
      const text = JSON.stringify(state, null, 2);
      return saving = saving.then(() => writePrivate(folder.run, text));
    },
    async release() {
      await saving.catch(() => {});
      await Deno.remove(folder.run).catch(() => {});
      file.close();
    },
  };
}

/** What the running start wrote about itself, or undefined. */
export async function readRunState(folder: DataFolder): Promise<RunState | undefined> {
  try {
    const parsed = RunState.safeParse(JSON.parse(await Deno.readTextFile(folder.run)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
