/**
 * A bundle on disk: a folder, or one tar file.
 *
 * Hazard: a folder may hold links; only plain files below it are read, and nothing is followed out of it.
 *
 * @module
 */

import { type BundleSource, openTar } from "@wavekeep/core/proof";
import { type FileByteSource, openFileByteSource } from "./file_byte_source.ts";

/** A bundle, and its open files. */
export interface BundleOnDisk extends BundleSource {
  /** Bytes of all files. */
  readonly byteLength: number;
  close(): void;
}

/**
 * Opens a bundle.
 *
 * @throws {Error} Nothing is there, or no permission.
 * @throws {CoreError} A file that is no tar.
 */
export async function openBundle(path: string): Promise<BundleOnDisk> {
  const { isDirectory } = await Deno.stat(path).catch((cause) => {
    throw new Error(`Cannot open ${path}: ${(cause as Error).message}`, { cause });
  });
  if (isDirectory) return await openFolder(path);
  const file = await openFileByteSource(path);
  try {
    const tar = await openTar(file);
    return { ...tar, byteLength: file.byteLength, close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openFolder(path: string): Promise<BundleOnDisk> {
  const files = new Map<string, FileByteSource>();
  const close = () => files.forEach((file) => file.close());
  try {
    for await (const inside of plainFiles(path, "")) {
      files.set(inside, await openFileByteSource(`${path}/${inside}`));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    paths: [...files.keys()],
    open: (inside) => files.get(inside),
    byteLength: [...files.values()].reduce((sum, file) => sum + file.byteLength, 0),
    close,
  };
}

async function* plainFiles(root: string, folder: string): AsyncIterable<string> {
  for await (const { name, isFile, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isFile) yield folder + name;
    else if (isDirectory) yield* plainFiles(root, `${folder}${name}/`);
  }
}
