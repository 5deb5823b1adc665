/**
 * Files of an export on disk, sealed: written from front to back, read anywhere.
 *
 * Sole owner of the spool's form. A file is blocks of 64 KiB, each sealed by itself under a key that comes
 * from the recording's data key; its place is its file and its number, so that blocks cannot change places.
 * When the patient's key is destroyed, what is left in the spool is noise. Hazard: the byte length is kept
 * with the job and not in the file; a file that was cut has a block that is not there, and that is an error.
 *
 * @module
 */

import { asciiBytes } from "@wavekeep/core/bytes";
import { keyedDigest, seal, unsealAside } from "@wavekeep/core/crypto";
import type { BundleSource } from "@wavekeep/core/proof";
import { createHash } from "node:crypto";

const LABEL = asciiBytes("wavekeep/export-spool/v1\0");
const BLOCK_BYTES = 64 * 1024;
/** Nonce and tag. */
const SEALED_BYTES = BLOCK_BYTES + 28;

/** A file of the spool. */
export interface SpooledFile {
  /** Within the bundle. */
  readonly path: string;
  readonly byteLength: number;
  readonly sha256: Uint8Array;
}

/** The key that the spool of a recording is sealed under. */
export function spoolKey(dataKey: Uint8Array): Uint8Array {
  return keyedDigest(dataKey, LABEL);
}

/** Writes and reads the files of one export, in a folder of its own. */
export class SealedSpool {
  readonly #folder: string;
  readonly #key: Uint8Array;
  readonly #files: SpooledFile[];
  readonly #beforeWrite: (byteLength: number) => void;

  /**
   * @param options.files Those that are there already.
   * @param options.beforeWrite Told before so many bytes go to disk; what it throws ends the file.
   */
  constructor(
    folder: string,
    key: Uint8Array,
    options: {
      readonly files?: readonly SpooledFile[];
      readonly beforeWrite?: (byteLength: number) => void;
    } = {},
  ) {
    this.#folder = folder;
    this.#key = key;
    this.#files = [...options.files ?? []];
    this.#beforeWrite = options.beforeWrite ?? (() => {});
  }

  /** In the order in which they were written. */
  get files(): readonly SpooledFile[] {
    return this.#files;
  }

  /** Writes a file. A second one of a path is a bug of the caller. */
  async write(
    path: string,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onBytes: (byteLength: number) => void = () => {},
  ): Promise<SpooledFile> {
    const number = this.#files.length;
    const hash = createHash("sha256");
    const block = new Uint8Array(BLOCK_BYTES);
    let inBlock = 0, blocks = 0, byteLength = 0;
    const options = { write: true, createNew: true, mode: 0o600 };
    using file = await Deno.open(`${this.#folder}/${number}`, options);
    const flush = async () => {
      const sealed = seal(this.#key, placeOf(number, blocks++), block.subarray(0, inBlock));
      this.#beforeWrite(sealed.length);
      for (let at = 0; at < sealed.length;) at += await file.write(sealed.subarray(at));
      inBlock = 0;
    };
    for await (const piece of pieces) {
      hash.update(piece);
      byteLength += piece.byteLength;
      for (let at = 0; at < piece.byteLength;) {
        const count = Math.min(BLOCK_BYTES - inBlock, piece.byteLength - at);
        block.set(piece.subarray(at, at + count), inBlock);
        inBlock += count;
        at += count;
        if (inBlock === BLOCK_BYTES) await flush();
      }
      onBytes(piece.byteLength);
    }
    if (inBlock > 0) await flush();
    const written = { path, byteLength, sha256: new Uint8Array(hash.digest()) };
    this.#files.push(written);
    return written;
  }

  /** The files as a bundle. Reads open a file each, so that nothing has to be closed. */
  source(): BundleSource {
    return {
      paths: this.#files.map(({ path }) => path),
      open: (path) => {
        const number = this.#files.findIndex((file) => file.path === path);
        if (number < 0) return undefined;
        return {
          byteLength: this.#files[number]!.byteLength,
          read: (offset, byteLength) => this.#read(number, { offset, byteLength }),
        };
      },
    };
  }

  /** The bytes of a file, block by block. */
  async *pieces(path: string): AsyncIterable<Uint8Array> {
    const file = this.source().open(path)!;
    for (let offset = 0; offset < file.byteLength; offset += BLOCK_BYTES) {
      yield await file.read(offset, Math.min(BLOCK_BYTES, file.byteLength - offset));
    }
  }

  async #read(
    number: number,
    { offset, byteLength }: { offset: number; byteLength: number },
  ): Promise<Uint8Array> {
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.ceil((offset + byteLength) / BLOCK_BYTES);
    const bytes = new Uint8Array(byteLength);
    using file = await Deno.open(`${this.#folder}/${number}`);
    for (let block = first; block < last; block++) {
      const sealed = await readBlock(file, block * SEALED_BYTES);
      const plain = await unsealAside(this.#key, placeOf(number, block), sealed);
      const start = Math.max(0, offset - block * BLOCK_BYTES);
      const end = Math.min(plain.byteLength, offset + byteLength - block * BLOCK_BYTES);
      bytes.set(plain.subarray(start, end), block * BLOCK_BYTES + start - offset);
    }
    return bytes;
  }
}

async function readBlock(file: Deno.FsFile, position: number): Promise<Uint8Array> {
  const sealed = new Uint8Array(SEALED_BYTES);
  await file.seek(position, Deno.SeekMode.Start);
  let at = 0;
  while (at < sealed.length) {
    const count = await file.read(sealed.subarray(at));
    if (count === null) break;
    at += count;
  }
  return sealed.subarray(0, at);
}

function placeOf(file: number, block: number): string {
  return `export-spool/${file}/${block}`;
}
