/**
 * Layer 4. Where the bytes of a file come from.
 *
 * The reader asks for ranges and keeps none of them longer than it must, so a source may be a file, an
 * object store or an array. Sources that touch a disk live outside this layer.
 *
 * @module
 */

import { TruncatedInputError } from "../error.ts";

/** Random access to a file's bytes. Safe for overlapping reads. */
export interface ByteSource {
  /** Size of the file; must not change while it is read. */
  readonly byteLength: number;
  /**
   * Exactly `byteLength` bytes from `offset`; the caller never asks beyond the end. The array belongs
   * to the caller.
   */
  read(offset: number, byteLength: number): Promise<Uint8Array>;
}

/** Bytes in memory as a source; reads are views, not copies. */
export function bytesByteSource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    read: (offset, byteLength) => Promise.resolve(bytes.subarray(offset, offset + byteLength)),
  };
}

/**
 * Reads a range and checks that all of it came.
 *
 * @param what Names the range in the error.
 * @throws {TruncatedInputError} The file ends early, or the source gave less than asked for.
 */
export async function readExactly(
  source: ByteSource,
  range: { offset: number; byteLength: number },
  what: string,
): Promise<Uint8Array> {
  const { offset, byteLength } = range;
  const availableBytes = Math.max(0, source.byteLength - offset);
  const bytes = byteLength <= availableBytes ? await source.read(offset, byteLength) : undefined;
  if (bytes?.length === byteLength) return bytes;
  throw new TruncatedInputError(
    `Cannot read ${what}: needs ${byteLength} bytes at offset ${offset}, file has ` +
      `${bytes?.length ?? availableBytes} there`,
    { offset, neededBytes: byteLength, availableBytes: bytes?.length ?? availableBytes },
  );
}
