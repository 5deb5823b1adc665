/**
 * What children print: everything into a file each, what a person should see onto the console.
 *
 * @module
 */

import { join } from "node:path";

/** Escape codes of the prefixes, in order of appearance. */
const COLOURS = [36, 35, 32, 33, 34, 31] as const;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** The console and log files of a run. */
export interface ProcessOutput {
  /** A line of a child: logged, and shown when it matters. */
  line(name: string, text: string): void;
  /** A line of our own about a child: shown. */
  notice(name: string, text: string): void;
  /** From now on warnings are shown; before, services that wait for each other only look alarming. */
  settle(): void;
  /** The last lines of a child, for a failure's message. */
  tail(name: string): string[];
  close(): void;
}

/** Opens the log folder; `names` fixes prefix width and colours. */
export function openProcessOutput(
  options: {
    logDir: string;
    names: readonly string[];
    isTerminal: boolean;
    print: (line: string) => void;
  },
): ProcessOutput {
  const width = Math.max(...options.names.map((name) => name.length));
  const files = new Map<string, LogFile>();
  const tails = new Map<string, string[]>();
  let lowest: "warn" | "error" = "error";
  const prefix = (name: string) => {
    const text = `${name.padEnd(width)} │`;
    if (!options.isTerminal) return text;
    return `\x1b[${
      COLOURS[Math.max(0, options.names.indexOf(name)) % COLOURS.length]
    }m${text}\x1b[0m`;
  };
  const notice = (name: string, text: string) => options.print(`${prefix(name)} ${text}`);
  return {
    notice,
    settle() {
      lowest = "warn";
    },
    line(name, text) {
      const file = files.get(name) ?? new LogFile(join(options.logDir, `${name}.log`));
      files.set(name, file);
      file.write(text);
      const tail = tails.get(name) ?? [];
      tails.set(name, tail);
      tail.push(text);
      if (tail.length > 12) tail.shift();
      const shown = forConsole(text, lowest);
      if (shown !== undefined) notice(name, shown);
    },
    tail: (name) => (tails.get(name) ?? []).map((text) => forConsole(text, "info") ?? text),
    close() {
      for (const file of files.values()) file.close();
    },
  };
}

/**
 * The console form of a line: a log line of level warn or above as a sentence, other log lines not at
 * all, and what is no log line as it is.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { forConsole } from "./process_output.ts";
 *
 * strictEqual(forConsole('{"level":"warn","msg":"database away","waitMs":5}'), "warn: database away waitMs=5");
 * strictEqual(forConsole('{"level":"info","msg":"request"}'), undefined);
 * ```
 */
export function forConsole(text: string, lowest: Level = "warn"): string | undefined {
  if (text.trim() === "") return undefined;
  if (!text.startsWith("{")) return text;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(text);
  } catch {
    return text;
  }
  const level = String(entry["level"]);
  if (LEVELS.indexOf(level as Level) < LEVELS.indexOf(lowest)) return undefined;
  const details = Object.entries(entry)
    .filter(([key]) => !["time", "level", "msg", "service", "requestId"].includes(key))
    .map(([key, value]) => `${key}=${inBrief(value)}`)
    .join(" ");
  return `${level}: ${entry["msg"]}${details === "" ? "" : ` ${details}`}`.slice(0, 2000);
}

const LEVELS = ["info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];

/** An error by its message: the stack is in the log file. */
function inBrief(value: unknown): string {
  if (typeof value === "string") return value;
  const message = (value as { message?: unknown } | null)?.message;
  return typeof message === "string" ? message : JSON.stringify(value);
}

/** An append-only file that starts anew, keeping one before it, when it is large. */
class LogFile {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #byteLength = 0;

  constructor(path: string) {
    this.#path = path;
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(`${text}\n`);
    try {
      if (this.#byteLength > LOG_BYTES_MAX) this.close();
      this.#file ??= this.#open();
      this.#byteLength += bytes.byteLength;
      for (let at = 0; at < bytes.byteLength;) at += this.#file.writeSync(bytes.subarray(at));
    } catch {
      // A full disk must not take the console down with the log.
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): Deno.FsFile {
    const options = { append: true, create: true, mode: 0o600 };
    const file = Deno.openSync(this.#path, options);
    this.#byteLength = file.statSync().size;
    if (this.#byteLength < LOG_BYTES_MAX) return file;
    file.close();
    Deno.renameSync(this.#path, `${this.#path}.1`);
    this.#byteLength = 0;
    return Deno.openSync(this.#path, options);
  }
}
