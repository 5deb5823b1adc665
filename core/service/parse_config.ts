/**
 * Layer 6. The environment as a typed, frozen configuration.
 *
 * Sole reader of the environment. Keys are read one by one, because a service runs with
 * `--allow-env=NAME,…` and asking for all of them would throw. Every problem is reported at once.
 *
 * @module
 */
import * as z from "zod";

/** Gives the value of one variable, or undefined. */
export type ReadVariable = (name: string) => string | undefined;

/** The environment does not fit the schema; the message lists every variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** One line per problem: variable and what is wrong with it. Never holds a value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `Cannot read configuration: ${problems.length} problem${problems.length === 1 ? "" : "s"}\n` +
        problems.map((problem) => `  ${problem}`).join("\n"),
    );
    this.problems = problems;
  }
}

/**
 * Reads the variables that `schema` names. An empty variable counts as not set.
 *
 * @param env A record, or a function; default: the process environment.
 * @throws {ConfigError} Some variable is missing or wrong.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import * as z from "zod";
 * import { parseConfig } from "@wavekeep/core/service";
 *
 * const Config = z.object({ PORT: z.coerce.number().int().default(8000) });
 * strictEqual(parseConfig(Config, { PORT: "8100" }).PORT, 8100);
 * ```
 */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: ReadVariable | Readonly<Record<string, string | undefined>> = readEnvironment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const read: ReadVariable = typeof env === "function" ? env : (name) => env[name];
  const variables: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = read(name);
    if (value !== undefined && value !== "") variables[name] = value;
  }
  const result = schema.safeParse(variables);
  if (result.success) return Object.freeze(result.data);
  throw new ConfigError(result.error.issues.map((issue) => {
    const name = issue.path.join(".") || "environment";
    return name in variables ? `${name}: ${issue.message}` : `${name}: ${missing(issue)}`;
  }));
}

function missing(issue: { readonly message: string; readonly code?: string }): string {
  return issue.code === "invalid_type" ? "is not set" : issue.message;
}

function readEnvironment(name: string): string | undefined {
  return Deno.env.get(name);
}

/** The help text of a service: its variables with default and meaning, out of the schema. */
export function configHelp(
  schema: z.ZodObject,
  about: { readonly name: string; readonly summary: string },
): string {
  const names = Object.keys(schema.shape);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = names.map((name) => {
    const field = schema.shape[name] as z.ZodType;
    return `  ${name.padEnd(width)}${describeVariable(field)}`;
  });
  return [
    `Usage: deno task ${about.name}`,
    "",
    about.summary,
    "",
    "Configured by environment variables:",
    ...lines,
    "",
    "Exit codes: 0 fine, 1 refused or failed, 2 usage.",
    "",
  ].join("\n");
}

function describeVariable(field: z.ZodType): string {
  const absent = field.safeParse(undefined);
  const meaning = field.description ?? "";
  if (!absent.success) return `${meaning} (required)`;
  if (absent.data === undefined) return `${meaning} (optional)`;
  const value = Array.isArray(absent.data) ? absent.data.join(",") : String(absent.data);
  return `${meaning} (default ${value === "" ? "empty" : value})`;
}
