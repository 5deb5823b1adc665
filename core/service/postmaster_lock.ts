/**
 * Layer 6. Reads `postmaster.pid` and ends a server that a killed parent left behind.
 *
 * Hazard: the number in the file may belong to somebody else by now (a reboot, a reused process id).
 * Nothing is signalled unless the process is a `postgres` whose working folder is the data folder.
 *
 * @see PostgreSQL source, src/include/utils/pidfile.h (the lines of the file)
 * @module
 */
import { join } from "node:path";
import { isMissing } from "./_missing.ts";
import { sleep } from "./sleep.ts";

/** What the server wrote about itself. */
export interface PostmasterLock {
  readonly pid: number;
  /** Seconds since 1970 at which the server started. */
  readonly startedAtSeconds: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty while the file is still being written. */
  readonly status: string;
}

/** How long a server may take to go by itself, once its parent is gone. */
const PATIENCE_MS = 3_000;
const STOP_TIMEOUT_MS = 15_000;

/** The lock file of a data folder, or undefined where there is none. */
export async function postmasterLock(dataDir: string): Promise<PostmasterLock | undefined> {
  try {
    return parsePostmasterLock(await Deno.readTextFile(join(dataDir, "postmaster.pid")));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Parses the text of `postmaster.pid`; undefined when not even the process id is there yet. */
export function parsePostmasterLock(text: string): PostmasterLock | undefined {
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, startedAtSeconds: Number(lines[2] ?? 0), status: (lines[7] ?? "").trim() };
}

/**
 * Returns when no server runs on `dataDir`.
 *
 * Waits for one that is going down, then asks it to stop, then takes it down hard; a lock file that
 * names no server of this folder is removed, because the server itself would refuse to start when the
 * number has been reused by another process of the same user.
 */
export async function stopStalePostmaster(
  dataDir: string,
  options: { patienceMs?: number } = {},
): Promise<void> {
  const realDataDir = await Deno.realPath(dataDir);
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  if (await hasGone(dataDir, realDataDir, patienceMs)) return;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    const lock = await postmasterLock(dataDir);
    if (lock !== undefined && await isServerOf(lock.pid, realDataDir)) Deno.kill(lock.pid, signal);
    if (await hasGone(dataDir, realDataDir, STOP_TIMEOUT_MS)) return;
  }
  throw new Error(`Cannot start PostgreSQL: another server still runs on ${dataDir}`);
}

async function hasGone(dataDir: string, realDataDir: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const lock = await postmasterLock(dataDir);
    if (lock === undefined) return true;
    if (!await isServerOf(lock.pid, realDataDir)) {
      await Deno.remove(join(dataDir, "postmaster.pid")).catch((error) => {
        if (!isMissing(error)) throw error;
      });
      return true;
    }
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
}

/** Whether the process is a PostgreSQL server whose working folder is `realDataDir`. */
async function isServerOf(pid: number, realDataDir: string): Promise<boolean> {
  try {
    const name = await Deno.readTextFile(`/proc/${pid}/comm`);
    return name.trim() === "postgres" && await folderOf(pid) === realDataDir;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The data folder of a server: its working folder, or where that is hidden from us, what it was told. */
async function folderOf(pid: number): Promise<string | undefined> {
  try {
    return await Deno.readLink(`/proc/${pid}/cwd`);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    const words = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");
    const folder = words[words.indexOf("-D") + 1];
    return folder === undefined ? undefined : await Deno.realPath(folder);
  }
}
