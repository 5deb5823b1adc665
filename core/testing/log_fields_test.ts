import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isLogField } from "../service/log_fields.ts";
import { logReference } from "./log_reference.ts";

Deno.test("log.md and log_schema.json are what the logger keeps to; deno task config --write makes them anew", async () => {
  for (const [url, text] of logReference()) strictEqual(await Deno.readTextFile(url), text);
});

/** The text between the bracket at `start` and its partner; texts in quotes are passed over. */
function inside(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (`"'\``.includes(char)) {
      for (at++; at < text.length && text[at] !== char; at++) if (text[at] === "\\") at++;
    } else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && --depth === 0) return text.slice(start + 1, at);
  }
  return "";
}

/** Names of the members of the first object among the arguments. */
function* membersLogged(call: string): Iterable<string> {
  const start = call.search(/\{(?=\s*(\.\.\.)?[\w"])/);
  // A template's `${`, or an object within another call.
  if (start < 0 || call[start - 1] === "$") return;
  let depth = 0;
  let piece = "";
  for (const char of inside(call, start) + ",") {
    if ("([{".includes(char)) depth++;
    if (")]}".includes(char)) depth--;
    if (char !== "," || depth > 0) piece += char;
    else {
      const [, name] = /^\s*(?:\/\/.*\n\s*)*"?(\w+)"?\s*(?::|$)/.exec(piece.trimEnd()) ?? [];
      if (name !== undefined) yield name;
      piece = "";
    }
  }
}

async function* sources(folder: URL): AsyncIterable<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory && !["testing", "dist", "node_modules", "static"].includes(name)) {
      yield* sources(url);
    } else if (/\.tsx?$/.test(name) && !/_test\.tsx?$/.test(name)) yield url;
  }
}

Deno.test("every field that a service logs by name is in the list", async () => {
  const unlisted: string[] = [];
  let found = 0;
  for (const part of ["core", "ingest", "query", "viewer", "simulator"]) {
    for await (const url of sources(new URL(`../../${part}/`, import.meta.url))) {
      const text = await Deno.readTextFile(url);
      for (
        const { index, 0: match } of text.matchAll(/logger"?\)?\??\.(debug|info|warn|error)\(/g)
      ) {
        for (const name of membersLogged(inside(text, index + match.length - 1))) {
          found++;
          if (!isLogField(name)) unlisted.push(`${url.pathname.split("/").at(-1)}: ${name}`);
        }
      }
    }
  }
  ok(found > 100, `${found} fields`);
  deepStrictEqual(unlisted, []);
});
