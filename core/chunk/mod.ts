/**
 * Layer 4. Chunks: the unit of storage, transfer and identity, and the records they hang from.
 *
 * FORMAT.md in this folder is the authority for every byte.
 *
 * @module
 */

export * from "./chunk_header.ts";
export * from "./cover.ts";
export * from "./decode_chunk.ts";
export * from "./descriptor.ts";
export * from "./device_key.ts";
export * from "./digests.ts";
export * from "./encode_chunk.ts";
export * from "./failure_record.ts";
export * from "./grid.ts";
export * from "./known_runs.ts";
export {
  CHUNK_MAGIC,
  CHUNK_VERSION,
  chunkByteLength,
  CRC_BYTES,
  DIGEST_BYTES,
  HEADER_BYTES,
  NO_TIME,
  SEGMENT_ID_BYTES,
  SIGNATURE_BYTES,
} from "./layout.ts";
export * from "./loss_record.ts";
export * from "./parameter_set_record.ts";
export * from "./segment_record.ts";
export * from "./sign_chunk.ts";
export * from "./signed_runs.ts";
export { type FramedRecord, splitRecords } from "./split_records.ts";
export * from "./verify_checksum.ts";
export * from "./verify_chunk.ts";
export type { CodecName, Samples } from "../codec/mod.ts";
export type { ClockStatus, SampleKind, StreamDescriptor } from "../recording/mod.ts";
