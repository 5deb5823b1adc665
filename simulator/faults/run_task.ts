/**
 * Faults. A campaign that is a task of its own: `deno task NAME --seed N --count N --json`.
 *
 * Such a task says `{"done": N}` now and then, and at the end a line with `violations`, `figures` and
 * `seconds`. It runs as a process because it is made of parts that the simulator may not import, or because its
 * memory is what is measured.
 *
 * @module
 */

import { eachLine, endWatcher, spawnChild } from "../child.ts";
import { inheritedEnvironment, ROOT, taskCommand } from "../service_tasks.ts";
import type { CampaignOptions, CampaignResult } from "./campaign.ts";

/** What the task says in its last line. */
export interface TaskResult extends CampaignResult {
  readonly seconds: number;
}

/**
 * Runs a task of the root deno.json as a campaign.
 *
 * @throws {Error} It ended without a result; what it said last is in the message.
 */
export async function runTask(
  task: string,
  { count, seed, signal, onProgress }: CampaignOptions,
): Promise<TaskResult> {
  const { args, env } = await taskCommand(task, {});
  const child = spawnChild({
    name: task,
    command: Deno.execPath(),
    args: [...args, "--seed", `${seed}`, "--count", `${count}`, "--json"],
    env: { ...inheritedEnvironment(), ...env },
    cwd: ROOT,
  });
  const stop = () => void child.stdin.close().catch(() => {});
  signal.addEventListener("abort", stop);
  let result: TaskResult | undefined;
  let said = "";
  try {
    const [{ code }] = await Promise.all([
      child.status,
      eachLine(child.stdout, (line) => {
        const told = JSON.parse(line) as TaskResult;
        onProgress(told.done);
        if (told.violations !== undefined) result = told;
      }),
      eachLine(child.stderr, (line) => {
        said = line;
      }),
    ]);
    endWatcher(child.pid);
    signal.throwIfAborted();
    if (result === undefined) throw new Error(`Cannot run ${task}: it ended with ${code}: ${said}`);
    return result;
  } finally {
    signal.removeEventListener("abort", stop);
    await child.stdin.close().catch(() => {});
  }
}
