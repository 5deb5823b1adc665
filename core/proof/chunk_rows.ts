/**
 * Layer 5. The rows of `chunks.bin`: of every chunk what its digest covers, without its samples.
 *
 * Samples are in the data files and not here, their digest is; what all chunks of a stream share is in the
 * manifest. Nothing in a row is without meaning: another bit anywhere is another chunk.
 *
 * @see core/proof/FORMAT.md, "chunks.bin"
 * @module
 */

import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import {
  chunkDigest,
  type ChunkHeader,
  type ChunkIdentity,
  clockCode,
  CLOCKS,
  DIGEST_BYTES,
  NO_TIME,
  SIGNATURE_BYTES,
} from "../chunk/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import type { StreamDescriptor } from "../recording/mod.ts";
import type { FrontToBack } from "./bundle_source.ts";

/** One chunk without its samples. */
export interface ChunkRow extends
  Pick<
    ChunkHeader,
    | "sequence"
    | "firstSample"
    | "sampleCount"
    | "clock"
    | "deviceTimeMicros"
    | "monotonicNs"
    | "previousDigest"
    | "sampleDigest"
  > {
  /** 64 bytes, of a chunk that was signed by itself. */
  readonly signature: Uint8Array | undefined;
}

/** Bytes of a row without a signature. */
export const CHUNK_ROW_BYTES = 97;

const FLAG_SIGNED = 1;
const CLOCK_SHIFT = 1;
const FLAGS_KNOWN = 7;

/** The bytes of a row. */
export function encodeChunkRow(row: ChunkRow): Uint8Array<ArrayBuffer> {
  const isSigned = row.signature !== undefined;
  const writer = new ByteWriter(CHUNK_ROW_BYTES + SIGNATURE_BYTES)
    .u8((isSigned ? FLAG_SIGNED : 0) | clockCode(row.clock) << CLOCK_SHIFT)
    .u32(row.sequence)
    .u64(row.firstSample)
    .u32(row.sampleCount)
    .i64(row.deviceTimeMicros ?? NO_TIME)
    .u64(row.monotonicNs)
    .fixed(row.previousDigest, DIGEST_BYTES)
    .fixed(row.sampleDigest, DIGEST_BYTES);
  return (isSigned ? writer.fixed(row.signature, SIGNATURE_BYTES) : writer).finish();
}

/**
 * The next row. Its arrays are its own.
 *
 * @throws {TruncatedInputError} The file ends within it.
 * @throws {CorruptInputError} No sample, or samples beyond 2^53.
 * @throws {UnsupportedError} A flag that is newer than this build.
 */
export async function readChunkRow(file: FrontToBack): Promise<ChunkRow> {
  const reader = new ByteReader((await file.take(CHUNK_ROW_BYTES)).slice(), { what: "chunk row" });
  const flags = reader.u8();
  if ((flags & ~FLAGS_KNOWN) !== 0) {
    throw new UnsupportedError(`Cannot read chunk row: flags are ${flags}`, {
      feature: "chunk row flags",
      value: flags,
    });
  }
  const sequence = reader.u32();
  const firstSample = reader.u64Number("first sample");
  const sampleCount = reader.u32();
  const deviceTime = reader.i64();
  if (sampleCount === 0 || !Number.isSafeInteger(firstSample + sampleCount)) {
    throw new CorruptInputError(
      `Cannot read chunk row ${sequence}: ${sampleCount} samples from ${firstSample}`,
      { field: "sample count" },
    );
  }
  return {
    sequence,
    firstSample,
    sampleCount,
    clock: CLOCKS[flags >>> CLOCK_SHIFT & 3]!,
    deviceTimeMicros: deviceTime === NO_TIME ? null : deviceTime,
    monotonicNs: reader.u64(),
    previousDigest: reader.bytes(DIGEST_BYTES),
    sampleDigest: reader.bytes(DIGEST_BYTES),
    signature: (flags & FLAG_SIGNED) === 0 ? undefined : (await file.take(SIGNATURE_BYTES)).slice(),
  };
}

/** The chunk digest of a row: from here on it is the same arithmetic as for a stored chunk. */
export function chunkDigestOfRow(
  row: ChunkRow,
  of: ChunkIdentity & { readonly descriptor: StreamDescriptor; readonly segmentId: Uint8Array },
  sha256: Sha256,
): Uint8Array {
  const { descriptor, segmentId } = of;
  const header: ChunkHeader = {
    ...row,
    // Codec, payload and set are facts about storage; no digest of identity covers them.
    codec: "raw",
    payloadByteLength: 0,
    parameterSetDigest: null,
    kind: descriptor.kind,
    channelCount: descriptor.channels.length,
    stream: descriptor.stream,
    signed: row.signature !== undefined,
    segmentId,
  };
  return chunkDigest(header, of, sha256);
}
