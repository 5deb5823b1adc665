/**
 * Child processes: started, watched, restarted with back-off, and ended in order.
 *
 * Every child hangs on a pipe from us. When the pipe closes, because we stop it or because we were killed
 * by `kill -9`, a small shell beside the child asks it to drain and, after a grace, ends it. So there is
 * no orphan, whatever happens to us, and Ctrl-C reaches us alone: each child is in a session of its own.
 *
 * @module
 */

import { backoffMs } from "./retry.ts";
import { sleep } from "@wavekeep/core/service/sleep";

/** A program to keep running. */
export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that mean it has finished and shall not be started again. */
  readonly finalCodes?: readonly number[];
}

/** A program that is kept running. */
export interface Supervised {
  readonly name: string;
  /** Process id of the running child; undefined between two of them. */
  readonly pid: number | undefined;
  readonly restartCount: number;
  /** Resolves when it was stopped or has finished, with the last exit code. */
  readonly ended: Promise<number>;
  /** Closes the pipe and waits. Safe to call twice. */
  stop(): Promise<void>;
}

export interface SupervisorDeps {
  /** One line of a child's output. */
  readonly onLine: (name: string, line: string) => void;
  /** A child began, ended by itself, or is waited with. */
  readonly onEvent: (name: string, event: SupervisorEvent) => void;
}

export type SupervisorEvent =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "died"; readonly code: number; readonly waitMs: number }
  | { readonly kind: "finished"; readonly code: number };

/** Seconds a child gets to drain before it is killed; below what a service gives itself is pointless. */
const GRACE_SECONDS = 30;

/** `kill -0` polls ten times a second, so nothing of ours lives longer than a tenth beyond the child. */
const SHELL_HANGS_ON_PIPE = `
exec 3<&0
(
  read -r _ <&3
  read -r _ _ _ parent _ </proc/self/stat
  # The child is our parent; when it has ended, its number may be somebody else's by now.
  [ "$parent" = "$$" ] || exit 0
  kill -TERM "$$"
  tries=0
  while [ "$tries" -lt ${GRACE_SECONDS * 10} ] && kill -0 "$$"; do
    sleep 0.1
    read -r _ _ _ parent _ </proc/self/stat
    [ "$parent" = "$$" ] || exit 0
    tries=$((tries + 1))
  done
  kill -KILL "$$"
) </dev/null >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

const RESTART = { baseMs: 250, capMs: 10_000, patienceMs: Infinity };
/** A child that ran this long has proved itself: its next failure is a first one. */
const STEADY_MS = 30_000;

/** Starts `spec` and keeps it running until `stop`. */
export function supervise(spec: ChildSpec, deps: SupervisorDeps): Supervised {
  const stopping = new AbortController();
  let child: Deno.ChildProcess | undefined;
  let restartCount = 0;

  async function loop(): Promise<number> {
    for (let failures = 0;; restartCount++) {
      const startedAt = performance.now();
      child = spawn(spec);
      deps.onEvent(spec.name, { kind: "started", pid: child.pid });
      const output = Promise.all([
        eachLine(child.stdout, (line) => deps.onLine(spec.name, line)),
        eachLine(child.stderr, (line) => deps.onLine(spec.name, line)),
      ]);
      const closePipe = () => void child?.stdin.close().catch(() => {});
      stopping.signal.addEventListener("abort", closePipe, { once: true });
      if (stopping.signal.aborted) closePipe();
      const { code } = await child.status;
      endWatcher(child.pid);
      await output;
      stopping.signal.removeEventListener("abort", closePipe);
      closePipe();
      child = undefined;
      const isFinal = spec.finalCodes?.includes(code) ?? false;
      if (stopping.signal.aborted || isFinal) {
        if (isFinal && !stopping.signal.aborted) {
          deps.onEvent(spec.name, { kind: "finished", code });
        }
        return code;
      }
      failures = performance.now() - startedAt > STEADY_MS ? 0 : failures;
      // At least half a base, so that a child that cannot start does not spin.
      const waitMs = RESTART.baseMs / 2 + backoffMs(failures++, RESTART, Math.random());
      deps.onEvent(spec.name, { kind: "died", code, waitMs });
      try {
        await sleep(waitMs, stopping.signal);
      } catch {
        return code;
      }
    }
  }

  const ended = loop();
  return {
    name: spec.name,
    get pid() {
      return child?.pid;
    },
    get restartCount() {
      return restartCount;
    },
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

function spawn(spec: ChildSpec): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", SHELL_HANGS_ON_PIPE, "sh", spec.command, ...spec.args],
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: { ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  }).spawn();
}

/** The shell beside a child has nothing left to watch: it goes now, not at its next look. */
function endWatcher(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const LINE_LENGTH_MAX = 16_384;

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
    if (rest.length > LINE_LENGTH_MAX) {
      onLine(rest);
      rest = "";
    }
  }
  if (rest !== "") onLine(rest);
}
