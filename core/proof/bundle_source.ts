/**
 * Layer 5. Where a bundle's files come from, and reading one from front to back.
 *
 * A bundle is a folder or one tar file; the verifier does not know which. Hazard: every length in a bundle
 * was written by whoever made it, so nothing is allocated that the file does not hold.
 *
 * @module
 */

import { type ByteSource, readExactly } from "../edf/mod.ts";

/** The files of a bundle. */
export interface BundleSource {
  /** Paths of all files, with slashes, in any order. */
  readonly paths: readonly string[];
  /** The bytes of a file; undefined when there is none of this path. */
  open(path: string): ByteSource | undefined;
}

/** A bundle in memory: for tests and small tools. */
export function memoryBundle(files: ReadonlyMap<string, Uint8Array>): BundleSource {
  return {
    paths: [...files.keys()],
    open: (path) => {
      const bytes = files.get(path);
      return bytes && {
        byteLength: bytes.byteLength,
        read: (offset, byteLength) => Promise.resolve(bytes.slice(offset, offset + byteLength)),
      };
    },
  };
}

const BLOCK_BYTES = 1024 * 1024;

/** Reads a file from front to back, a block at a time. */
export class FrontToBack {
  readonly #source: ByteSource;
  readonly #what: string;
  readonly #end: number;
  #block: Uint8Array = new Uint8Array(0);
  /** Offset, in the file, of the byte that comes next. */
  #offset: number;
  #inBlock = 0;

  /** @param range The part to read; the whole file unless told. */
  constructor(source: ByteSource, what: string, range?: { offset: number; byteLength: number }) {
    this.#source = source;
    this.#what = what;
    this.#offset = range?.offset ?? 0;
    this.#end = range === undefined ? source.byteLength : range.offset + range.byteLength;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  /**
   * The next bytes, as a view that stands until the next call.
   *
   * @throws {TruncatedInputError} There are fewer.
   */
  async take(byteLength: number): Promise<Uint8Array> {
    if (this.#inBlock + byteLength > this.#block.byteLength) {
      const wanted = Math.max(byteLength, Math.min(BLOCK_BYTES, this.remaining));
      const range = { offset: this.#offset, byteLength: wanted };
      this.#block = await readExactly(this.#source, range, this.#what);
      this.#inBlock = 0;
    }
    const bytes = this.#block.subarray(this.#inBlock, this.#inBlock + byteLength);
    this.#inBlock += byteLength;
    this.#offset += byteLength;
    return bytes;
  }
}

/** The whole of a file, up to a limit. */
export async function readWhole(
  source: ByteSource,
  what: string,
  byteLengthMax: number,
): Promise<Uint8Array> {
  const byteLength = Math.min(source.byteLength, byteLengthMax);
  return await readExactly(source, { offset: 0, byteLength }, what);
}
