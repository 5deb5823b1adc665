/**
 * The record that a .wkc file begins with: what the file was, besides its samples.
 *
 * Sole owner of its bytes and of what they must satisfy. Behind it come parameter-set records and chunks as
 * core/chunk/FORMAT.md has them. Hazard: with `identity` it holds the header and the annotations as
 * they were written, which may name the patient.
 *
 * @see simulator/codec/README.md, "The .wkc file"
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { ByteReader, ByteWriter } from "@wavekeep/core/bytes";
import { crc32c } from "@wavekeep/core/checksum";
import { ChecksumMismatchError, CorruptInputError, UnsupportedError } from "@wavekeep/core/error";
import * as z from "zod";

/** `WKF1` */
export const FILE_MAGIC: readonly number[] = [0x57, 0x4b, 0x46, 0x31];
const VERSION = 1;
/** Magic, version, three zeros, length. */
export const FILE_HEAD_BYTES = 12;
export const FILE_CRC_BYTES = 4;

/** Inflated at most; annotation signals of days are a few megabytes. */
const INFLATED_BYTES_MAX = 256 * 1024 * 1024;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const count = z.int().nonnegative().max(2 ** 40);

/** What a .wkc file says about where it comes from. */
export const WkcHeader = z.strictObject({
  /** Whether header and annotations are as written; else identification and marks were left out. */
  identity: z.boolean(),
  /** The EDF or BDF header. */
  header: base64,
  /** Bytes of the annotation signals, record after record, deflated (RFC 1950). */
  "annotation_bytes_deflated": base64,
  /** What followed the last record. */
  trailing: base64,
  /** SHA-256 of the file as it was; only with `identity`, where decode gives that file back. */
  "file_sha256": z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  /** Descriptor of each stream, in stream order. */
  descriptors: z.array(base64).min(1),
  /** Runs of data records without a gap, in order. */
  segments: z.array(z.strictObject({
    /** Segment record. */
    record: base64,
    "record_count": count,
  })),
});
export type WkcHeader = z.infer<typeof WkcHeader>;

/** The record of a header. */
export function encodeWkcHeader(header: WkcHeader): Uint8Array<ArrayBuffer> {
  const content = deflateSync(Buffer.from(JSON.stringify(header)));
  const writer = new ByteWriter(FILE_HEAD_BYTES + content.byteLength + FILE_CRC_BYTES);
  writer.bytes(Uint8Array.from(FILE_MAGIC)).u8(VERSION).zeros(3).u32(content.byteLength);
  writer.bytes(content);
  writer.u32(crc32c(writer.finish()));
  return writer.finish();
}

/**
 * Reads a whole record.
 *
 * @throws {CoreError} Not such a record, damaged, of another version, or its content has another shape.
 */
export function decodeWkcHeader(bytes: Uint8Array): WkcHeader {
  const reader = new ByteReader(bytes, { what: ".wkc header" });
  if (!reader.bytes(FILE_MAGIC.length).every((byte, i) => byte === FILE_MAGIC[i])) {
    throw new CorruptInputError("Cannot read .wkc header: magic is not WKF1", {
      offset: 0,
      field: "magic",
    });
  }
  const version = reader.u8();
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read .wkc header: version is ${version}, this build knows ${VERSION}`,
      { feature: ".wkc version", value: version },
    );
  }
  const isReserved = reader.bytes(3).some((byte) => byte !== 0);
  const content = reader.bytes(reader.u32());
  const covered = bytes.subarray(0, reader.offset);
  const expected = reader.u32();
  reader.expectEnd();
  const actual = crc32c(covered);
  if (actual !== expected) {
    const hex = (value: number) => value.toString(16).padStart(8, "0");
    throw new ChecksumMismatchError(
      `Cannot read .wkc header: CRC-32C is 0x${hex(actual)}, record says 0x${hex(expected)}`,
      { expected: hex(expected), actual: hex(actual) },
    );
  }
  if (isReserved) {
    throw new CorruptInputError("Cannot read .wkc header: reserved bytes are not zero", {
      offset: 5,
      field: "reserved",
    });
  }
  return parseContent(content);
}

function parseContent(content: Uint8Array): WkcHeader {
  let value: unknown;
  try {
    value = JSON.parse(inflate(content).toString("utf8"));
  } catch (cause) {
    throw new CorruptInputError("Cannot read .wkc header: content is no deflated JSON", {
      field: "content",
      cause,
    });
  }
  const parsed = WkcHeader.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "(root)");
  throw new CorruptInputError(`Cannot read .wkc header: ${places.join(", ")} do not fit`, {
    field: "content",
  });
}

/** Inflates, but not without end. */
export function inflate(bytes: Uint8Array): Buffer {
  return inflateSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
}
