/**
 * What every command does the same way: flags, help, messages, exit codes.
 *
 * 0 is fine, 1 is refused or failed, 2 is wrong usage.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { guardTelemetry } from "@wavekeep/core/service/telemetry";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line does not make sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command line, taken apart. */
export interface ParsedFlags {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * Parses flags.
 *
 * @throws {UsageError} A flag is unknown or lacks its value.
 */
export function parseFlags(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
): ParsedFlags {
  // `deno task x -- --flag` hands the two dashes on.
  const own = args[0] === "--" ? args.slice(1) : [...args];
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
      strict: true,
    });
    return { values: values as ParsedFlags["values"], positionals };
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** The value of a flag that is given once. */
export function textFlag(flags: ParsedFlags, name: string): string | undefined {
  const value = flags.values[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * The value of a flag as a number.
 *
 * @throws {UsageError} Not a number in the range.
 */
export function numberFlag(
  flags: ParsedFlags,
  name: string,
  range: { min: number; max: number; integer?: boolean; minExclusive?: boolean },
): number | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN;
  const isLow = range.minExclusive ? !(value > range.min) : !(value >= range.min);
  if (isLow || value > range.max || (range.integer && !Number.isInteger(value))) {
    const kind = range.integer ? "whole number" : "number";
    const from = range.minExclusive ? `above ${range.min}` : `from ${range.min}`;
    throw new UsageError(`--${name} is "${text}", must be a ${kind} ${from} to ${range.max}`);
  }
  return value;
}

/**
 * The seed that `--seed` names, or a drawn one.
 *
 * @param draw 32 bits.
 * @throws {UsageError} Not a whole number of 32 bits.
 */
export function seedFlag(
  flags: ParsedFlags,
  draw: () => number = () => crypto.getRandomValues(new Uint32Array(1))[0]!,
): number {
  return numberFlag(flags, "seed", { min: 0, max: 2 ** 32 - 1, integer: true }) ?? draw();
}

/**
 * The value of a flag as an absolute http address.
 *
 * @throws {UsageError} Not one.
 */
export function urlFlag(flags: ParsedFlags, name: string, standard: string): string {
  const text = textFlag(flags, name) ?? standard;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--${name} is "${text}", must be an address such as ${standard}`);
  }
  return text.replace(/\/+$/, "");
}

/**
 * Runs a command and ends the process with its code.
 *
 * @param command.run Returns the exit code; a thrown {@link UsageError} is 2, anything else is 1.
 */
export async function runCommand(
  command: {
    readonly name: string;
    readonly usage: string;
    readonly options: NonNullable<ParseArgsConfig["options"]>;
    readonly run: (flags: ParsedFlags) => Promise<number>;
  },
  args: readonly string[] = Deno.args,
): Promise<never> {
  Deno.exit(await commandCode(command, args));
}

async function commandCode(
  command: Parameters<typeof runCommand>[0],
  args: readonly string[],
): Promise<number> {
  try {
    // What a command asks of a service has codes in its address, which telemetry would send.
    guardTelemetry();
    const flags = parseFlags(args, command.options);
    if (flags.values["help"]) {
      print("stdout", command.usage);
      return 0;
    }
    return await command.run(flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UsageError) {
      print("stderr", `${message}\n\n${command.usage}`);
      return 2;
    }
    print("stderr", `${command.name}: ${message}`);
    return 1;
  }
}
