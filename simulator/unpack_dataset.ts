/**
 * A dataset that came as one tar file, laid out as a folder.
 *
 * What is written appears whole or not at all: in a folder beside its place first, and renamed. Hazard: the
 * archive came over a network; names are checked before anything is written (`openTar`), and nothing that
 * stands there already is touched.
 *
 * @module
 */

import { dirname } from "node:path";
import { openBundle } from "./bundle_on_disk.ts";

const BLOCK_BYTES = 1 << 20;

/**
 * Unpacks a tar file into a folder that is not there yet.
 *
 * @returns How many files it has.
 * @throws {Error} The folder is there, or cannot be written.
 */
export async function unpackDataset(
  tarPath: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const draft = `${folder}.${crypto.randomUUID()}.part`;
  const tar = await openBundle(tarPath);
  try {
    await Deno.mkdir(draft, { mode: 0o700 });
    for (const path of tar.paths) {
      const source = tar.open(path)!;
      await Deno.mkdir(dirname(`${draft}/${path}`), { recursive: true, mode: 0o700 });
      using file = await Deno.open(`${draft}/${path}`, {
        write: true,
        createNew: true,
        mode: 0o600,
      });
      for (let offset = 0; offset < source.byteLength; offset += BLOCK_BYTES) {
        signal.throwIfAborted();
        const length = Math.min(BLOCK_BYTES, source.byteLength - offset);
        const bytes = await source.read(offset, length);
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      }
    }
    await refuseExisting(folder);
    await Deno.rename(draft, folder);
    return tar.paths.length;
  } catch (cause) {
    await Deno.remove(draft, { recursive: true }).catch(() => {});
    throw new Error(`Cannot write ${folder}: ${(cause as Error).message}`, { cause });
  } finally {
    tar.close();
  }
}

/** @throws {Error} Something is there: a dataset is never laid over another one. */
export async function refuseExisting(folder: string): Promise<void> {
  const found = await Deno.lstat(folder).catch(() => undefined);
  if (found !== undefined) throw new Error(`${folder} is there already`);
}
