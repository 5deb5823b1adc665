/**
 * Layer 6. One JSON object per line on standard output.
 *
 * Sole owner of the log's shape. The message is a constant lower-case phrase; everything that varies is
 * a field of `log_fields.ts`, with its unit in the name; any other is left out, and its name told. Hazard: never hand in patient identity, annotation text, sample
 * values or a url with its query string; secrets print as `***` when they are wrapped in Secret.
 *
 * @module
 */

import { type LineWriter, lineWriter } from "./line_writer.ts";
import { isLogField } from "./log_fields.ts";

/** `error` needs a person, `warn` is degraded, `info` a change of state, `debug` is off. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What varies. Errors become `{name, message, code, stack}`; the cause is followed. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. A child adds its fields to every line. */
export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/** How a logger is made. */
export interface LoggerOptions {
  /** Name of the service, on every line. */
  readonly service: string;
  /** The lowest level that is written. Default: info. */
  readonly level?: LogLevel;
  /** Takes one line without its newline. Default: standard output. */
  readonly write?: (line: string) => void;
  /** The clock of the `time` field. Default: the system's. */
  readonly now?: () => Date;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * Makes a logger.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { createLogger } from "@wavekeep/core/service";
 *
 * const lines: string[] = [];
 * const logger = createLogger({ service: "ingest", write: (line) => lines.push(line) });
 * logger.info("chunk stored", { sequence: 41 });
 * strictEqual(JSON.parse(lines[0] ?? "").sequence, 41);
 * ```
 */
export function createLogger(options: LoggerOptions): Logger {
  return new JsonLogger(options, { service: options.service });
}

class JsonLogger implements Logger {
  readonly #options: LoggerOptions;
  readonly #fields: LogFields;

  constructor(options: LoggerOptions, fields: LogFields) {
    this.#options = options;
    this.#fields = fields;
  }

  debug(msg: string, fields?: LogFields): void {
    this.#log("debug", msg, fields);
  }
  info(msg: string, fields?: LogFields): void {
    this.#log("info", msg, fields);
  }
  warn(msg: string, fields?: LogFields): void {
    this.#log("warn", msg, fields);
  }
  error(msg: string, fields?: LogFields): void {
    this.#log("error", msg, fields);
  }
  child(fields: LogFields): Logger {
    return new JsonLogger(this.#options, { ...this.#fields, ...fields });
  }

  #log(level: LogLevel, msg: string, fields: LogFields = {}): void {
    const { level: lowest = "info", write, now = () => new Date() } = this.#options;
    if (RANK[level] < RANK[lowest]) return;
    const line = listed({ time: now().toISOString(), level, msg }, this.#fields, fields);
    // A replacer costs several times what it replaces, and most lines hold nothing but text and numbers.
    const text = isPlain(line) ? JSON.stringify(line) : JSON.stringify(line, toJson);
    if (write === undefined) standardOutput().write(text, RANK[level] >= RANK.warn);
    else write(text);
  }
}

/** Everything that a line may have of what was handed in. What names the line itself cannot be replaced. */
function listed(
  line: Record<string, unknown>,
  ...given: readonly LogFields[]
): Record<string, unknown> {
  let dropped: string[] | undefined;
  for (const fields of given) {
    for (const name in fields) {
      if (isLogField(name) && !FIXED.has(name)) line[name] = fields[name];
      else (dropped ??= []).push(name);
    }
  }
  if (dropped !== undefined) line["dropped"] = dropped;
  return line;
}

const FIXED: ReadonlySet<string> = new Set(["time", "level", "msg", "dropped"]);

function isPlain(fields: LogFields): boolean {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "object" && value !== null || typeof value === "bigint") return false;
  }
  return true;
}

function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return describeError(value);
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  return value;
}

/**
 * An error as fields. A database error's `detail` and `where` are left out: they repeat row values; and so is the
 * message of an error that quotes what could not be read.
 */
function describeError(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: quotesInput(error, code) ? "input that cannot be read" : error.message,
    ...(typeof code === "string" ? { code } : {}),
    stack: error.stack?.split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8)
      .map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}

/** A parser's message holds a piece of the text; so does one of SQL's data exceptions (class 22). */
function quotesInput(error: Error, code: unknown): boolean {
  return error instanceof SyntaxError || typeof code === "string" && /^22...$/.test(code);
}

let standard: LineWriter | undefined;

/** All loggers of a process share it, so that their lines are in the order in which they came. */
function standardOutput(): LineWriter {
  if (standard === undefined) {
    const writer = standard = lineWriter((bytes) => Deno.stdout.writeSync(bytes));
    // `Deno.exit` does not wait for the end of a turn.
    globalThis.addEventListener("unload", () => writer.flush());
  }
  return standard;
}
