/**
 * Layer 4. A parameter set as it travels and lies in files: framed, checked, named by digest.
 *
 * Sole owner of the record's bytes and of the digest that chunks name. What the set says is nothing to
 * this file: `readParameterSet` reads it.
 *
 * @see core/chunk/FORMAT.md, "Parameter-set record"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, ByteWriter, formatHex } from "../bytes/mod.ts";
import { crc32c, type Sha256 } from "../checksum/mod.ts";
import { PARAMETER_SET_BYTES_MAX } from "../codec/mod.ts";
import {
  CorruptInputError,
  LimitExceededError,
  TruncatedInputError,
  UnsupportedError,
} from "../error.ts";
import { labelledDigest } from "./digests.ts";
import { CRC_BYTES } from "./layout.ts";
import { checkedBytes } from "./verify_checksum.ts";

/** `WKP1` */
export const PARAMETER_SET_MAGIC: readonly number[] = [0x57, 0x4b, 0x50, 0x31];
const VERSION = 1;
const RESERVED_BYTES = 3;
/** Bytes before the set. */
const HEAD_BYTES = PARAMETER_SET_MAGIC.length + 1 + RESERVED_BYTES + 4;

/** Bytes of a record beside the set itself. */
export const PARAMETER_SET_RECORD_FRAME_BYTES = HEAD_BYTES + CRC_BYTES;

/**
 * Frames a set.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeParameterSetRecord, encodeParameterSetRecord } from "@wavekeep/core/chunk";
 *
 * const set = Uint8Array.of(1, 2, 3);
 * deepStrictEqual(decodeParameterSetRecord(encodeParameterSetRecord(set)), set);
 * ```
 */
export function encodeParameterSetRecord(set: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(
    set.byteLength >= 1 && set.byteLength <= PARAMETER_SET_BYTES_MAX,
    `a parameter set of ${set.byteLength} bytes has 1 to ${PARAMETER_SET_BYTES_MAX}`,
  );
  const writer = new ByteWriter(set.byteLength + PARAMETER_SET_RECORD_FRAME_BYTES);
  writer.bytes(Uint8Array.from(PARAMETER_SET_MAGIC)).u8(VERSION).zeros(RESERVED_BYTES);
  writer.u32(set.byteLength).bytes(set);
  return writer.u32(crc32c(writer.finish())).finish();
}

/**
 * Reads one whole record.
 *
 * @returns The set, as a view into `bytes`; neither its content nor its digest has been looked at.
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {ChecksumMismatchError} The bytes do not match the CRC-32C at their end.
 * @throws {CorruptInputError} Another magic, bytes behind the record, an empty set.
 * @throws {UnsupportedError} The version is not 1, or a reserved byte is not zero.
 * @throws {LimitExceededError} The declared set is larger than a set may be.
 */
export function decodeParameterSetRecord(bytes: Uint8Array): Uint8Array {
  const byteLength = parameterSetRecordByteLength(bytes);
  const covered = checkedBytes(bytes, byteLength, "parameter-set record");
  const reserved = covered.subarray(HEAD_BYTES - RESERVED_BYTES - 4, HEAD_BYTES - 4);
  if (reserved.some((byte) => byte !== 0)) {
    throw new UnsupportedError(
      `Cannot read parameter-set record: reserved bytes are 0x${formatHex(reserved)}, must be 0`,
      { feature: "parameter-set record", value: formatHex(reserved) },
    );
  }
  return covered.subarray(HEAD_BYTES);
}

/**
 * Byte length of the record that begins at `offset`, from its magic, version and length alone.
 *
 * The whole record need not be there; at least its head must.
 *
 * @throws {TruncatedInputError} The head is not complete.
 * @throws {CorruptInputError} There is no record at `offset`, or it is empty.
 * @throws {UnsupportedError} The version is not 1.
 * @throws {LimitExceededError} The declared set is larger than a set may be.
 */
export function parameterSetRecordByteLength(bytes: Uint8Array, offset = 0): number {
  const availableBytes = bytes.byteLength - offset;
  for (let i = 0; i < PARAMETER_SET_MAGIC.length && i < availableBytes; i++) {
    if (bytes[offset + i] !== PARAMETER_SET_MAGIC[i]) {
      const found = formatHex(bytes.subarray(offset, offset + PARAMETER_SET_MAGIC.length));
      throw new CorruptInputError(
        `Cannot read parameter-set record at offset ${offset}: magic is 0x${found}, must be 0x${
          formatHex(Uint8Array.from(PARAMETER_SET_MAGIC))
        }`,
        { offset, field: "magic" },
      );
    }
  }
  if (availableBytes < HEAD_BYTES) {
    throw new TruncatedInputError(
      `Cannot read parameter-set record at offset ${offset}: ${HEAD_BYTES} bytes wanted, ${availableBytes} there`,
      { offset, neededBytes: HEAD_BYTES, availableBytes },
    );
  }
  const reader = new ByteReader(bytes, { offset: offset + PARAMETER_SET_MAGIC.length });
  const version = reader.u8();
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read parameter-set record at offset ${offset}: version is ${version}, this build knows ${VERSION}`,
      { feature: "parameter-set record version", value: version },
    );
  }
  reader.bytes(RESERVED_BYTES);
  const setByteLength = reader.u32();
  if (setByteLength === 0) {
    throw new CorruptInputError(
      `Cannot read parameter-set record at offset ${offset}: the set is empty`,
      { offset, field: "length" },
    );
  }
  if (setByteLength > PARAMETER_SET_BYTES_MAX) {
    throw new LimitExceededError(
      `Cannot read parameter-set record at offset ${offset}: ${setByteLength} bytes, limit is ${PARAMETER_SET_BYTES_MAX}`,
      { limit: PARAMETER_SET_BYTES_MAX, actual: setByteLength },
    );
  }
  return setByteLength + PARAMETER_SET_RECORD_FRAME_BYTES;
}

/** The name of a set, 32 bytes: the digest of its bytes without their frame. */
export function parameterSetDigest(set: Uint8Array, sha256: Sha256): Uint8Array {
  return labelledDigest("parameterSet", [set], sha256);
}
