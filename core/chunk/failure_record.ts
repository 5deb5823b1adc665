/**
 * Layer 4. What stands in an answer in the place of a stored chunk that failed its check.
 *
 * Sole owner of the record's bytes. It says which chunk it is and which check failed, and holds nothing of
 * the chunk itself: what failed a check is never sent, not even to be looked at. Only answers have such
 * records, and only for who asked for them; anywhere else `splitRecords` finds corruption.
 *
 * @see core/chunk/FORMAT.md, "Failure record"
 * @module
 */

import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import { CRC_BYTES, SEGMENT_ID_BYTES } from "./layout.ts";
import { type FramedRecord, recordAt } from "./split_records.ts";
import { checkedBytes } from "./verify_checksum.ts";

/** `WKI1` */
export const FAILURE_MAGIC: readonly number[] = [0x57, 0x4b, 0x49, 0x31];
const VERSION = 1;

/** Bytes of a whole record. */
export const FAILURE_RECORD_BYTES = 4 + 1 + 1 + 2 + 4 + 4 + 8 + SEGMENT_ID_BYTES + CRC_BYTES;

/** Which check failed, by its code. A code that a reader does not know is a failed check all the same. */
export const FAILED_STEPS = {
  /** Its row is not there, though the index knows of it. */
  "present": 1,
  /** The database itself could not read it. */
  "storage": 2,
  "seal": 3,
  "stored-digest": 4,
  "crc": 5,
  "decode": 6,
  /** It says that it belongs elsewhere. */
  "key": 7,
  "chunk-digest": 8,
  /** The parameter set that it names is lost or damaged. */
  "parameter-set": 9,
} as const;

export type FailedStep = keyof typeof FAILED_STEPS;

const STEP_BY_CODE = new Map(
  Object.entries(FAILED_STEPS).map(([step, code]) => [code as number, step as FailedStep]),
);

/** A stored chunk that failed a check. */
export interface FailedChunk {
  /** Undefined: a check that this build does not know. */
  readonly step: FailedStep | undefined;
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly sequence: number;
  readonly firstSample: number;
  readonly sampleCount: number;
}

/**
 * Frames a failure.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { encodeFailureRecord, splitAnswer } from "@wavekeep/core/chunk";
 *
 * const failed = {
 *   step: "seal",
 *   segmentId: new Uint8Array(16),
 *   stream: 0,
 *   sequence: 41,
 *   firstSample: 10_496,
 *   sampleCount: 256,
 * } as const;
 * deepStrictEqual([...splitAnswer(encodeFailureRecord(failed))], [{ kind: "failed", failed }]);
 * ```
 */
export function encodeFailureRecord(failed: FailedChunk): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(FAILURE_RECORD_BYTES);
  writer.bytes(Uint8Array.from(FAILURE_MAGIC)).u8(VERSION);
  writer.u8(failed.step === undefined ? 0 : FAILED_STEPS[failed.step]);
  writer.u16(failed.stream).u32(failed.sequence).u32(failed.sampleCount).u64(failed.firstSample);
  writer.fixed(failed.segmentId, SEGMENT_ID_BYTES);
  return writer.u32(crc32c(writer.finish())).finish();
}

/**
 * Reads one whole record.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {ChecksumMismatchError} The bytes do not match the CRC-32C at their end.
 * @throws {CorruptInputError} Another magic, or bytes behind the record.
 * @throws {UnsupportedError} The version is not 1.
 */
export function decodeFailureRecord(bytes: Uint8Array): FailedChunk {
  const reader = new ByteReader(checkedBytes(bytes, FAILURE_RECORD_BYTES, "failure record"));
  const magic = reader.bytes(FAILURE_MAGIC.length);
  if (FAILURE_MAGIC.some((byte, index) => byte !== magic[index])) {
    throw new CorruptInputError("Cannot read failure record: it has another magic", {
      offset: 0,
      field: "magic",
    });
  }
  const version = reader.u8();
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read failure record: version is ${version}, this build knows ${VERSION}`,
      { feature: "failure record version", value: version },
    );
  }
  const step = STEP_BY_CODE.get(reader.u8());
  const stream = reader.u16();
  const sequence = reader.u32();
  const sampleCount = reader.u32();
  const firstSample = reader.u64Number("first sample");
  return {
    step,
    segmentId: reader.bytes(SEGMENT_ID_BYTES).slice(),
    stream,
    sequence,
    firstSample,
    sampleCount,
  };
}

/** A record of an answer. */
export type AnswerRecord = FramedRecord | {
  readonly kind: "failed";
  readonly failed: FailedChunk;
};

/** As `splitRecords`, for answers that may tell of chunks which failed their check. */
export function* splitAnswer(bytes: Uint8Array): Iterable<AnswerRecord> {
  for (let offset = 0; offset < bytes.byteLength;) {
    if (FAILURE_MAGIC.every((byte, index) => bytes[offset + index] === byte)) {
      const record = new ByteReader(bytes, { offset, what: "failure record" });
      yield { kind: "failed", failed: decodeFailureRecord(record.bytes(FAILURE_RECORD_BYTES)) };
      offset += FAILURE_RECORD_BYTES;
      continue;
    }
    const record = recordAt(bytes, offset);
    yield record;
    offset += record.bytes.byteLength;
  }
}
