/**
 * Layer 6. The environment as a typed, frozen configuration.
 *
 * Sole reader of the environment. Keys are read one by one, because a service runs with
 * `--allow-env=NAME,…` and asking for all of them would throw. Every problem is reported at once.
 * A secret may lie in a file that `NAME_FILE` names: an environment is inherited by children, shown by
 * inspection of containers and kept in crash dumps.
 *
 * @module
 */
import * as z from "zod";
import { cameFrom, Secret } from "./secret.ts";

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
  const files: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of Object.keys(schema.shape)) {
    const value = read(name);
    if (value !== undefined && value !== "") variables[name] = value;
    const path = isSecretField(schema.shape[name] as z.ZodType) ? read(fileVariable(name)) : "";
    if (path === undefined || path === "") continue;
    if (name in variables) {
      problems.push(`${name}: is set, and ${fileVariable(name)} as well; one is wanted`);
      continue;
    }
    try {
      variables[name] = readSecretFile(path);
      files[name] = path;
    } catch (error) {
      // Stands in for what could not be read, so that nobody complains twice.
      variables[name] = "unread";
      problems.push(`${fileVariable(name)}: ${(error as Error).message}`);
    }
  }
  const result = schema.safeParse(variables);
  if (result.success && problems.length === 0) {
    for (const [name, path] of Object.entries(files)) {
      cameFrom((result.data as Record<string, unknown>)[name] as Secret, path);
    }
    return Object.freeze(result.data);
  }
  throw new ConfigError([
    ...problems,
    ...(result.error?.issues ?? []).map((issue) => {
      const name = issue.path.join(".") || "environment";
      return name in variables ? `${name}: ${issue.message}` : `${name}: ${missing(issue)}`;
    }),
  ]);
}

/**
 * One secret, for commands without a schema: out of its variable, or out of the file that it names.
 *
 * @returns Undefined when neither is set.
 * @throws {ConfigError} Both are, or the file cannot be read.
 */
export function readSecretVariable(name: string): string | undefined {
  const value = readEnvironment(name) || undefined;
  const path = readEnvironment(fileVariable(name)) || undefined;
  if (path === undefined) return value;
  if (value !== undefined) {
    throw new ConfigError([`${name}: is set, and ${fileVariable(name)} as well; one is wanted`]);
  }
  try {
    return readSecretFile(path);
  } catch (error) {
    throw new ConfigError([`${fileVariable(name)}: ${(error as Error).message}`]);
  }
}

/** The variable that names the file of a secret. */
export function fileVariable(name: string): string {
  return `${name}_FILE`;
}

/** Whether a variable holds a secret. */
export function isSecretField(field: z.ZodType): boolean {
  return field.safeParse("postgres://x").data instanceof Secret;
}

/** Every variable that may be set for a schema: its own, and those that name secrets' files. */
export function environmentNames(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) =>
    isSecretField(field as z.ZodType) ? [name, fileVariable(name)] : [name]
  );
}

/** One secret a file; the newline that editors leave is none of it. */
function readSecretFile(path: string): string {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("names a file that is not there");
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error("names a file outside of the folders in SECRETS_DIR (default /run/secrets)");
    }
    throw new Error("names a file that cannot be read");
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new Error("names an empty file");
  return secret;
}

function missing(issue: { readonly message: string; readonly code?: string }): string {
  return issue.code === "invalid_type" ? "is not set" : issue.message;
}

function readEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    // Commands that are not services name fewer variables; their secrets come from those alone.
    if (error instanceof Deno.errors.NotCapable && name.endsWith("_FILE")) return undefined;
    throw error;
  }
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
    ...names.some((name) => isSecretField(schema.shape[name] as z.ZodType))
      ? ["A secret may lie in a file instead, which its variable with _FILE names.", ""]
      : [],
    "Exit codes: 0 fine, 1 refused or failed, 2 usage.",
    "",
  ].join("\n");
}

function describeVariable(field: z.ZodType): string {
  const absent = field.safeParse(undefined);
  const meaning = `${field.description ?? ""}${isSecretField(field) ? "; secret" : ""}`;
  if (!absent.success) return `${meaning} (required)`;
  if (absent.data === undefined) return `${meaning} (optional)`;
  const value = Array.isArray(absent.data) ? absent.data.join(",") : String(absent.data);
  return `${meaning} (default ${value === "" ? "empty" : value})`;
}
