/**
 * Layer 5. Segments, descriptors, keys and statements of a bundle, against what the log says of them.
 *
 * Sole owner of which device vouches for what: a segment's policy and key are in its record, its record's
 * digest is in the log, and its key is enrolled there before it signs anything.
 *
 * @module
 */

import { equalBytes, formatHex } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import {
  decodeDescriptor,
  decodeLossRecord,
  decodeSegmentRecord,
  descriptorDigest,
  type LossRecord,
  lossRecordDigest,
  lossRecordSignatureMessage,
  recordingReference,
  segmentDigest,
  type SegmentRecord,
  segmentSignatureMessage,
} from "../chunk/mod.ts";
import { isCoreError } from "../error.ts";
import type { NoteCrypto } from "../log/mod.ts";
import type { StreamDescriptor } from "../recording/mod.ts";
import { type ExactSeconds, parseSeconds } from "../time/mod.ts";
import type { BundleSegment, Manifest } from "./manifest.ts";
import type { VerdictBuilder } from "./verdict.ts";
import type { LeafFacts } from "./verify_leaves.ts";
import { linksOf, verifyLink } from "./verify_link.ts";

/** A stream of a segment that was read. */
export interface ProvenStream {
  readonly descriptor: StreamDescriptor;
  readonly descriptorDigest: Uint8Array;
  readonly chunks: BundleSegment["streams"][number]["chunks"];
}

/** A segment that was read, whether or not everything of it holds. */
export interface ProvenSegment {
  readonly record: SegmentRecord;
  readonly segmentDigest: Uint8Array;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly start: ExactSeconds;
  readonly startUncertainty: ExactSeconds;
  readonly isImplicit: boolean;
  /** The device's public key; undefined when the segment is unsigned or the key is not there. */
  readonly publicKey: Uint8Array | undefined;
  /** µs since 1970 from which on nothing of this key may have been taken in. */
  readonly revokedAtMicros: bigint | undefined;
  readonly streams: readonly ProvenStream[];
}

/** What the steps of a verification share. */
export interface VerifyContext {
  readonly manifest: Manifest;
  readonly facts: LeafFacts;
  readonly crypto: NoteCrypto;
  readonly result: VerdictBuilder;
  /** Paths of files of samples that the log holds as they are, byte for byte. */
  readonly provenFiles: ReadonlySet<string>;
}

/** Reads and checks every segment; one that cannot be read is a finding and left out. */
export async function verifySegments(context: VerifyContext): Promise<ProvenSegment[]> {
  const { manifest, facts, crypto, result } = context;
  // A device names the recording as it was opened, whosever it is now.
  const { patient_id: patientId, recording_id: recordingId } = linksOf(manifest)[0];
  const reference = recordingReference(patientId, recordingId, crypto.sha256);
  verifyLink(context);
  const segments: ProvenSegment[] = [];
  for (const [position, claimed] of manifest.segments.entries()) {
    try {
      const segment = await verifySegment(claimed, context);
      if (!equalBytes(segment.record.recordingReference, reference)) {
        result.find(
          "segment-differs",
          "it was opened for another patient or recording than the manifest says",
          { segmentId: segment.segmentId },
        );
      }
      // The later of two would stand for both, and what the first one claims would not be looked at.
      if (segments.some(({ segmentId }) => segmentId === segment.segmentId)) {
        const place = { segmentId: segment.segmentId };
        result.find("segment-differs", "the manifest has it twice", place);
      } else segments.push(segment);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      result.find("segment-differs", `segment ${position} of the manifest: ${error.message}`);
    }
  }
  for (const { id } of facts.ofType("segment")) {
    if (segments.some(({ record }) => equalBytes(record.segmentId, id))) continue;
    result.find("segment-differs", "the log holds it, the manifest does not", {
      segmentId: formatHex(id),
    });
  }
  result.counts.segments = segments.length;
  return segments;
}

async function verifySegment(
  claimed: BundleSegment,
  context: VerifyContext,
): Promise<ProvenSegment> {
  const { facts, crypto, result } = context;
  const record = decodeSegmentRecord(claimed.record);
  const digest = segmentDigest(claimed.record, crypto.sha256);
  const segmentId = formatHex(record.segmentId);
  const place = { segmentId };
  const leaves = facts.nouns("segment", record.segmentId);
  if (!leaves.some(({ contentDigest }) => equalBytes(contentDigest, digest))) {
    result.find("segment-differs", leaves.length === 0 ? "it has no leaf" : "its record", place);
  }
  const placed = placeDigest(claimed, crypto.sha256);
  if (leaves.length > 0 && !leaves.some(({ storedDigest }) => equalBytes(storedDigest, placed))) {
    result.find("time-differs", "its place on the recording's axis", place);
  }
  const key = segmentKey(record, context);
  if (record.signaturePolicy === "none") {
    result.note(
      "unsigned",
      "the device of this segment signs nothing: the server alone vouches",
      place,
    );
  } else if (key !== undefined) {
    const message = segmentSignatureMessage(digest);
    const { signature } = claimed;
    if (signature === null) result.find("signature-missing", "of the segment record", place);
    else if (await crypto.verify({ publicKey: key.publicKey, message, signature })) {
      result.counts.signatures++;
    } else result.find("signature-refused", "of the segment record", place);
  }
  return {
    record,
    segmentDigest: digest,
    segmentId,
    start: parseSeconds(claimed.start),
    startUncertainty: parseSeconds(claimed.start_uncertainty),
    isImplicit: claimed.implicit,
    publicKey: key?.publicKey,
    revokedAtMicros: key?.revokedAtMicros,
    streams: verifyStreams(claimed, record, context),
  };
}

