/**
 * Layer 6. An orderly end: on SIGINT or SIGTERM the steps run once, in order, with a deadline.
 *
 * Hazard: under `npx` one Ctrl-C arrives twice, so a second signal must not mean "now".
 *
 * @module
 */
import type { Logger } from "./json_log.ts";

/** One thing to close, and its name for the log. */
export type ShutdownStep = readonly [name: string, close: () => Promise<unknown> | unknown];

/** How long all steps may take. */
const DEADLINE_MS = 25_000;

/** Handle on a registered shutdown. */
export interface Shutdown {
  /** Runs the steps as a signal would; resolves with the exit code. */
  run(reason: string): Promise<number>;
  /** Resolves with the exit code once the steps have run. */
  readonly done: Promise<number>;
}

/**
 * Registers the steps. When they have run, `exit` is called with 0, or with 1 when a step failed or the
 * deadline passed.
 */
export function onShutdown(
  logger: Logger,
  steps: readonly ShutdownStep[],
  exit: (code: number) => void = Deno.exit,
): Shutdown {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const { promise: done, resolve } = Promise.withResolvers<number>();
  let running: Promise<number> | undefined;
  const run = (reason: string) =>
    running ??= runSteps(logger, steps, reason).then((code) => {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
      resolve(code);
      exit(code);
      return code;
    });
  const onSignal = () => void run("signal");
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return { run, done };
}

async function runSteps(
  logger: Logger,
  steps: readonly ShutdownStep[],
  reason: string,
): Promise<number> {
  logger.info("shutting down", { reason });
  let code = 0;
  const deadline = setTimeout(() => {
    logger.error("shutdown took too long", { deadlineMs: DEADLINE_MS });
    Deno.exit(1);
  }, DEADLINE_MS);
  for (const [name, close] of steps) {
    try {
      await close();
    } catch (error) {
      code = 1;
      logger.error("shutdown step failed", { step: name, error });
    }
  }
  clearTimeout(deadline);
  logger.info("stopped", { code });
  return code;
}
