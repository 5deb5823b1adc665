/**
 * Layer 5. A bundle as one file: POSIX tar, which every system unpacks.
 *
 * Sole owner of its bytes. The length is known before the first of them, so a download that breaks off is
 * never taken for a shorter bundle. Hazard: an archive was written by whoever made it: names are checked,
 * sizes are held against the file, and nothing but plain files is read.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "ustar Interchange Format"
 * @module
 */

import { assert } from "../assert.ts";
import { asciiBytes } from "../bytes/mod.ts";
import { type ByteSource, readExactly } from "../edf/mod.ts";
import { CorruptInputError } from "../error.ts";
import type { BundleSource } from "./bundle_source.ts";
import { BundlePath } from "./manifest.ts";

const BLOCK = 512;
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
/** Above this, eleven octal digits do not hold a size. */
const OCTAL_MAX = 8 ** 11;
const ENTRIES_MAX = 100_000;

/** Two blocks of zeros. */
export const TAR_END_BYTES = 2 * BLOCK;

/** What a file takes in the archive: a header, and its bytes in whole blocks. */
export function tarEntryBytes(byteLength: number): number {
  return BLOCK + byteLength + tarPadding(byteLength);
}

/** Zeros behind a file. */
export function tarPadding(byteLength: number): number {
  return (BLOCK - byteLength % BLOCK) % BLOCK;
}

/**
 * The header of a plain file, readable by its owner alone.
 *
 * @param file.path At most 100 bytes, or that many behind a slash with at most 155 before it.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { tarHeader } from "@wavekeep/core/proof";
 *
 * const header = tarHeader({ path: "data/a.edf", byteLength: 1280 });
 * strictEqual(new TextDecoder().decode(header.subarray(0, 10)), "data/a.edf");
 * strictEqual(new TextDecoder().decode(header.subarray(124, 135)), "00000002400");
 * ```
 */
export function tarHeader(
  { path, byteLength }: { readonly path: string; readonly byteLength: number },
): Uint8Array<ArrayBuffer> {
  // As far back as the name allows: most readers join the two, some read the name alone.
  const cut = path.length <= NAME_BYTES_MAX
    ? -1
    : path.indexOf("/", path.length - NAME_BYTES_MAX - 1);
  const isSplit = 0 <= cut && cut <= PREFIX_BYTES_MAX;
  assert(path.length <= NAME_BYTES_MAX || isSplit, "a path fits name and prefix of a header");
  const header = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => header.set(asciiBytes(text), offset);
  put(0, path.slice(cut + 1));
  if (isSplit) put(345, path.slice(0, cut));
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  if (byteLength < OCTAL_MAX) put(124, `${byteLength.toString(8).padStart(11, "0")}\0`);
  else {
    // Base 256, as GNU tar, bsdtar and Python's tarfile read it.
    header[124] = 0x80;
    let rest = byteLength;
    for (let at = 135; at > 124 && rest > 0; at--) {
      header[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  put(136, "00000000000\0");
  put(156, "0");
  put(257, "ustar\0");
  put(263, "00");
  put(148, `${checksumOf(header).toString(8).padStart(6, "0")}\0 `);
  return header;
}

/**
 * The files of an archive, read through it.
 *
 * @throws {CorruptInputError} No tar, a checksum that does not hold, a name that is no plain relative path
 * or comes twice, or something else than a file or a folder.
 * @throws {TruncatedInputError} The archive ends early.
 */
export async function openTar(source: ByteSource): Promise<BundleSource> {
  const files = new Map<string, ByteSource>();
  let offset = 0;
  while (true) {
    const header = await readExactly(source, { offset, byteLength: BLOCK }, "tar header");
    if (header.every((byte) => byte === 0)) break;
    if (checksumOf(header) !== octal(header, 148, 8)) {
      throw malformed(offset, "its checksum does not hold");
    }
    const path = textOf(header, 345, 155) + (header[345] === 0 ? "" : "/") + textOf(header, 0, 100);
    const byteLength = sizeOf(header);
    const type = String.fromCharCode(header[156]!);
    const start = offset + BLOCK;
    if (!Number.isSafeInteger(byteLength) || byteLength > source.byteLength - start) {
      throw malformed(offset, `${byteLength} bytes are not there`);
    }
    offset = start + byteLength + tarPadding(byteLength);
    if (type === "5") continue;
    if (type !== "0" && type !== "\0") throw malformed(offset, "an entry is no plain file");
    const plain = path.replace(/^\.\//, "");
    if (!BundlePath.safeParse(plain).success) throw malformed(offset, "a name is no plain path");
    if (files.has(plain)) throw malformed(offset, `${plain} is there twice`);
    if (files.size === ENTRIES_MAX) throw malformed(offset, "it has too many files");
    files.set(plain, {
      byteLength,
      read: (at, count) => source.read(start + at, count),
    });
  }
  return { paths: [...files.keys()], open: (path) => files.get(path) };
}

/** Sum of all bytes, those of the checksum counted as blanks. */
function checksumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (148 <= at && at < 156 ? 0x20 : byte), 0);
}

function textOf(header: Uint8Array, offset: number, width: number): string {
  const field = header.subarray(offset, offset + width);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function sizeOf(header: Uint8Array): number {
  if ((header[124]! & 0x80) === 0) return octal(header, 124, 12);
  return header.subarray(125, 136).reduce((value, byte) => value * 256 + byte, 0);
}

function octal(header: Uint8Array, offset: number, width: number): number {
  const text = textOf(header, offset, width).trim();
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
}

function malformed(offset: number, found: string): CorruptInputError {
  return new CorruptInputError(`Cannot read tar before offset ${offset}: ${found}`, {
    offset,
    field: "tar",
  });
}
