/**
 * Files copied with their digests, so that what is restored is what was backed up.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { BackupFile } from "./manifest.ts";

const PIECE_BYTES = 1024 * 1024;
const SYNCS_AT_ONCE = 16;

/** A file was copied that is not what the manifest says. */
export class BackupDamagedError extends Error {
  override readonly name = "BackupDamagedError";
}

/**
 * Copies one file as it is at this moment. {@link syncFiles} makes it survive a crash: a thousand files that
 * are flushed one after the other, each before the next is written, take ten times as long.
 *
 * @returns How long it is and its digest; undefined when it is not there (any more).
 */
export async function copyFile(
  from: string,
  to: string,
  onBytes: (byteLength: number) => void = () => {},
): Promise<Omit<BackupFile, "path"> | undefined> {
  let source: Deno.FsFile;
  try {
    source = await Deno.open(from, { read: true });
  } catch (error) {
    // The server removes files while it is being copied; the write-ahead log says the rest.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
    try {
      const hash = createHash("sha256");
      const piece = new Uint8Array(PIECE_BYTES);
      let bytes = 0;
      for (let count; (count = await source.read(piece)) !== null;) {
        const part = piece.subarray(0, count);
        hash.update(part);
        for (let at = 0; at < count;) at += await target.write(part.subarray(at));
        bytes += count;
        onBytes(count);
      }
      return { bytes, sha256: hash.digest("hex") };
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

/**
 * Copies the files of a backup to where they belong, compares each with the manifest, and makes them durable.
 *
 * @param options.place Where a file goes.
 * @param options.folders Those that were made for them.
 * @throws {BackupDamagedError} One is missing, or not what was backed up.
 */
export async function copyVerified(
  folder: string,
  files: readonly BackupFile[],
  options: {
    readonly place: (path: string) => string;
    readonly folders: readonly string[];
    readonly onBytes?: (byteLength: number) => void;
  },
): Promise<void> {
  const copies: string[] = [];
  for (const { path, bytes, sha256 } of files) {
    const to = options.place(path);
    copies.push(to);
    const copied = await copyFile(join(folder, path), to, options.onBytes);
    if (copied?.sha256 === sha256 && copied.bytes === bytes) continue;
    throw new BackupDamagedError(
      `Cannot use backup ${folder}: ${path} is ${
        copied === undefined ? "missing" : "not what was backed up"
      }`,
    );
  }
  await syncFiles(copies, options.folders);
}

/** When it has returned, these files, and the names of them and of these folders, survive a crash. */
export async function syncFiles(
  files: readonly string[],
  folders: readonly string[],
): Promise<void> {
  const names = new Set([...folders, ...files.map(dirname), ...folders.map(dirname)]);
  for (const paths of [[...files], [...names]]) {
    let next = 0;
    const work = async () => {
      while (next < paths.length) {
        const handle = await Deno.open(paths[next++]!, { read: true });
        try {
          await handle.sync();
        } finally {
          handle.close();
        }
      }
    };
    await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, work));
  }
}
