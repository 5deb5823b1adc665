/**
 * Bench, load. What the threads of a process cost, by /proc: the event loop beside its workers and collectors.
 *
 * Times are the scheduler's own, in nanoseconds, where `/proc/PID/stat` counts hundredths of a second: a stretch
 * of ten seconds tells a tenth of a percent.
 *
 * @module
 */

/** Processor time of threads, in µs, by the kernel's name of the thread and its number. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** What the first thread of a process is called here: its event loop. */
export const EVENT_LOOP = "event loop";

/** The threads that live now, each with its time since it began. Empty when the process is gone. */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<string, number>();
  for (const thread of threadsOf(pid)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const [nanoseconds] = readText(`${folder}/schedstat`).split(" ");
    const name = thread === String(pid) ? EVENT_LOOP : readText(`${folder}/comm`).trim();
    if (name !== "") times.set(`${name}/${thread}`, Number(nanoseconds) / 1000);
  }
  return times;
}

/**
 * What threads of one name took together between two looks; of a thread that ended in between nothing is known.
 *
 * @returns µs by name, the dearest first.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { timesBetween } from "./thread_times.ts";
 *
 * const before = new Map([["event loop/7", 100], ["pool/8", 50]]);
 * const after = new Map([["event loop/7", 400], ["pool/8", 60], ["pool/9", 5]]);
 * deepStrictEqual([...timesBetween(before, after)], [["event loop", 300], ["pool", 15]]);
 * ```
 */
export function timesBetween(before: ThreadTimes, after: ThreadTimes): Map<string, number> {
  const byName = new Map<string, number>();
  for (const [thread, micros] of after) {
    const name = thread.slice(0, thread.lastIndexOf("/"));
    byName.set(name, (byName.get(name) ?? 0) + micros - (before.get(thread) ?? 0));
  }
  return new Map([...byName].sort(([, a], [, b]) => b - a));
}

function threadsOf(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Empty when the thread is gone. */
function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
