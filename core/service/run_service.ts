/**
 * Layer 6. The frame of every service's `main.ts`: help, configuration, refusal, end.
 *
 * @module
 */
import type * as z from "zod";
import { createLogger, type Logger, type LogLevel } from "./json_log.ts";
import { ConfigError, configHelp, parseConfig } from "./parse_config.ts";
import { onShutdown, type ShutdownStep } from "./shutdown.ts";
import { guardTelemetry } from "./telemetry.ts";
import { requireStrongSecrets } from "./weak_secrets.ts";

/** A service: its name, its environment, and how it starts. */
export interface ServiceSpec<Shape extends z.ZodRawShape> {
  /** As in `deno task NAME` and in the log. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly summary: string;
  readonly config: z.ZodObject<Shape>;
  /** Starts everything and returns what to close, in order. Throws to refuse. */
  start(
    config: Readonly<z.output<z.ZodObject<Shape>>>,
    logger: Logger,
  ): Promise<readonly ShutdownStep[]>;
}

/**
 * Runs a service until it is told to stop.
 *
 * Exit codes: 0 stopped in order, 1 refused to start or failed, 2 wrong arguments or configuration.
 */
export async function runService<Shape extends z.ZodRawShape>(
  spec: ServiceSpec<Shape>,
  args: readonly string[] = Deno.args,
): Promise<void> {
  const help = configHelp(spec.config, spec);
  if (args.includes("--help") || args.includes("-h")) {
    await write(Deno.stdout, help);
    Deno.exit(0);
  }
  if (args.length > 0) {
    await write(Deno.stderr, `Cannot start ${spec.name}: it takes no arguments\n\n${help}`);
    Deno.exit(2);
  }
  let config;
  try {
    config = parseConfig(spec.config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    await write(Deno.stderr, `${error.message}\n\n${help}`);
    Deno.exit(2);
  }
  const { LOG_LEVEL: level } = config as { LOG_LEVEL?: LogLevel };
  const logger = createLogger({ service: spec.name, ...(level === undefined ? {} : { level }) });
  takeOverConsole(logger);
  globalThis.addEventListener("unhandledrejection", (event) => {
    // A promise nobody waits for has failed: a bug of ours, and no reason to drop running requests.
    event.preventDefault();
    logger.error("promise rejected without a handler", { error: event.reason });
  });
  try {
    await requireStrongSecrets(config, logger);
    if (guardTelemetry()) logger.info("telemetry is sent", { by: "OTEL_DENO" });
    const steps = await spec.start(config, logger);
    onShutdown(logger, steps);
  } catch (error) {
    logger.error("refused to start", { error });
    Deno.exit(1);
  }
}

/**
 * What libraries print becomes log lines: an aborted client makes the HTTP adapter print a raw stack,
 * and a line that is no JSON breaks whoever reads the log.
 */
function takeOverConsole(logger: Logger): void {
  const print = (...parts: unknown[]) => {
    const [first] = parts;
    if (first instanceof Error) logger.info("client or library error", { error: first });
    else logger.info("library message", { text: parts.map(String).join(" ").slice(0, 500) });
  };
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    globalThis.console[method] = print;
  }
}

async function write(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  let offset = 0;
  while (offset < bytes.length) offset += await stream.write(bytes.subarray(offset));
}

/**
 * For `openPool`: ends the process when its database was replaced by a backup. What it remembers of rows
 * (numbers of segments, what is stored) is of another life; whoever started it starts it again.
 */
export function endOnRestored(
  logger: Logger,
): (life: { readonly before: number; readonly now: number }) => void {
  return (life) => {
    logger.error("database was restored; ending", life);
    Deno.exit(1);
  };
}
