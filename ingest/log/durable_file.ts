/**
 * Small files that are there whole or not at all, also after a power cut.
 *
 * @module
 */

import { dirname } from "node:path";

/**
 * Replaces a file's content. When it has returned, a crash of this machine leaves the new content; before
 * that, the old one or the new one, never a part.
 *
 * The order matters: bytes to disk, then the name, then the folder that holds the name.
 *
 * @param options.mode Of the file, 0600 unless told.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.new`;
  const file = await Deno.open(draft, {
    write: true,
    createNew: true,
    mode: options.mode ?? 0o600,
  });
  try {
    try {
      let offset = 0;
      while (offset < bytes.byteLength) offset += await file.write(bytes.subarray(offset));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
  const folder = await Deno.open(dirname(path), { read: true });
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
