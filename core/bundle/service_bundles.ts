/**
 * Services that run from bundles, and when those are made again.
 *
 * Sole owner of which services these are, and of where their files lie: `dist` beside the service's sources. The
 * tasks of the root deno.json that run them depend on `bundle-ingest` and so on, so that whoever runs a service
 * runs what the sources say. A deployment that was bundled once needs no bundler, no network and no permission to
 * write (core/decisions/0059).
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "./bundle_program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Entry points of each service, from the root of the workspace: the process, and its workers. */
const ENTRIES = {
  ingest: ["ingest/main.ts", "ingest/verify/verify_worker.ts"],
  query: ["query/main.ts"],
} as const;

/** A service that runs from a bundle. */
export type BundledService = keyof typeof ENTRIES;

/** All of them. */
export const BUNDLED_SERVICES = Object.keys(ENTRIES) as BundledService[];

/** Versions of packages decide what is in a bundle as sources do. */
const LOCK_FILES = ["deno.json", "deno.lock"] as const;

/** Folders that are in no bundle. */
const LEFT_OUT = new Set(["dist", "node_modules", "testing"]);

/** What the bundles beside it were made of. */
const FINGERPRINT_FILE = "sources.sha256";

/** What may be done differently. */
export interface BundleOptions {
  /** The checkout. Default: this one. */
  readonly root?: string;
  /** Told before there is work, which takes a second. */
  readonly onWork?: (service: BundledService) => void;
}

/**
 * Makes the bundles of a service, unless those that are there were made of these very sources.
 *
 * Times of files are not asked: images and copies of a checkout change them, or keep old ones.
 *
 * @returns Whether there was something to make.
 * @throws {Error} A bundle cannot be made or written; the old ones are as they were, and count as old.
 */
export async function bundleService(
  service: BundledService,
  { root = ROOT, onWork }: BundleOptions = {},
): Promise<boolean> {
  const dist = join(root, service, "dist");
  const fingerprint = await fingerprintOf(service, root);
  const bundles = ENTRIES[service].map((entry) => ({
    entry: join(root, entry),
    file: join(dist, basename(entry).replace(/\.ts$/, ".js")),
  }));
  const fingerprintFile = join(dist, FINGERPRINT_FILE);
  const made = await Deno.readTextFile(fingerprintFile).catch(() => "");
  if (made === fingerprint && await areThere(bundles.map(({ file }) => file))) return false;
  onWork?.(service);
  // Until all are made, what is there is called old; the process itself, which loads the others, comes last.
  await Deno.remove(fingerprintFile).catch(() => {}); // was not there
  for (const { entry, file } of bundles.toReversed()) await bundleProgram(entry, file);
  await Deno.writeTextFile(fingerprintFile, fingerprint);
  return true;
}

async function areThere(files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(files.map((file) => Deno.stat(file).catch(() => undefined)));
  return found.every((status) => status?.isFile);
}

/** SHA-256 over every source that may be in the bundles of a service, in hex. */
async function fingerprintOf(service: BundledService, root: string): Promise<string> {
  const files = [
    ...LOCK_FILES,
    ...(await Promise.all(["core", service].map((folder) => sourcesIn(root, folder)))).flat(),
  ].sort();
  const contents = await Promise.all(files.map((file) => Deno.readFile(join(root, file))));
  const hash = createHash("sha256").update(`deno ${Deno.version.deno}\n`);
  for (const [index, file] of files.entries()) {
    hash.update(`${file} ${contents[index]!.byteLength}\n`).update(contents[index]!);
  }
  return hash.digest("hex");
}

/** Modules below a folder, from the root; tests are in no bundle. */
async function sourcesIn(root: string, folder: string): Promise<string[]> {
  const found: Promise<string[]>[] = [];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    if (name.startsWith(".") || LEFT_OUT.has(name)) continue;
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(sourcesIn(root, path));
    else if (/\.(?:tsx?|json)$/.test(name) && !/_test\.tsx?$/.test(name)) files.push(path);
  }
  return [...files, ...(await Promise.all(found)).flat()];
}
