/**
 * Layer 4. What a device says of chunks that will never come: lost, or beyond the end.
 *
 * Sole owner of the byte form of these statements. Only such a statement turns a pending hole into a
 * gap; silence never does.
 *
 * @see core/chunk/FORMAT.md, "Loss and end records"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import { labelledBytes, labelledDigest } from "./digests.ts";
import { SEGMENT_ID_BYTES } from "./layout.ts";

/** `WKL1` */
const MAGIC = [0x57, 0x4b, 0x4c, 0x31];
const VERSION = 1;
const KINDS = ["loss", "end"] as const;

/** Why samples will not come, in the order of the codes. */
export const LOSS_REASONS = [
  "unspecified",
  "card-full",
  "overwritten",
  "damaged",
  "discarded",
  "end-of-recording",
] as const;

/** A loss, or the end of a stream. */
export interface LossRecord {
  readonly kind: (typeof KINDS)[number];
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  readonly stream: number;
  /** Loss: the first lost sequence. End: the sequence after the last. */
  readonly firstSequence: number;
  /** Loss: how many, at least 1. End: 0. */
  readonly sequenceCount: number;
  /** Loss: the first lost sample. End: the sample after the last. */
  readonly firstSample: number;
  /** Loss: how many, at least 1. End: 0. */
  readonly sampleCount: number;
  /** Code 0 to 255; {@link LOSS_REASONS} has the known ones, others are kept as they are. */
  readonly reason: number;
}

/**
 * The 49 bytes of a statement.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { decodeLossRecord, encodeLossRecord } from "@wavekeep/core/chunk";
 *
 * const lost = {
 *   kind: "loss",
 *   segmentId: new Uint8Array(16),
 *   stream: 0,
 *   firstSequence: 10,
 *   sequenceCount: 2,
 *   firstSample: 2560,
 *   sampleCount: 512,
 *   reason: 1,
 * } as const;
 * const bytes = encodeLossRecord(lost);
 * strictEqual(bytes.byteLength, 49);
 * deepStrictEqual(decodeLossRecord(bytes), lost);
 * ```
 */
export function encodeLossRecord(record: LossRecord): Uint8Array<ArrayBuffer> {
  assert(hasRightCounts(record), "a loss counts something, an end nothing");
  const writer = new ByteWriter(49).bytes(Uint8Array.from(MAGIC)).u8(VERSION);
  writer.u8(KINDS.indexOf(record.kind)).fixed(record.segmentId, SEGMENT_ID_BYTES);
  writer.u16(record.stream).u32(record.firstSequence).u32(record.sequenceCount);
  writer.u64(record.firstSample).u64(record.sampleCount).u8(record.reason);
  return writer.finish();
}

/**
 * Reads a statement. `segmentId` is a view into `bytes`.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} A field is outside its range, or bytes are left over.
 * @throws {UnsupportedError} The version or kind is newer than this build.
 */
export function decodeLossRecord(bytes: Uint8Array): LossRecord {
  const reader = new ByteReader(bytes, { what: "loss record" });
  if (!reader.bytes(MAGIC.length).every((byte, i) => byte === MAGIC[i])) {
    throw new CorruptInputError("Cannot read loss record: magic is not WKL1", {
      offset: 0,
      field: "magic",
    });
  }
  const version = reader.u8();
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read loss record: version is ${version}, this build knows ${VERSION}`,
      { feature: "loss record version", value: version },
    );
  }
  const kindCode = reader.u8();
  const kind = KINDS[kindCode];
  if (kind === undefined) {
    throw new UnsupportedError(
      `Cannot read loss record: kind is ${kindCode}, this build knows 0 and 1`,
      { feature: "loss record kind", value: kindCode },
    );
  }
  const record: LossRecord = {
    kind,
    segmentId: reader.bytes(SEGMENT_ID_BYTES),
    stream: reader.u16(),
    firstSequence: reader.u32(),
    sequenceCount: reader.u32(),
    firstSample: reader.u64Number("first sample"),
    sampleCount: reader.u64Number("sample count"),
    reason: reader.u8(),
  };
  reader.expectEnd();
  if (!hasRightCounts(record)) {
    throw new CorruptInputError(
      `Cannot read ${kind} record: counts are ${record.sequenceCount} and ${record.sampleCount}`,
      { field: "counts" },
    );
  }
  return record;
}

/** H("wavekeep/statement/v1\0" ‖ record), 32 bytes. */
export function lossRecordDigest(record: Uint8Array, sha256: Sha256): Uint8Array {
  return labelledDigest("statement", [record], sha256);
}

/** The bytes that a device signs for a statement. */
export function lossRecordSignatureMessage(digest: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledBytes("statementSignature", [digest]);
}

function hasRightCounts(record: LossRecord): boolean {
  return record.kind === "end"
    ? record.sequenceCount === 0 && record.sampleCount === 0
    : record.sequenceCount >= 1 && record.sampleCount >= 1;
}
