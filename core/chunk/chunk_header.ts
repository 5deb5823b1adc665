/**
 * Layer 4. The chunk header as a value.
 *
 * Sole owner of its fields' meaning. {@link readChunkHeader} believes nothing but the bounds: the
 * checksum is {@link verifyChecksum}'s job, the digests are decodeChunk's.
 *
 * @see core/chunk/FORMAT.md, "The chunk"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, ByteWriter, isZeros } from "../bytes/mod.ts";
import { codecId, type CodecName, codecName, usesParameterSet } from "../codec/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import type { ClockStatus, SampleKind } from "../recording/mod.ts";
import {
  CHUNK_MAGIC,
  CHUNK_VERSION,
  chunkByteLength,
  DIGEST_BYTES,
  FLAG_CLOCK_SHIFT,
  FLAG_SIGNED,
  FLAGS_KNOWN,
  HEADER_BYTES,
  NO_TIME,
  SEGMENT_ID_BYTES,
} from "./layout.ts";

/** What a chunk says of itself. Byte arrays are views into the chunk they were read from. */
export interface ChunkHeader {
  readonly codec: CodecName;
  readonly kind: SampleKind;
  /** A signature stands between payload and checksum. */
  readonly signed: boolean;
  readonly clock: ClockStatus;
  /** Stream within the segment, 0 to 65,535. */
  readonly stream: number;
  /** 1 to 65,535. */
  readonly channelCount: number;
  /** Position within the stream, 0 to 2^32 − 1. */
  readonly sequence: number;
  /** Index of the first sample in its stream. */
  readonly firstSample: number;
  /** Samples per channel, at least 1. */
  readonly sampleCount: number;
  readonly payloadByteLength: number;
  /** Device time of the first sample, µs since 1970; null when the device has no clock. */
  readonly deviceTimeMicros: bigint | null;
  /** Nanoseconds since the segment opened, by the device's monotonic clock. */
  readonly monotonicNs: bigint;
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  /** Chunk digest of the sequence before, 32 bytes; of sequence 0 the segment digest. */
  readonly previousDigest: Uint8Array;
  /** 32 bytes. */
  readonly sampleDigest: Uint8Array;
  /** 32 bytes, or null when the codec uses no parameter set. */
  readonly parameterSetDigest: Uint8Array | null;
}

/** Codes of the sample kinds, in headers, digests and descriptors. */
export const KIND_CODES: Readonly<Record<SampleKind, number>> = {
  int32: 1,
  binary32: 2,
  binary64: 3,
};

/** Clocks in the order of their codes, 0 to 3. */
export const CLOCKS: readonly ClockStatus[] = [
  "unknown",
  "free-running",
  "disciplined",
  "zone-unknown",
];

/**
 * Reads the header of the chunk at `offset` without checking the checksum.
 *
 * @returns The header, and `byteLength` of the whole chunk, which is there in full.
 * @throws {TruncatedInputError} The chunk is not there in full.
 * @throws {CorruptInputError} A field is outside its range.
 * @throws {UnsupportedError} The format version or codec id is newer than this build.
 */
export function readChunkHeader(
  bytes: Uint8Array,
  offset = 0,
): ChunkHeader & { readonly byteLength: number } {
  const byteLength = chunkByteLength(bytes, offset);
  new ByteReader(bytes, { offset, what: "chunk" }).bytes(byteLength);
  return { ...readHeaderFields(bytes, offset), byteLength };
}

