/**
 * Browser code, bundled: the client with its islands, and the worker.
 *
 * Built when the sources are newer than what is in `viewer/dist`, so a deployment that has been built
 * once needs no compiler and no permission to write. Run as a script it builds and says so.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const HERE = new URL("./", import.meta.url);
const DIST = new URL("./dist/", HERE);
const STATIC = new URL("./static/", HERE);

/** What pages, what comes after them and the worker start from; side by side, so that their bundles are too. */
const ENTRY_POINTS = [
  "client.ts",
  "later.ts",
  "chunk_worker.ts",
  "people.ts",
  "seat.ts",
] as const;

/** Their bundles. */
const ENTRY_FILES = ENTRY_POINTS.map((entry) => entry.replace(/\.ts$/, ".js"));

const BUNDLE_ATTEMPTS = 4;
const BUNDLE_PAUSE_MS = 2_000;

/** Folders whose files end up in a bundle. */
const SOURCES = ["./", "../core/"] as const;

/** Builds where needed and returns every file of the browser, by name. */
export async function loadAssetFiles(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  if (await isStale()) await buildBundle();
  return new Map([...await readFolder(DIST), ...await readFolder(STATIC)]);
}

/** Bundles into `viewer/dist`, minified: a file an entry point, and files of what they share. */
export async function buildBundle(): Promise<void> {
  const files = await retried(typeof Deno.bundle === "function" ? bundleHere : bundleApart);
  await Deno.mkdir(DIST, { recursive: true });
  for (const [name, contents] of chunksFirst(files)) {
    // Another process may build at the same moment: a file is whole or not there.
    const draft = new URL(`.${name}.${crypto.randomUUID()}`, DIST);
    await Deno.writeFile(draft, contents);
    await Deno.rename(draft, new URL(name, DIST));
  }
  for await (const entry of Deno.readDir(DIST)) {
    if (!entry.name.startsWith(".") && !files.has(entry.name)) {
      await Deno.remove(new URL(entry.name, DIST)).catch(() => {});
    }
  }
}

/** Entry points last: one that is there, and newer than the sources, has everything it imports. */
function chunksFirst(files: Files): [string, Uint8Array<ArrayBuffer>][] {
  const isEntry = (name: string) => ENTRY_FILES.includes(name);
  return [...files].sort(([a], [b]) => Number(isEntry(a)) - Number(isEntry(b)));
}

type Files = Map<string, Uint8Array<ArrayBuffer>>;

const entryPaths = () => ENTRY_POINTS.map((entry) => fileURLToPath(new URL(entry, HERE)));

/** Bundles inside this process; needs `--unstable-bundle`. */
async function bundleHere(): Promise<Files> {
  const result = await Deno.bundle({
    entrypoints: entryPaths(),
    outputDir: fileURLToPath(DIST),
    platform: "browser",
    codeSplitting: true,
    minify: true,
    write: false,
  });
  if (!result.success) {
    throw new Error(
      `Cannot bundle the viewer: ${result.errors.map(({ text }) => text).join("; ")}`,
    );
  }
  return new Map((result.outputFiles ?? []).map((file) => [
    file.path.slice(file.path.lastIndexOf("/") + 1),
    Uint8Array.from(file.contents ?? []),
  ]));
}

/** The first bundle of a machine fetches the bundler itself, and a registry drops one of some hundred downloads. */
async function retried<T>(bundle: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await bundle();
    } catch (error) {
      if (attempt === BUNDLE_ATTEMPTS || !(error as Error).message?.includes("https://")) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, BUNDLE_PAUSE_MS));
    }
  }
}

/** Bundles with a second process, where this one was started without the flag. */
async function bundleApart(): Promise<Files> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-bundle-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--platform=browser",
        "--code-splitting",
        "--minify",
        `--outdir=${folder}`,
        ...entryPaths(),
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(`Cannot bundle the viewer: ${new TextDecoder().decode(stderr)}`);
    }
    return await readFolder(new URL(`file://${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function isStale(): Promise<boolean> {
  const built: number[] = [];
  for (const name of ENTRY_FILES) {
    const status = await Deno.stat(new URL(name, DIST)).catch(() => undefined);
    if (status?.mtime == null) return true;
    built.push(status.mtime.getTime());
  }
  const oldest = Math.min(...built);
  for (const folder of SOURCES) {
    if (await newestIn(new URL(folder, HERE)) > oldest) return true;
  }
  return false;
}

async function newestIn(folder: URL): Promise<number> {
  let newest = 0;
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(".") || entry.name === "dist") continue;
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) newest = Math.max(newest, await newestIn(url));
    else if (/\.tsx?$/.test(entry.name) && !/_test\.tsx?$/.test(entry.name)) {
      newest = Math.max(newest, (await Deno.stat(url)).mtime?.getTime() ?? 0);
    }
  }
  return newest;
}

async function readFolder(folder: URL): Promise<Files> {
  const files: Files = new Map();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && !entry.name.startsWith(".")) {
      files.set(entry.name, await Deno.readFile(new URL(entry.name, folder)));
    }
  }
  return files;
}

if (import.meta.main) await buildBundle();
