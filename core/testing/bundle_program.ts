/**
 * A small program of a test's own with all its modules in one file, for tests that start it again and again.
 *
 * Most of what a start costs is finding and loading modules. A bundle is the same program; flags and permissions
 * are those of whoever starts it. Services are not started so: tests start them by their tasks, as people do.
 *
 * Hazard: what a program loads by a path of its own, a worker say, is not in the file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { sleep } from "../service/sleep.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The first bundle of a machine fetches the bundler itself, and a registry drops one of some hundred downloads. */
const ATTEMPTS = 4;
const AGAIN_MS = 2_000;

/**
 * Writes the program of an entry point into one file.
 *
 * @param entry Absolute, or from the root of the workspace.
 * @throws {Error} It cannot be bundled, or the bundler cannot be fetched: with what the bundler said.
 */
export async function bundleProgram(entry: string, file: string): Promise<void> {
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
