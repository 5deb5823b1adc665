/**
 * How the services are run: by the tasks in the root deno.json, permissions included.
 *
 * Sole reader of those tasks, so that `start` and `deno task ingest` cannot drift apart.
 *
 * @module
 */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** `$(printenv NAME || echo DEFAULT)`: the one shell construct the tasks use. */
const PLACEHOLDER = /\$\(printenv (\w+) \|\| echo ([^\s)]+)\)/g;

/** A variable that a task sets before its command. */
const ASSIGNMENT = /^([A-Z_]+)=([\w.]+)$/;

/** How a task is run. */
export interface TaskCommand {
  /** For the Deno executable. */
  readonly args: string[];
  /** Variables that the task sets itself. */
  readonly env: Record<string, string>;
}

/** A task as deno.json has it. */
type Task = string | { readonly command?: string; readonly dependencies?: readonly string[] };

/**
 * The command of a task, what it depends on having been run: a service's bundles are there, as they are when
 * somebody types `deno task ingest`. That is done once in a process.
 *
 * @param env What the task's placeholders stand for.
 * @throws {Error} There is no such task, it is more than one `deno run`, or what it depends on failed.
 */
export async function taskCommand(
  name: string,
  env: Readonly<Record<string, string>>,
  config = `${ROOT}/deno.json`,
): Promise<TaskCommand> {
  const { tasks } = JSON.parse(await Deno.readTextFile(config)) as {
    tasks: Record<string, Task>;
  };
  const task = tasks[name] ?? "";
  const { command = "", dependencies = [] } = typeof task === "string" ? { command: task } : task;
  for (const dependency of dependencies) await runOnce(dependency, config);
  // A path may hold a space, so words are split before values are put in.
  const names: [string, string][] = [];
  const words = command.replace(PLACEHOLDER, (_, variable: string, standard: string) => {
    names.push([variable, standard]);
    return `\u0000${names.length - 1}\u0000`;
  }).split(/\s+/);
  const own: Record<string, string> = {};
  for (let match; (match = ASSIGNMENT.exec(words[0]!)) !== null; words.shift()) {
    own[match[1]!] = match[2]!;
  }
  if (words[0] !== "deno" || words[1] !== "run" || /[|&;<>$"'`]/.test(words.join(" "))) {
    throw new Error(`Cannot run task "${name}": it is not a plain deno run in ${config}`);
  }
  const args = words.slice(1).map((word) =>
    // deno-lint-ignore no-control-regex -- the mark that cannot be in a task
    word.replace(/\u0000(\d+)\u0000/g, (_, index: string) => {
      const [variable, standard] = names[Number(index)]!;
      return env[variable] ?? standard;
    })
  );
  return { args, env: own };
}

const running = new Map<string, Promise<void>>();

function runOnce(task: string, config: string): Promise<void> {
  const key = `${config} ${task}`;
  let done = running.get(key);
  if (done === undefined) {
    // What failed is tried again by the next who asks.
    done = runTask(task, config).catch((error) => {
      running.delete(key);
      throw error;
    });
    running.set(key, done);
  }
  return done;
}

async function runTask(task: string, config: string): Promise<void> {
  const { args, env } = await taskCommand(task, {}, config);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { ...inheritedEnvironment(), ...env },
    cwd: dirname(config),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

/**
 * Variables a child gets from us beside its own: where Deno finds its cache, the locale, how the
 * package registry is reached, because the viewer's first build still downloads its compiler, and where telemetry
 * is sent, if somebody wants it.
 */
const INHERITED = [
  "PATH",
  "HOME",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "TMPDIR",
  "LANG",
  "TZ",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "NPM_CONFIG_REGISTRY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "http_proxy",
  "https_proxy",
  "OTEL_DENO",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
  "OTEL_BSP_SCHEDULE_DELAY",
] as const;

/** Our own services are never behind the proxy. */
const NEVER_PROXIED = ["127.0.0.1", "localhost"];

/** The environment that every child gets. */
export function inheritedEnvironment(): Record<string, string> {
  const env: Record<string, string> = { "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1" };
  for (const name of INHERITED) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  const noProxy = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
  env["NO_PROXY"] = [...noProxy.split(",").filter((host) => host !== ""), ...NEVER_PROXIED].join();
  return env;
}
