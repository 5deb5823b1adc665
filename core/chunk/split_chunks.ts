/**
 * Layer 4. A concatenation of chunks into its chunks.
 *
 * @module
 */

import { ByteReader } from "../bytes/mod.ts";
import { chunkByteLength } from "./layout.ts";

/**
 * Yields each chunk as a view, in order. Only frames are read, nothing is verified.
 *
 * @throws {TruncatedInputError} The last chunk is not whole; the ones before were yielded.
 * @throws {CorruptInputError} Something that is no chunk stands between or behind them.
 * @throws {UnsupportedError} A chunk of a newer format version.
 */
export function* splitChunks(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const byteLength = chunkByteLength(bytes, offset);
    yield new ByteReader(bytes, { offset, what: "chunk" }).bytes(byteLength);
    offset += byteLength;
  }
}
