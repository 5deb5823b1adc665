/**
 * A file on disk as a byte source, and its SHA-256.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ByteSource } from "@wavekeep/core/edf";

/** An open file. */
export interface FileByteSource extends ByteSource {
  readonly path: string;
  close(): void;
}

/**
 * Opens a regular file for random reads.
 *
 * @throws {Error} It is not there, not readable, or a folder.
 */
export async function openFileByteSource(path: string): Promise<FileByteSource> {
  const file = await Deno.open(path).catch((cause) => {
    throw new Error(`Cannot open ${path}: ${reasonOf(cause)}`, { cause });
  });
  const { size, isFile } = await file.stat();
  if (!isFile) {
    file.close();
    throw new Error(`Cannot open ${path}: not a regular file`);
  }
  // One handle has one position: reads queue behind each other.
  let queue: Promise<unknown> = Promise.resolve();
  const readNow = async (offset: number, byteLength: number) => {
    const bytes = new Uint8Array(byteLength);
    await file.seek(offset, Deno.SeekMode.Start);
    let at = 0;
    while (at < byteLength) {
      const count = await file.read(bytes.subarray(at));
      if (count === null) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  };
  return {
    path,
    byteLength: size,
    read(offset, byteLength) {
      const reading = queue.then(() => readNow(offset, byteLength));
      queue = reading.catch(() => {});
      return reading;
    },
    close: () => file.close(),
  };
}

/** SHA-256 of all bytes, in constant memory. */
export async function fileSha256(source: ByteSource): Promise<string> {
  const hash = createHash("sha256");
  const blockBytes = 1 << 20;
  for (let offset = 0; offset < source.byteLength; offset += blockBytes) {
    hash.update(await source.read(offset, Math.min(blockBytes, source.byteLength - offset)));
  }
  return hash.digest("hex");
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission";
  return error instanceof Error ? error.message : String(error);
}
