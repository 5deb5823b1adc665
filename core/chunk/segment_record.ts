/**
 * Layer 4. The record that opens a segment: the root of its chain.
 *
 * Sole owner of its byte form and of the names derived from codes (recording reference, implicit segment
 * id). The signature policy is fixed here for the life of the segment, so nobody can downgrade it later.
 *
 * @see core/chunk/FORMAT.md, "Segment record"
 * @module
 */

import { assert } from "../assert.ts";
import { ByteReader, ByteWriter, concatBytes, isZeros } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import type { ClockStatus } from "../recording/mod.ts";
import { clockCode, CLOCKS } from "./chunk_header.ts";
import { labelledBytes, labelledDigest } from "./digests.ts";
import { DIGEST_BYTES, NO_TIME, SEGMENT_ID_BYTES } from "./layout.ts";

/** `WKS1` */
const MAGIC = [0x57, 0x4b, 0x53, 0x31];
const VERSION = 1;
const POLICIES = ["none", "chunk", "run"] as const;

/**
 * Whether the chunks of a segment are signed: none of them, every one, or one at the end of each run, to
 * which the others chain (`signed_runs.ts`).
 */
export type SignaturePolicy = (typeof POLICIES)[number];

/** The code of a policy in records and columns, 0 to 2. */
export function signaturePolicyCode(policy: SignaturePolicy): number {
  return POLICIES.indexOf(policy);
}

/** The policy of a code, or undefined for one that this build does not know. */
export function signaturePolicyOf(code: number): SignaturePolicy | undefined {
  return POLICIES[code];
}

/** What a device says when it begins a segment. */
export interface SegmentRecord {
  readonly signaturePolicy: SignaturePolicy;
  /** 16 bytes, {@link recordingReference}. */
  readonly recordingReference: Uint8Array;
  /** 16 random bytes chosen by the device. */
  readonly segmentId: Uint8Array;
  /** H(public key), 32 bytes; null when the policy is "none". */
  readonly keyId: Uint8Array | null;
  /** Civil or device time of the first sample, µs since 1970 (as if UTC when the zone is unknown). */
  readonly openedMicros: bigint | null;
  readonly clock: ClockStatus;
  /** Digest of this device's segment before, 32 bytes; null when there is none. */
  readonly previousSegmentDigest: Uint8Array | null;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** Descriptor digest of each stream, 32 bytes each, in stream order; at least one. */
  readonly descriptorDigests: readonly Uint8Array[];
}

/**
 * The bytes of a segment record.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { decodeSegmentRecord, encodeSegmentRecord } from "@wavekeep/core/chunk";
 *
 * const bytes = encodeSegmentRecord({
 *   signaturePolicy: "none",
 *   recordingReference: new Uint8Array(16),
 *   segmentId: new Uint8Array(16).fill(7),
 *   keyId: null,
 *   openedMicros: null,
 *   clock: "zone-unknown",
 *   previousSegmentDigest: null,
 *   salt: new Uint8Array(32),
 *   descriptorDigests: [new Uint8Array(32).fill(1)],
 * });
 * strictEqual(bytes.byteLength, 177);
 * deepStrictEqual(encodeSegmentRecord(decodeSegmentRecord(bytes)), bytes);
 * ```
 */
export function encodeSegmentRecord(record: SegmentRecord): Uint8Array<ArrayBuffer> {
  assert(
    (record.signaturePolicy === "none") === (record.keyId === null),
    "a segment has a key exactly when its chunks are signed",
  );
  assert(record.descriptorDigests.length >= 1, "a segment has a stream");
  assert(record.openedMicros !== NO_TIME, "an opening time is not the value that stands for none");
  const writer = new ByteWriter(192).bytes(Uint8Array.from(MAGIC)).u8(VERSION);
  writer.u8(signaturePolicyCode(record.signaturePolicy));
  writer.fixed(record.recordingReference, REFERENCE_BYTES);
  writer.fixed(record.segmentId, SEGMENT_ID_BYTES);
  writeDigestOrZeros(writer, record.keyId);
  writer.i64(record.openedMicros ?? NO_TIME);
  writer.u8(clockCode(record.clock));
  writeDigestOrZeros(writer, record.previousSegmentDigest);
  writer.fixed(record.salt, SALT_BYTES);
  writer.u16(record.descriptorDigests.length);
  for (const digest of record.descriptorDigests) writer.fixed(digest, DIGEST_BYTES);
  return writer.finish();
}

