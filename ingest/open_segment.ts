/**
 * Opening a segment: the record and its description must say the same, byte for byte.
 *
 * Sole owner of that comparison. The record is what the device signs and every chunk chains to; the
 * JSON beside it is what can be read. The server believes neither before the digests agree.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import {
  clockCode,
  decodeSegmentRecord,
  descriptorDigest,
  encodeDescriptor,
  KIND_CODES,
  segmentDigest,
  type SegmentRecord,
  segmentSignatureMessage,
} from "@wavekeep/core/chunk";
import { descriptorPlace, seal, segmentRecordPlace, verifyEd25519 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError, type ProblemItem } from "@wavekeep/core/problem";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { formatSeconds, parseSeconds, sampleRate } from "@wavekeep/core/time";
import type { OpenSegmentRequest, OpenSegmentResponse } from "@wavekeep/core/wire";
import { requireSigningSender, signatureInvalid } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { requireOwnKey } from "./device_keys.ts";
import { findRecordingOfSegment, type RecordingCodes } from "./find_recording.ts";
import { segmentLeaves } from "./leaf.ts";
import { refuseMisfits } from "./misfits.ts";
import { recordingSecrets } from "./recording_key.ts";
import { requireUnsignedAllowed } from "./site_rule.ts";
import type { NewSegment, Sender, StoredRecording, StoredSegment } from "./store/ingest_store.ts";

/** Rates are kept in signed 64-bit columns. */
const INT64_MAX = 2n ** 63n - 1n;

/** A segment about to be opened, its record and description known to agree. */
export interface SegmentToOpen {
  readonly record: Uint8Array;
  readonly segmentId: Uint8Array;
  readonly clock: number;
  readonly startSeconds: string;
  readonly startUncertaintySeconds: string;
  readonly implicit: boolean;
  readonly signing: NewSegment["signing"];
  readonly descriptors: readonly StreamDescriptor[];
}

/** `POST …/segments`. */
export async function openSegment(
  deps: IngestDeps,
  sender: Sender,
  codes: RecordingCodes,
  request: OpenSegmentRequest,
): Promise<{ isNew: boolean; response: OpenSegmentResponse }> {
  const record = Uint8Array.fromBase64(request.segment_record);
  const parsed = readRecord(record);
  const signing = await readSigning(deps, sender, { record, parsed, request });
  const recording = await findRecordingOfSegment(deps, sender, codes, parsed.segmentId);
  const descriptors = readDescriptors(request.streams);
  requireAgreement(deps, { parsed, recording, descriptors });
  const { segment, isNew } = await ensureSegment(deps, sender, recording, {
    record,
    segmentId: parsed.segmentId,
    clock: clockCode(parsed.clock),
    startSeconds: normalSeconds(request.start_seconds),
    startUncertaintySeconds: normalSeconds(request.start_uncertainty_seconds ?? "0"),
    implicit: false,
    signing,
    descriptors,
  });
  return {
    isNew,
    response: {
      segment_id: formatHex(segment.segmentId),
      segment_number: segment.segmentNumber,
      segment_digest: formatHex(segment.segmentDigest),
    },
  };
}

/**
 * Stores a segment, or confirms that the same one is open.
 *
 * @throws {ProblemError} `signature-required` by the site's rule; `recording-closed`; `segment-conflict` when another segment has the id;
 * `not-owner` when another sender opened it.
 */
