/**
 * Child processes: started, watched, restarted with back-off, and ended in order.
 *
 * @module
 */

import { type ChildSpec, eachLine, endWatcher, spawnChild } from "./child.ts";
import { backoffMs } from "./retry.ts";
import { sleep } from "@wavekeep/core/service/sleep";

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
      child = spawnChild(spec);
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
