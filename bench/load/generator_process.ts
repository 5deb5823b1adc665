/**
 * Bench, load. The run's hold on a generator: starts it, tells it what to do, ends it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { TextLineStream } from "./line_stream.ts";
import type {
  GeneratorSetup,
  OpenCommand,
  OpenResult,
  Reply,
  RunCommand,
  RunResult,
} from "./messages.ts";

/** A generator that is ready. Dispose of it: its clients vanish. */
export interface GeneratorProcess extends AsyncDisposable {
  readonly pid: number;
  /** Where its EEG comes from. */
  readonly origin: string;
  open(command: Omit<OpenCommand, "do">): Promise<OpenResult>;
  run(command: Omit<RunCommand, "do">, watch?: RunWatch): Promise<RunResult>;
}

/** Told while a run goes on. */
export interface RunWatch {
  readonly onMeasuring?: () => void;
  readonly onMeasured?: () => void;
  readonly onProgress?: (text: string) => void;
}

/**
 * A collection of the whole heap stopped a generator for 300 ms, every three minutes of 2,000 devices: late
 * answers that no server had caused. With so much room there is none within a run (core/decisions/0061).
 */
const V8_FLAGS = "--v8-flags=--initial-old-space-size=1024,--no-parallel-scavenge";

/** Starts one. The signal ends it, and what it is doing fails with the signal's reason. */
export async function startGenerator(
  setup: GeneratorSetup,
  signal: AbortSignal,
): Promise<GeneratorProcess> {
  const { dataFolder } = setup.pool;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      V8_FLAGS,
      "--no-prompt",
      "--quiet",
      "--no-check",
      "--allow-net=127.0.0.1",
      "--allow-env",
      ...(dataFolder === null ? [] : [`--allow-read=${dataFolder}`]),
      fileURLToPath(new URL("generator.ts", import.meta.url)),
    ],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    // Ctrl-C reaches the run, which ends it in its turn.
    detached: true,
  }).spawn();
  const writer = child.stdin.getWriter();
  const replies = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();

  let ending: Promise<void> | undefined;
  const end = () => ending ??= endProcess(child, writer);
  const onAbort = () => void end();
  signal.addEventListener("abort", onAbort);

  const ask = async (question: unknown, watch: RunWatch = {}): Promise<Reply> => {
    signal.throwIfAborted();
    await writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`)).catch(() => {});
    for (;;) {
      const { done, value } = await replies.read();
      signal.throwIfAborted();
      if (done) throw new Error("Cannot load the services: the load generator ended");
      const reply = JSON.parse(value) as Reply;
      if (reply.said === "failed") throw new Error(reply.message);
      if (reply.said === "measuring") watch.onMeasuring?.();
      else if (reply.said === "measured") watch.onMeasured?.();
      else if (reply.said === "progress") watch.onProgress?.(reply.text);
      else return reply;
    }
  };
  const dispose = async () => {
    signal.removeEventListener("abort", onAbort);
    await end();
    await replies.cancel().catch(() => {});
  };
  try {
    const ready = await ask(setup) as Reply & { said: "ready" };
    return {
      pid: child.pid,
      origin: ready.origin,
      open: async (command) =>
        (await ask({ ...command, do: "open" }) as Reply & { said: "opened" }).result,
      run: async (command, watch) =>
        (await ask({ ...command, do: "run" }, watch) as Reply & { said: "ran" }).result,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function endProcess(
  child: Deno.ChildProcess,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  await writer.close().catch(() => {});
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await child.status;
  clearTimeout(timer);
}
