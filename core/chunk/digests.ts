/**
 * Layer 4. What identifies samples, chunks and statements.
 *
 * Sole owner of every domain label and of the order in which fields are hashed. Set in stone: chains,
 * signatures and logs are made of these. A chunk digest covers decoded samples and their meaning, never
 * the codec, so it survives re-encoding.
 *
 * @see core/chunk/FORMAT.md, "Digests"
 * @module
 */

import { asciiBytes, ByteWriter, concatBytes, littleEndianBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import type { Samples } from "../codec/mod.ts";
import type { SampleKind } from "../recording/mod.ts";
import { type ChunkHeader, clockCode, KIND_CODES } from "./chunk_header.ts";
import { DIGEST_BYTES, NO_TIME } from "./layout.ts";

/** Every domain label of the format; the last byte of each is zero. */
const LABELS = {
  samples: asciiBytes("wavekeep/samples/v1\0"),
  signal: asciiBytes("wavekeep/signal/v1\0"),
  context: asciiBytes("wavekeep/context/v1\0"),
  chunk: asciiBytes("wavekeep/chunk/v1\0"),
  chunkSignature: asciiBytes("wavekeep/chunk-sig/v1\0"),
  parameterSet: asciiBytes("wavekeep/parameter-set/v1\0"),
  descriptor: asciiBytes("wavekeep/descriptor/v1\0"),
  segment: asciiBytes("wavekeep/segment/v1\0"),
  segmentSignature: asciiBytes("wavekeep/segment-sig/v1\0"),
  recording: asciiBytes("wavekeep/recording/v1\0"),
  statement: asciiBytes("wavekeep/statement/v1\0"),
  statementSignature: asciiBytes("wavekeep/statement-sig/v1\0"),
  implicitSegment: asciiBytes("wavekeep/implicit-segment/v1\0"),
  enrolmentCode: asciiBytes("wavekeep/enrolment-code/v1\0"),
  enrolment: asciiBytes("wavekeep/enrolment/v1\0"),
  enrolmentSignature: asciiBytes("wavekeep/enrolment-sig/v1\0"),
};

export type DomainLabel = keyof typeof LABELS;

/** What of a chunk's identity is not in the chunk itself. */
export interface ChunkIdentity {
  /** 32 bytes: digest of the stream's descriptor. */
  readonly descriptorDigest: Uint8Array;
  /** 32 bytes: digest of the segment record. */
  readonly segmentDigest: Uint8Array;
}

/** H(label ‖ parts). */
export function labelledDigest(
  label: DomainLabel,
  parts: readonly Uint8Array[],
  sha256: Sha256,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array {
  let byteLength = LABELS[label].byteLength;
  for (const part of parts) byteLength += part.byteLength;
  if (byteLength > scratch.byteLength) return sha256(labelledBytes(label, parts), into);
  // Joined in memory that is used again: a fresh array for the samples of every chunk costs a fifth of
  // the hash itself.
  scratch.set(LABELS[label]);
  let offset = LABELS[label].byteLength;
  for (const part of parts) {
    scratch.set(part, offset);
    offset += part.byteLength;
  }
  return sha256(scratch.subarray(0, byteLength), into);
}

/** The fields of one digest, for as long as it takes. */
const fields = new ByteWriter(256);

/** Holds what is being hashed, and nothing of it longer than the hash takes: `Sha256` keeps nothing. */
const scratch = new Uint8Array(256 * 1024);

/** The two digests that a chunk digest is made of, for as long as it takes. */
const [contextPart, signalPart] = [new Uint8Array(DIGEST_BYTES), new Uint8Array(DIGEST_BYTES)];

/** label ‖ parts: what is hashed, and what is signed. */
export function labelledBytes(
  label: DomainLabel,
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  return concatBytes(LABELS[label], ...parts);
}

/** Digest of decoded samples, in the kind's own width; the bits of NaN and −0 count. */
export function samplesDigest(
  kind: SampleKind,
  channelCount: number,
  sampleCount: number,
  samples: Samples,
  sha256: Sha256,
): Uint8Array {
  const shape = fields.reset().u8(KIND_CODES[kind]).u16(channelCount).u32(sampleCount);
  return labelledDigest("samples", [shape.finish(), littleEndianBytes(samples)], sha256);
}

/** Digest of samples in their place of their stream: no device, no date. */
export function signalDigest(
  header: ChunkHeader,
  descriptorDigest: Uint8Array,
  sha256: Sha256,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array {
  fields.reset()
    .fixed(descriptorDigest, DIGEST_BYTES)
    .u16(header.stream)
    .u32(header.sequence)
    .u64(header.firstSample)
    .u8(KIND_CODES[header.kind])
    .u16(header.channelCount)
    .u32(header.sampleCount)
    .fixed(header.sampleDigest, DIGEST_BYTES);
  return labelledDigest("signal", [fields.finish()], sha256, into);
}

/** Digest of when and by whose clock. */
export function contextDigest(
  header: ChunkHeader,
  segmentDigest: Uint8Array,
  sha256: Sha256,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array {
  fields.reset()
    .fixed(segmentDigest, DIGEST_BYTES)
    .i64(header.deviceTimeMicros ?? NO_TIME)
    .u64(header.monotonicNs)
    .u8(clockCode(header.clock));
  return labelledDigest("context", [fields.finish()], sha256, into);
}

/** The identity of a chunk, 32 bytes: context, signal and the chunk before. */
export function chunkDigest(
  header: ChunkHeader,
  identity: ChunkIdentity,
  sha256: Sha256,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array {
  const context = contextDigest(header, identity.segmentDigest, sha256, contextPart);
  const signal = signalDigest(header, identity.descriptorDigest, sha256, signalPart);
  return labelledDigest("chunk", [context, signal, header.previousDigest], sha256, into);
}

/** The bytes that a device signs for a chunk. */
export function chunkSignatureMessage(digest: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledBytes("chunkSignature", [digest]);
}

/** H over all bytes of a chunk as stored: a fact about storage, not identity. */
export function storedDigest(chunk: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(chunk);
}
