/**
 * Faults. One of our services as a process that is killed and started again.
 *
 * Run as people run it: by its task in the root deno.json, permissions included. It keeps its port over
 * its lives, so that whoever talks to it needs no other address, and cannot outlive us.
 *
 * @module
 */

import { Problem } from "@wavekeep/core/problem";
import { freePort } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { eachLine, endWatcher, spawnChild } from "../child.ts";
import { inheritedEnvironment, ROOT, taskCommand } from "../service_tasks.ts";

/** What to run. */
export interface ServiceOptions {
  /** A task of the root deno.json, such as "ingest". */
  readonly task: string;
  /** Its environment, PORT left out. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments behind the task's own. */
  readonly args?: readonly string[];
  /** Passed as PORT; a free one by default. */
  readonly port?: number;
  /** What says 200 when it can do its work. Default: `/readyz`. */
  readonly readyPath?: string;
  readonly signal?: AbortSignal;
}

/** Lines kept of what a service said, for whoever looks for a reason. */
const TAIL_LINES = 40;

/** A service that takes longer is not going to be ready. */
const READY_TIMEOUT_MS = 60_000;

/** How often readiness is asked for: a fraction of a start. */
const READY_EVERY_MS = 40;

/** Kept of an answer that is no problem document. */
const REASON_CHARACTERS_MAX = 200;

/** A service with as many lives as are wanted. */
export class ServiceProcess implements AsyncDisposable {
  readonly task: string;
  readonly url: string;
  readonly port: number;
  /** Ends that nobody asked for, with the exit code of each. */
  readonly deaths: number[] = [];
  readonly #options: ServiceOptions;
  readonly #spec: Parameters<typeof spawnChild>[0];
  readonly #tail: string[] = [];
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<number> = Promise.resolve(0);
  #isExpectedToEnd = false;

  private constructor(
    options: ServiceOptions,
    spec: Parameters<typeof spawnChild>[0],
    port: number,
  ) {
    this.#options = options;
    this.#spec = spec;
    this.task = options.task;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Prepares a service; `start` gives it its first life. */
  static async of(options: ServiceOptions): Promise<ServiceProcess> {
    const port = options.port ?? freePort();
    const { args, env } = await taskCommand(options.task, options.env);
    return new ServiceProcess(options, {
      name: options.task,
      command: Deno.execPath(),
      args: [...args, ...options.args ?? []],
      env: { ...inheritedEnvironment(), ...env, ...options.env, "PORT": String(port) },
      cwd: ROOT,
    }, port);
  }

  /** Process id of this life, or undefined between two of them. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The last lines it said, of all its lives. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Begins a life; it is not ready yet. */
  start(): void {
    if (this.#child !== undefined) throw new Error(`Cannot start ${this.task}: it runs`);
    const child = spawnChild(this.#spec);
    this.#child = child;
    this.#isExpectedToEnd = false;
    const keep = (line: string) => {
      this.#tail.push(line);
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    };
    const output = Promise.all([eachLine(child.stdout, keep), eachLine(child.stderr, keep)]);
    this.#ended = (async () => {
      const { code } = await child.status;
      endWatcher(child.pid);
      await child.stdin.close().catch(() => {});
      await output;
      if (this.#child === child) this.#child = undefined;
      if (!this.#isExpectedToEnd) this.deaths.push(code);
      return code;
    })();
  }

  /**
   * Waits until it says that it is ready.
   *
   * @returns Milliseconds of waiting.
   * @throws {Error} It ended, or took longer than a minute: with its last lines.
   */
  async ready(): Promise<number> {
    const startedMs = performance.now();
    while (!await this.asks(this.#options.readyPath ?? "/readyz")) {
      this.#options.signal?.throwIfAborted();
      const waitedMs = performance.now() - startedMs;
      if (this.#child === undefined || waitedMs > READY_TIMEOUT_MS) {
        const why = this.#child === undefined ? "it ended" : `not within ${READY_TIMEOUT_MS} ms`;
        throw new Error(
          `Cannot wait for ${this.task}: ${why}; its last lines:\n${this.#tail.join("\n")}`,
        );
      }
      await sleep(READY_EVERY_MS);
    }
    return performance.now() - startedMs;
  }

  /** Whether a route answers 2xx at this moment. */
  async asks(path: string): Promise<boolean> {
    return await this.refusal(path) === undefined;
  }

  /** Why a route does not answer 2xx at this moment; undefined when it does. */
  async refusal(path: string): Promise<string | undefined> {
    try {
      // A connection of its own each time: one that is kept would hold up an orderly end.
      const response = await fetch(this.url + path, {
        headers: { "connection": "close" },
        signal: AbortSignal.timeout(3_000),
      });
      const text = await response.text();
      return response.ok ? undefined : `${response.status} ${reasonsOf(text)}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Sends a signal and waits for the end; the exit code (137 is SIGKILL). */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number> {
    const child = this.#child;
    if (child === undefined) return await this.#ended;
    this.#isExpectedToEnd = true;
    try {
      child.kill(signal);
    } catch (error) {
      // It has just ended by itself.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    return await this.#ended;
  }

  /** Ends it, in order if it can. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === undefined) return;
    const timer = setTimeout(() => void this.end("SIGKILL"), 15_000);
    await this.end("SIGTERM").finally(() => clearTimeout(timer));
  }
}

/** What a problem document says is wrong, or the beginning of any other text. */
function reasonsOf(text: string): string {
  const problem = Problem.safeParse(parsed(text));
  const errors = problem.data?.errors ?? [];
  if (errors.length === 0) return text.slice(0, REASON_CHARACTERS_MAX);
  return errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