/**
 * What the leaf of a segment says of its row besides the record: H of the JSON list of number, start,
 * uncertainty and whether it is implicit.
 */
export function placeDigest(
  segment: Pick<BundleSegment, "segment_number" | "start" | "start_uncertainty" | "implicit">,
  sha256: Sha256,
): Uint8Array {
  const { segment_number: number, start, start_uncertainty: uncertainty, implicit } = segment;
  return sha256(new TextEncoder().encode(JSON.stringify([number, start, uncertainty, implicit])));
}

function verifyStreams(
  { streams }: BundleSegment,
  record: SegmentRecord,
  { facts, crypto, result }: VerifyContext,
): ProvenStream[] {
  const segmentId = formatHex(record.segmentId);
  if (streams.length !== record.descriptorDigests.length) {
    result.find(
      "descriptor-differs",
      `the record has ${record.descriptorDigests.length} streams, the manifest ${streams.length}`,
      { segmentId },
    );
  }
  return streams.map(({ stream, descriptor: bytes, chunks }, position) => {
    const descriptor = decodeDescriptor(bytes, stream);
    const digest = descriptorDigest(descriptor, crypto.sha256);
    const inRecord = record.descriptorDigests[position];
    const leaves = facts.nouns("descriptor", record.segmentId, stream);
    const place = { segmentId, stream };
    if (streams.findIndex((one) => one.stream === stream) !== position) {
      result.find("descriptor-differs", "the manifest has the stream twice", place);
    }
    if (inRecord === undefined || !equalBytes(inRecord, digest)) {
      result.find("descriptor-differs", "it is not the one in the segment record", place);
    } else if (!leaves.some(({ contentDigest }) => equalBytes(contentDigest, digest))) {
      result.find("descriptor-differs", "it has no leaf", place);
    }
    return { descriptor, descriptorDigest: digest, chunks };
  });
}

/** The public key that a segment names, when it is there and the log has enrolled it. */
function segmentKey(
  { keyId, segmentId: id }: SegmentRecord,
  { manifest, facts, crypto, result }: VerifyContext,
): { publicKey: Uint8Array; revokedAtMicros: bigint | undefined } | undefined {
  if (keyId === null) return undefined;
  const segmentId = formatHex(id);
  const key = manifest.keys.find(({ public_key: publicKey }) =>
    equalBytes(crypto.sha256(publicKey), keyId)
  );
  if (key === undefined) {
    result.find("key-differs", "the segment's key is not in the bundle", { segmentId });
    return undefined;
  }
  const leaves = facts.nouns("key", keyId.subarray(0, 16))
    .filter(({ contentDigest }) => equalBytes(contentDigest, keyId));
  if (!leaves.some(({ number }) => number === 0)) {
    result.find("key-differs", "the log has not enrolled the segment's key", { segmentId });
  }
  const revoked = leaves.find(({ number }) => number === 1);
  if (revoked !== undefined) {
    result.note("key-revoked", "the segment's key was revoked later; what came before stands", {
      segmentId,
    });
  }
  return { publicKey: key.public_key, revokedAtMicros: revoked?.receivedAtMicros };
}

/** Reads and checks losses and ends. */
export async function verifyStatements(
  segments: readonly ProvenSegment[],
  context: VerifyContext,
): Promise<LossRecord[]> {
  const { manifest, facts, crypto, result } = context;
  const records: LossRecord[] = [];
  const seen = new Set<string>();
  for (const [position, { record: bytes, signature }] of manifest.statements.entries()) {
    let record: LossRecord;
    try {
      record = decodeLossRecord(bytes);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      result.find("statement-differs", `statement ${position}: ${error.message}`);
      continue;
    }
    const digest = lossRecordDigest(bytes, crypto.sha256);
    const place = { segmentId: formatHex(record.segmentId), stream: record.stream };
    const leaves = facts.nouns("statement", record.segmentId, record.stream);
    if (!leaves.some(({ contentDigest }) => equalBytes(contentDigest, digest))) {
      result.find("statement-differs", `${record.kind} at ${record.firstSequence}`, place);
    }
    seen.add(formatHex(digest));
    const segment = segments.find(({ segmentId }) => segmentId === place.segmentId);
    if (segment?.publicKey !== undefined) {
      const { publicKey } = segment;
      const message = lossRecordSignatureMessage(digest);
      if (signature === null) result.find("signature-missing", `of a ${record.kind}`, place);
      else if (await crypto.verify({ publicKey, message, signature })) result.counts.signatures++;
      else result.find("signature-refused", `of a ${record.kind}`, place);
    }
    records.push(record);
  }
  for (const { id, number, contentDigest } of facts.ofType("statement")) {
    if (seen.has(formatHex(contentDigest))) continue;
    const place = { segmentId: formatHex(id), stream: number };
    result.find(
      "statement-differs",
      "the log holds a loss or end that the manifest does not",
      place,
    );
  }
  return records;
}
