/**
 * Faults. One of our tasks that runs once and ends, as an operator runs it.
 *
 * @module
 */

import { inheritedEnvironment, ROOT, taskCommand } from "../service_tasks.ts";

/** What came of it. */
export interface OnceResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a task of the root deno.json with its own permissions. */
export async function runOnce(
  task: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<OnceResult> {
  const command = await taskCommand(task, env);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...command.args, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inheritedEnvironment(), ...command.env, ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The same, when anything but success is the end of what is tried. */
export async function mustRun(...of: Parameters<typeof runOnce>): Promise<OnceResult> {
  const result = await runOnce(...of);
  if (result.code === 0) return result;
  throw new Error(
    `deno task ${of[0]} ${
      of[1].join(" ")
    } ended with ${result.code}: ${result.stdout}${result.stderr}`,
  );
}