export async function ensureSegment(
  deps: IngestDeps,
  sender: Sender,
  recording: StoredRecording,
  opening: SegmentToOpen,
): Promise<{ segment: StoredSegment; isNew: boolean }> {
  if (opening.signing === null) {
    await requireUnsignedAllowed(deps, sender.siteId, opening.segmentId);
  }
  const secrets = await recordingSecrets(deps.keyStore, recording);
  const { key } = secrets;
  const { recordingId } = recording;
  const digest = segmentDigest(opening.record, deps.sha256);
  const atMicros = deps.clock.nowMicros();
  const scope = { siteId: sender.siteId, recordingId, secrets, atMicros };
  const streams = opening.descriptors.map((descriptor) => ({
    stream: descriptor.stream,
    rate: descriptor.rate,
    kind: KIND_CODES[descriptor.kind],
    channelCount: descriptor.channels.length,
    descriptorDigest: descriptorDigest(descriptor, deps.sha256),
  }));
  const put = await deps.store.putSegment(sender, {
    recordingId,
    segmentId: opening.segmentId,
    segmentDigest: digest,
    clock: opening.clock,
    startSeconds: opening.startSeconds,
    startUncertaintySeconds: opening.startUncertaintySeconds,
    implicit: opening.implicit,
    signing: opening.signing,
    streams,
    atMicros,
    seal: (segmentNumber) => {
      const record = seal(
        key,
        segmentRecordPlace(sender.siteId, recordingId, segmentNumber),
        opening.record,
      );
      const descriptors = opening.descriptors.map((descriptor) =>
        seal(
          key,
          descriptorPlace({
            siteId: sender.siteId,
            recordingId,
            segmentNumber,
            stream: descriptor.stream,
          }),
          encodeDescriptor(descriptor),
        )
      );
      const facts = { ...opening, segmentNumber, segmentDigest: digest, streams, descriptors };
      return { record, descriptors, leaves: segmentLeaves(scope, facts) };
    },
  });
  if (put.outcome === "recording-closed") {
    throw new ProblemError("recording-closed", {
      detail: "The recording was closed, it takes no new segments",
    });
  }
  if (put.outcome === "found") requireSameSegment(put.segment, { recordingId, digest, opening });
  if (put.outcome === "stored") deps.announcer.announce(recording.notifyNumber);
  return { segment: put.segment, isNew: put.outcome === "stored" };
}

function requireSameSegment(
  stored: StoredSegment,
  { recordingId, digest, opening }: {
    recordingId: string;
    digest: Uint8Array;
    opening: SegmentToOpen;
  },
): void {
  const isSame = stored.recordingId === recordingId &&
    equalBytes(stored.segmentDigest, digest) &&
    stored.startSeconds === opening.startSeconds &&
    stored.startUncertaintySeconds === opening.startUncertaintySeconds;
  if (isSame) return;
  throw new ProblemError("segment-conflict", {
    detail: "Another segment is stored under this id",
    extensions: {
      segment_id: formatHex(stored.segmentId),
      stored_segment_digest: formatHex(stored.segmentDigest),
    },
  });
}

/** @throws {ProblemError} `unsupported-version`, `segment-record-mismatch`. */
export function readRecord(record: Uint8Array): SegmentRecord {
  try {
    return decodeSegmentRecord(record);
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    const slug = isCoreError(cause, "UnsupportedError")
      ? "unsupported-version"
      : "segment-record-mismatch";
    throw new ProblemError(slug, {
      detail: cause.message,
      errors: [{ detail: cause.message, pointer: "/body/segment_record" }],
      cause,
    });
  }
}

/**
 * Under which key the segment is signed.
 *
 * @throws {ProblemError} The signature is missing, or there and not asked for; its key is unknown, revoked,
 * or another device's.
 * @throws {SignatureMismatchError} It does not hold.
 */
async function readSigning(
  deps: Pick<IngestDeps, "deviceKeys" | "sha256">,
  sender: Sender,
  { record, parsed, request }: {
    record: Uint8Array;
    parsed: SegmentRecord;
    request: OpenSegmentRequest;
  },
): Promise<NewSegment["signing"]> {
  const { signaturePolicy: policy, keyId } = parsed;
  if (policy === "none" || keyId === null) {
    if (request.signature !== null) {
      throw new ProblemError("signature-unexpected", {
        detail: "The record's policy is 0, unsigned: signature must be null",
      });
    }
    requireSigningSender(sender);
    return null;
  }
  if (request.signature === null) {
    throw new ProblemError("signature-required", {
      detail: "The record asks for signatures and has none itself",
      extensions: { "key_id": formatHex(keyId) },
    });
  }
  const { publicKey } = await requireOwnKey(deps.deviceKeys, sender, keyId);
  const signature = Uint8Array.fromBase64(request.signature);
  const message = segmentSignatureMessage(segmentDigest(record, deps.sha256));
  if (!verifyEd25519(publicKey, message, signature)) throw signatureInvalid("segment record");
  return { policy, keyId: keyId.slice(), publicKey, signature };
}