/**
 * Reads a segment record. Its byte arrays are views into `bytes`.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} A field is outside its range, or bytes are left over.
 * @throws {UnsupportedError} The version or policy is newer than this build.
 */
export function decodeSegmentRecord(bytes: Uint8Array): SegmentRecord {
  const reader = new ByteReader(bytes, { what: "segment record" });
  if (!reader.bytes(MAGIC.length).every((byte, i) => byte === MAGIC[i])) {
    throw new CorruptInputError("Cannot read segment record: magic is not WKS1", {
      offset: 0,
      field: "magic",
    });
  }
  const version = reader.u8();
  if (version !== VERSION) {
    throw new UnsupportedError(
      `Cannot read segment record: version is ${version}, this build knows ${VERSION}`,
      { feature: "segment record version", value: version },
    );
  }
  const policyCode = reader.u8();
  const signaturePolicy = signaturePolicyOf(policyCode);
  if (signaturePolicy === undefined) {
    throw new UnsupportedError(
      `Cannot read segment record: signature policy is ${policyCode}, this build knows 0 to 2`,
      { feature: "signature policy", value: policyCode },
    );
  }
  const recordingReference = reader.bytes(REFERENCE_BYTES);
  const segmentId = reader.bytes(SEGMENT_ID_BYTES);
  const keyId = digestOrNull(reader.bytes(DIGEST_BYTES));
  if ((keyId === null) !== (signaturePolicy === "none")) {
    throw new CorruptInputError(
      `Cannot read segment record: policy is ${signaturePolicy}, key id is ${
        keyId === null ? "absent" : "given"
      }`,
      { field: "key id" },
    );
  }
  const opened = reader.i64();
  const clockOffset = reader.offset;
  const clock = CLOCKS[reader.u8()];
  if (clock === undefined) {
    throw new CorruptInputError("Cannot read segment record: clock is not 0 to 3", {
      offset: clockOffset,
      field: "clock",
    });
  }
  const previousSegmentDigest = digestOrNull(reader.bytes(DIGEST_BYTES));
  const salt = reader.bytes(SALT_BYTES);
  const streamCount = reader.u16();
  if (streamCount === 0) {
    throw new CorruptInputError("Cannot read segment record: stream count is 0", {
      field: "stream count",
    });
  }
  const descriptorDigests: Uint8Array[] = [];
  for (let i = 0; i < streamCount; i++) descriptorDigests.push(reader.bytes(DIGEST_BYTES));
  reader.expectEnd();
  return {
    signaturePolicy,
    recordingReference,
    segmentId,
    keyId,
    openedMicros: opened === NO_TIME ? null : opened,
    clock,
    previousSegmentDigest,
    salt,
    descriptorDigests,
  };
}

/** H("wavekeep/segment/v1\0" ‖ record), 32 bytes: what sequence 0 of every stream chains to. */
export function segmentDigest(record: Uint8Array, sha256: Sha256): Uint8Array {
  return labelledDigest("segment", [record], sha256);
}

/** The bytes that a device signs for a segment record. */
export function segmentSignatureMessage(digest: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledBytes("segmentSignature", [digest]);
}

/**
 * The 16 bytes that name a recording in its segment records. Decision 0001: the server's own id never
 * leaves the server, and a device must be able to make this offline.
 */
export function recordingReference(
  patientId: string,
  recordingId: string,
  sha256: Sha256,
): Uint8Array {
  const encoder = new TextEncoder();
  const codes = concatBytes(
    encoder.encode(patientId),
    Uint8Array.of(0),
    encoder.encode(recordingId),
  );
  return labelledDigest("recording", [codes], sha256).slice(0, REFERENCE_BYTES);
}

/** The id of the implicit segment of JSON chunks. Decision 0004. */
export function implicitSegmentId(
  site: number,
  reference: Uint8Array,
  digest: Uint8Array,
  sha256: Sha256,
): Uint8Array {
  const fields = new ByteWriter(64)
    .u32(site)
    .fixed(reference, REFERENCE_BYTES)
    .fixed(digest, DIGEST_BYTES);
  return labelledDigest("implicitSegment", [fields.finish()], sha256).slice(0, SEGMENT_ID_BYTES);
}

const REFERENCE_BYTES = 16;
const SALT_BYTES = 32;

function writeDigestOrZeros(writer: ByteWriter, digest: Uint8Array | null): void {
  if (digest === null) writer.zeros(DIGEST_BYTES);
  else writer.fixed(digest, DIGEST_BYTES);
}

function digestOrNull(bytes: Uint8Array): Uint8Array | null {
  return isZeros(bytes) ? null : bytes;
}
