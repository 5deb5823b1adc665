/**
 * Examples in documentation as tests of one file.
 *
 * `deno test --doc` runs the examples of each source file in a process of its own, and starting one costs a
 * quarter of a second: for two hundred examples of a millisecond each. Here they are written into one file
 * as tests. Only the runner of the whole suite does so; types of examples are checked by `deno task check`.
 *
 * @module
 */

/** One example. */
export interface Example {
  /** Path and line, as `deno test --doc` names it. */
  readonly name: string;
  /** The source file, as a `file:` url: what its relative imports start from. */
  readonly base: string;
  readonly code: string;
}

const FENCE = /^[ \t]*\*[ \t]*```ts(?<attributes>[^\n]*)\n(?<code>[\s\S]*?)^[ \t]*\*[ \t]*```/gm;

/**
 * The examples in a source file's comments; those marked `ignore` are left out.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { examplesOf } from "./examples.ts";
 *
 * const source = "/**\n * `" + "``ts\n * two();\n * `" + "``\n *" + "/";
 * deepStrictEqual(examplesOf("a.ts", "file:///a.ts", source), [
 *   { name: "a.ts$3", base: "file:///a.ts", code: "two();\n" },
 * ]);
 * ```
 */
export function examplesOf(path: string, base: string, source: string): Example[] {
  return [...source.matchAll(FENCE)].flatMap(({ index, groups }) => {
    const { attributes = "", code = "" } = groups!;
    if (/\bignore\b/.test(attributes)) return [];
    const line = source.slice(0, index).split("\n").length + 1;
    const text = code.split("\n").map((each) => each.replace(/^[ \t]*\*[ \t]?/, "")).join("\n");
    return [{ name: `${path}$${line}`, base, code: text }];
  });
}

/** A test file of examples. Its imports of types are dropped: it runs unchecked. */
export function examplesFile(examples: readonly Example[]): string {
  return examples.map(({ name, base, code }) =>
    `Deno.test(${JSON.stringify(name)}, async () => {\n${withDynamicImports(code, base)}});\n`
  ).join("\n");
}

const IMPORT =
  /^import\s+(?<type>type\s)?(?<what>[^"]*?)\s*from\s*"(?<from>[^"]+)";?$|^import\s+"(?<bare>[^"]+)";?$/gm;

/** Imports stand at the top of a file; those of an example go where it does. */
function withDynamicImports(code: string, base: string): string {
  return code.replaceAll(IMPORT, (...match) => {
    const { type, what, from, bare } = match.at(-1) as Record<string, string | undefined>;
    if (type !== undefined) return "";
    const name = (from ?? bare)!;
    const target = JSON.stringify(/^\.\.?\//.test(name) ? new URL(name, base).href : name);
    return what === undefined
      ? `await import(${target});`
      : `const ${pattern(what)} = await import(${target});`;
  });
}

/** What an import names, as the pattern of a declaration. */
function pattern(what: string): string {
  const all = /^\*\s+as\s+(\w+)$/.exec(what);
  if (all !== null) return all[1]!;
  const [, byDefault, , named] = /^(\w+)?(,\s*)?(?:\{([\s\S]*)\})?$/.exec(what) ?? [];
  const names = (named ?? "").split(",").map((each) => each.trim())
    .filter((each) => each !== "" && !each.startsWith("type "))
    .map((each) => each.replace(/\s+as\s+/, ": "));
  return `{ ${
    [...byDefault === undefined ? [] : [`default: ${byDefault}`], ...names].join(", ")
  } }`;
}

const SOURCE = /(?<!\.d)\.tsx?$/;

/** All sources below a folder by path, in the order of paths; or what `wanted` names instead. */
export async function readSources(
  root: URL,
  folder = "",
  wanted = SOURCE,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, root)));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (name.startsWith(".") || name === "node_modules" || name === "dist") continue;
    const path = `${folder}${name}`;
    if (isDirectory) {
      for (const each of await readSources(root, `${path}/`, wanted)) found.set(...each);
    } else if (wanted.test(name)) {
      found.set(path, await Deno.readTextFile(new URL(path, root)));
    }
  }
  return found;
}