/** @throws {ProblemError} `validation`: streams that are no streams. */
export function readDescriptors(streams: OpenSegmentRequest["streams"]): StreamDescriptor[] {
  const errors: ProblemItem[] = [];
  const descriptors = streams.map(({ stream, rate, kind, channels }, index): StreamDescriptor => {
    if (stream !== index) {
      errors.push({
        detail: `streams must be numbered in order: ${index} wanted, ${stream} found`,
        pointer: `/body/streams/${index}/stream`,
      });
    }
    for (const part of ["samples", "seconds"] as const) {
      if (BigInt(rate[part]) > INT64_MAX) {
        errors.push({
          detail: "is beyond 64 bits",
          pointer: `/body/streams/${index}/rate/${part}`,
        });
      }
    }
    for (const [row, channel] of channels.entries()) {
      if (kind !== "int32" && channel.calibration !== null) {
        errors.push({
          detail: "float samples are physical values: calibration must be null",
          pointer: `/body/streams/${index}/channels/${row}/calibration`,
        });
      }
    }
    return { stream, rate: sampleRate(BigInt(rate.samples), BigInt(rate.seconds)), kind, channels };
  });
  errors.push(...repeatedPositions(descriptors));
  refuseMisfits(errors);
  return descriptors;
}

function repeatedPositions(descriptors: readonly StreamDescriptor[]): ProblemItem[] {
  const taken = new Set<number>();
  const errors: ProblemItem[] = [];
  for (const { stream, channels } of descriptors) {
    for (const [row, { position }] of channels.entries()) {
      if (taken.has(position)) {
        errors.push({
          detail: `position ${position} is taken by another channel`,
          pointer: `/body/streams/${stream}/channels/${row}/position`,
        });
      }
      taken.add(position);
    }
  }
  return errors;
}

/** @throws {ProblemError} `segment-record-mismatch`. */
export function requireAgreement(
  deps: Pick<IngestDeps, "sha256">,
  { parsed, recording, descriptors }: {
    parsed: SegmentRecord;
    recording: Pick<StoredRecording, "reference">;
    descriptors: readonly StreamDescriptor[];
  },
): void {
  const errors: ProblemItem[] = [];
  if (!equalBytes(parsed.recordingReference, recording.reference)) {
    errors.push({ detail: "record names another recording", pointer: "/body/segment_record" });
  }
  if (parsed.descriptorDigests.length !== descriptors.length) {
    errors.push({
      detail: `record has ${parsed.descriptorDigests.length} streams, ${descriptors.length} given`,
      pointer: "/body/streams",
    });
  } else {
    for (const [index, descriptor] of descriptors.entries()) {
      const digest = descriptorDigest(descriptor, deps.sha256);
      if (equalBytes(digest, parsed.descriptorDigests[index]!)) continue;
      errors.push({
        detail: `descriptor digest is ${formatHex(digest)}, record says ${
          formatHex(parsed.descriptorDigests[index]!)
        }`,
        pointer: `/body/streams/${index}`,
      });
    }
  }
  if (errors.length > 0) {
    throw new ProblemError("segment-record-mismatch", {
      detail: "The segment record and its description differ",
      errors,
    });
  }
}

/** One spelling for one time, so that "1.50" again is a repeat of "1.5". Decimal text stays exact. */
function normalSeconds(text: string): string {
  return formatSeconds(parseSeconds(text));
}
