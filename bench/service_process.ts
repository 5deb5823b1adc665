/**
 * Bench. One service as a process of its own: started with its narrow permissions, waited for, stopped.
 *
 * The process ends with us whatever happens: a small shell between us ends it when our end of its
 * standard input closes, which the kernel does even after `kill -9`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { inheritedEnvironment } from "../simulator/service_tasks.ts";

/** What to start. */
export interface ServiceProcessOptions {
  readonly name: string;
  /** Arguments of `deno run`: permissions first, then the module. */
  readonly args: readonly string[];
  /** The checkout that it is run from; this one where it is absent. */
  readonly root?: string | undefined;
  /** The environment of the process, besides what every child gets: the viewer fetches its bundler. */
  readonly env: Readonly<Record<string, string>>;
  /** 0 where it listens on none. */
  readonly port: number;
  /** Asked again and again instead of `/readyz`, of what has no port. */
  readonly isReady?: () => Promise<boolean>;
  /** Where standard output and error go. */
  readonly logFile: string;
}

/** A running service that has said it is ready. */
export interface ServiceProcess {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** The service itself, not the shell before it: for what /proc says of it. */
  readonly pid: number;
  /** Drains and ends it; resolves when it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

const SHELL_ENDS_WITH_PARENT = `
log=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$log" 2>&1 & service=$!
echo "$service" >"$log.pid"
( read -r _ <&3; kill -TERM "$service" ) 2>/dev/null & watcher=$!
exec 3<&-
wait "$service"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a service and waits until `/readyz` says 200, or `isReady` says yes.
 *
 * @throws {Error} It ended, or was not ready within 30 s: with the last lines of its log.
 */
export async function startServiceProcess(
  options: ServiceProcessOptions,
  signal?: AbortSignal,
): Promise<ServiceProcess> {
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      SHELL_ENDS_WITH_PARENT,
      "sh",
      options.logFile,
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--quiet",
      ...options.args,
    ],
    cwd: options.root ?? fileURLToPath(new URL("..", import.meta.url)),
    clearEnv: true,
    env: { ...inheritedEnvironment(), ...options.env },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // A group of its own: Ctrl-C reaches us, and we stop it when its turn comes.
    detached: true,
  }).spawn();

  let isEnded = false;
  const ended = child.status.then(() => void (isEnded = true));
  let stopping: Promise<void> | undefined;
  const stop = () => stopping ??= endProcess(child, ended);

  const url = `http://127.0.0.1:${options.port}`;
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  // Closed when the service is ready: it would wait for an idle connection at its end.
  using http = Deno.createHttpClient({});
  while (!await (options.isReady?.() ?? isReady(url, http))) {
    if (isEnded || signal?.aborted || performance.now() > deadlineMs) {
      await stop();
      signal?.throwIfAborted();
      const log = await Deno.readTextFile(options.logFile).catch(() => "(no log)");
      throw new Error(
        `Cannot start ${options.name} on port ${options.port}: ` +
          `${isEnded ? "it ended" : "it was not ready in 30 s"}; last lines of its log:\n` +
          log.trimEnd().split("\n").slice(-8).join("\n"),
      );
    }
    await new Promise((resume) => setTimeout(resume, 50));
  }
  return { url, pid: Number(await Deno.readTextFile(`${options.logFile}.pid`)), stop };
}

async function isReady(url: string, http: Deno.HttpClient): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, {
      client: http,
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function endProcess(child: Deno.ChildProcess, ended: Promise<void>): Promise<void> {
  await child.stdin.close().catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isSlow = await Promise.race([
    ended.then(() => false),
    new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(true), STOP_TIMEOUT_MS)),
  ]);
  clearTimeout(timer);
  if (!isSlow) return;
  // The group is the shell and the service, and nothing else: both were started here.
  Deno.kill(-child.pid, "SIGKILL");
  await ended;
}
