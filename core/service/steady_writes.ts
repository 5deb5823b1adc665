/**
 * Layer 6. Hands what an embedded server has written on to the disk, a little at a time.
 *
 * PostgreSQL makes a table longer by writing empty pages, and leaves it to the kernel when these reach the disk.
 * The kernel waits 30 seconds and then writes all of them, and each commit waits behind it: 100 to 600 ms every 31
 * seconds with 2,000 devices (core/decisions/0060). Whoever runs a server of their own tells the kernel
 * (core/how_to/run_a_site.md); an embedded server is on a machine whose settings are not ours.
 *
 * Hazard: of a write that failed the kernel tells once, and whoever flushes first is told. The server would then
 * take for written what is not. So a failure here must end the server at once, as one of its own does: its
 * recovery makes from the log what was not written.
 *
 * @module
 */

import { join } from "node:path";
import { isMissing } from "./_missing.ts";
import { sleep } from "./sleep.ts";

/** How files are looked after. */
export interface SteadyWritesOptions {
  /** Told when a file could not be flushed; nothing is flushed any more then. */
  readonly onFailed: (error: unknown) => void;
  /** Time between two rounds. */
  readonly everyMs?: number;
  /** Time between two looks for files that have become large. */
  readonly lookMs?: number;
  /** Brings what was written of a file to the disk. */
  readonly flush?: (path: string) => Promise<void>;
}

/** Half a second of 2,000 devices is some 5 MB: as much as goes to the disk beside a commit. */
const EVERY_MS = 500;
const LOOK_MS = 5_000;

/** What is smaller is no burst. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Begins to flush the tables of a cluster that are being written.
 *
 * @param dataDir The cluster's folder.
 * @returns What ends it; resolves when nothing is under way.
 */
export function keepWritesSteady(
  dataDir: string,
  { onFailed, everyMs = EVERY_MS, lookMs = LOOK_MS, flush = flushData }: SteadyWritesOptions,
): { stop(): Promise<void> } {
  const aborter = new AbortController();
  const round = async (files: readonly string[]) => {
    for (const file of files) {
      if (aborter.signal.aborted) return;
      await ifThere(async () => {
        const { mtime } = await Deno.stat(file);
        // Two rounds: what was written while the last one went on is not left out.
        if (Date.now() - mtime!.getTime() < 2 * everyMs) await flush(file);
      });
    }
  };
  const rounds = async () => {
    let files: string[] = [];
    let lookedAt = -Infinity;
    while (await pause(everyMs, aborter.signal)) {
      if (performance.now() - lookedAt >= lookMs) {
        files = await largeFiles(join(dataDir, "base"));
        lookedAt = performance.now();
      }
      await round(files);
    }
  };
  const done = rounds().catch(onFailed);
  return {
    async stop() {
      aborter.abort();
      await done;
    },
  };
}

/** Whether the time has passed and nobody said to stop. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, signal).then(() => true, () => false);
}

/** Files of all databases that are worth flushing. */
async function largeFiles(base: string): Promise<string[]> {
  const files: string[] = [];
  for await (const database of Deno.readDir(base)) {
    const folder = join(base, database.name);
    await ifThere(async () => {
      for await (const { name, isFile } of Deno.readDir(folder)) {
        const path = join(folder, name);
        await ifThere(async () => {
          if (isFile && (await Deno.stat(path)).size >= LARGE_BYTES) files.push(path);
        });
      }
    });
  }
  return files;
}

/** Tables and databases go while they are looked at. */
async function ifThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function flushData(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.syncData();
}
