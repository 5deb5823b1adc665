/**
 * How the services are run: by the tasks in the root deno.json, permissions included.
 *
 * Sole reader of those tasks, so that `start` and `deno task ingest` cannot drift apart.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How a task names a path that the environment may move: `$(printenv NAME || echo DEFAULT)`. */
const FROM_ENVIRONMENT = /\$\(printenv (\w+) \|\| echo ([^\s)]+)\)/g;

/**
 * Arguments for the Deno executable that run a task.
 *
 * @param env What the child will find in its environment; permissions follow it.
 * @throws {Error} There is no such task, or it is more than one `deno run`.
 */
export async function taskArgs(
  name: string,
  env: Readonly<Record<string, string>> = {},
  config = `${ROOT}/deno.json`,
): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(config)) as {
    tasks: Record<string, string>;
  };
  const command = (tasks[name] ?? "").replaceAll(
    FROM_ENVIRONMENT,
    (_, variable: string, fallback: string) => env[variable] ?? fallback,
  );
  const words = command.trim().split(/\s+/);
  if (words[0] !== "deno" || words[1] !== "run" || /[|&;<>$"'`]/.test(command)) {
    throw new Error(`Cannot run task "${name}": it is not a plain deno run in ${config}`);
  }
  return words.slice(1);
}

/** Variables a child gets from us beside its own: where Deno finds its cache, and the locale. */
const INHERITED = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "LANG", "TZ"] as const;

/** The environment that every child gets. */
export function inheritedEnvironment(): Record<string, string> {
  const env: Record<string, string> = { "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1" };
  for (const name of INHERITED) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