function readHeaderFields(bytes: Uint8Array, offset: number): ChunkHeader {
  const reader = new ByteReader(bytes, {
    offset: offset + CHUNK_MAGIC.length + 1,
    what: "chunk header",
  });
  const codec = codecName(reader.u8());
  const kind = readKind(reader);
  const flags = reader.u8();
  if ((flags & ~FLAGS_KNOWN) !== 0) {
    throw new UnsupportedError(
      `Cannot read chunk header: flags are ${flags}, bits 3 to 7 must be 0`,
      { feature: "chunk flags", value: flags },
    );
  }
  const stream = reader.u16();
  const channelCount = atLeastOne("channel count", reader.u16(), reader.offset - 2);
  const sequence = reader.u32();
  const firstSample = reader.u64Number("first sample");
  const sampleCount = atLeastOne("sample count", reader.u32(), reader.offset - 4);
  const payloadByteLength = reader.u32();
  const deviceTime = reader.i64();
  const monotonicNs = reader.u64();
  const segmentId = reader.bytes(SEGMENT_ID_BYTES);
  const previousDigest = reader.bytes(DIGEST_BYTES);
  const sampleDigest = reader.bytes(DIGEST_BYTES);
  const parameterSet = reader.bytes(DIGEST_BYTES);
  if (!Number.isSafeInteger(firstSample + sampleCount)) {
    throw new CorruptInputError(
      `Cannot read chunk header: samples ${firstSample} + ${sampleCount} reach 2^53`,
      { field: "first sample" },
    );
  }
  if (isZeros(parameterSet) === usesParameterSet(codec)) {
    throw new CorruptInputError(
      `Cannot read chunk header: codec ${codec} ${
        usesParameterSet(codec) ? "names no" : "names a"
      } parameter set`,
      { field: "parameter-set digest" },
    );
  }
  return {
    codec,
    kind,
    signed: (flags & FLAG_SIGNED) !== 0,
    clock: CLOCKS[(flags >>> FLAG_CLOCK_SHIFT) & 3]!,
    stream,
    channelCount,
    sequence,
    firstSample,
    sampleCount,
    payloadByteLength,
    deviceTimeMicros: deviceTime === NO_TIME ? null : deviceTime,
    monotonicNs,
    segmentId,
    previousDigest,
    sampleDigest,
    parameterSetDigest: isZeros(parameterSet) ? null : parameterSet,
  };
}

/** Appends the 160 bytes of a header. */
export function writeChunkHeader(writer: ByteWriter, header: ChunkHeader): void {
  const start = writer.byteLength;
  assert(
    header.deviceTimeMicros !== NO_TIME,
    "a device time is not the value that stands for none",
  );
  assert(header.channelCount >= 1 && header.sampleCount >= 1, "a chunk has channels and samples");
  assert(
    Number.isSafeInteger(header.firstSample + header.sampleCount),
    "the end of a chunk is below 2^53",
  );
  writer.bytes(Uint8Array.from(CHUNK_MAGIC)).u8(CHUNK_VERSION).u8(codecId(header.codec));
  writer.u8(KIND_CODES[header.kind]);
  writer.u8(
    (header.signed ? FLAG_SIGNED : 0) | clockCode(header.clock) << FLAG_CLOCK_SHIFT,
  );
  writer.u16(header.stream).u16(header.channelCount).u32(header.sequence);
  writer.u64(header.firstSample).u32(header.sampleCount).u32(header.payloadByteLength);
  writer.i64(header.deviceTimeMicros ?? NO_TIME).u64(header.monotonicNs);
  writer.fixed(header.segmentId, SEGMENT_ID_BYTES);
  writer.fixed(header.previousDigest, DIGEST_BYTES);
  writer.fixed(header.sampleDigest, DIGEST_BYTES);
  if (header.parameterSetDigest === null) writer.zeros(DIGEST_BYTES);
  else writer.fixed(header.parameterSetDigest, DIGEST_BYTES);
  assert(writer.byteLength - start === HEADER_BYTES, "a header has 160 bytes");
}

/** The code of a clock, 0 to 3. */
export function clockCode(clock: ClockStatus): number {
  const code = CLOCKS.indexOf(clock);
  assert(code >= 0, `${clock} is a clock`);
  return code;
}

/** Reads a kind code. @throws {CorruptInputError} No kind has it. */
export function readKind(reader: ByteReader): SampleKind {
  const offset = reader.offset;
  const code = reader.u8();
  for (const kind of ["int32", "binary32", "binary64"] as const) {
    if (KIND_CODES[kind] === code) return kind;
  }
  throw new CorruptInputError(
    `Cannot read sample kind at offset ${offset}: ${code} is not 1 to 3`,
    {
      offset,
      field: "kind",
    },
  );
}

function atLeastOne(field: string, value: number, offset: number): number {
  if (value === 0) {
    throw new CorruptInputError(`Cannot read chunk header: ${field} is 0`, { offset, field });
  }
  return value;
}
