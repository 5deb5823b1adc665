/**
 * A program with all its modules in one file.
 *
 * The same program: flags and permissions are those of whoever starts it. What nobody uses of its modules, most of
 * their comments and all source maps are not in the file, so that a process holds less and starts sooner.
 *
 * Hazard: what a program loads by a path of its own, a worker say, is not in the file.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep } from "../service/sleep.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The first bundle of a machine fetches the bundler itself, and a registry drops one of some hundred downloads. */
const ATTEMPTS = 4;
const AGAIN_MS = 2_000;

/**
 * Writes the program of an entry point into one file, whole or not at all.
 *
 * @param entry Absolute, or from the root of the workspace.
 * @param file Absolute; its folder is made.
 * @throws {Error} It cannot be bundled, or the bundler cannot be fetched: with what the bundler said.
 */
export async function bundleProgram(entry: string, file: string): Promise<void> {
  await Deno.mkdir(dirname(file), { recursive: true });
  // Another process may bundle at the same moment, and a third may load.
  const draft = join(dirname(file), `.${crypto.randomUUID()}.js`);
  try {
    await bundleInto(draft, entry);
    await Deno.writeTextFile(draft, inOneByteEach(await Deno.readTextFile(draft)));
    await Deno.rename(draft, file);
  } finally {
    await Deno.remove(draft).catch(() => {}); // not there any more when all went well
  }
}

/**
 * A program without the signs that make a runtime keep all of it in two bytes each: 2 MB of ingest, for a dash in a
 * comment. The bundler writes such signs as escapes, except in comments, and those are what is changed here.
 */
function inOneByteEach(program: string): string {
  return program.replaceAll(
    /^\s*(?:\/\/|\/?\*).*$/gm,
    (comment) => comment.replaceAll(/[^\0-\xff]/g, "?"),
  );
}

async function bundleInto(file: string, entry: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform=deno", "--output", file, entry],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success) return;
    const why = new TextDecoder().decode(stderr);
    if (attempt === ATTEMPTS || !why.includes("https://")) {
      throw new Error(`Cannot bundle ${entry}: ${why}`);
    }
    await sleep(AGAIN_MS);
  }
}
