/**
 * Checking what is stored of a recording beside its chunks: each sealed value opens in its place, and is
 * what the digest beside it says.
 *
 * What lies in the clear beside a sealed record and decides where samples lie (rate, kind, width, clock,
 * segment id) has to say what the record says.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import {
  decodeDescriptor,
  decodeSegmentRecord,
  descriptorDigest,
  deviceKeyId,
  parameterSetDigest,
  segmentDigest,
  segmentSignatureMessage,
  signaturePolicyCode,
} from "@wavekeep/core/chunk";
import { readParameterSet } from "@wavekeep/core/codec";
import {
  annotationPlace,
  descriptorPlace,
  keyedDigest,
  kindOfMark,
  nodeSha256,
  parameterSetPlace,
  reviewPlace,
  type SealedAnnotation,
  type SealedReview,
  segmentRecordPlace,
  sourcePlace,
  startedAtPlace,
  unseal,
  verifyEd25519,
} from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { type MarkContent, markDigest } from "../mark_digest.ts";
import type { FailedCheck, Finding, ScrubbedThing } from "./finding.ts";
import type { NounRows, ScrubbedRecording } from "./scrub_store.ts";

/** Sample kinds by their codes, from 1. */
const KINDS = ["int32", "binary32", "binary64"] as const;
const CLOCKS = ["unknown", "free-running", "disciplined", "zone-unknown"] as const;

/** A check that failed. */
class Failure extends Error {
  readonly failed: FailedCheck;

  constructor(failed: FailedCheck, cause?: unknown) {
    super(failed, { cause });
    this.failed = failed;
  }
}

/**
 * Checks all of them.
 *
 * @param key Data key of the recording.
 */
export function checkNouns(
  recording: ScrubbedRecording,
  key: Uint8Array,
  rows: NounRows,
): Finding[] {
  const { siteId, recordingId } = recording;
  const findings: Finding[] = [];
  const check = (thing: ScrubbedThing, place: string, test: () => void) => {
    try {
      test();
    } catch (error) {
      if (error instanceof Failure) {
        findings.push({ recordingId, thing, place, failed: error.failed, cause: error.cause });
      } else throw error;
    }
  };
  const open = (aad: string, sealed: Uint8Array) => attempt("seal", () => unseal(key, aad, sealed));

  if (recording.startedAtSealed !== null) {
    const sealed = recording.startedAtSealed;
    check("start", "start", () => open(startedAtPlace(siteId, recordingId), sealed));
  }
  for (const segment of rows.segments) {
    const { segmentNumber } = segment;
    check("segment", `${segmentNumber}`, () => {
      const bytes = open(segmentRecordPlace(siteId, recordingId, segmentNumber), segment.record);
      require(
        "content-digest",
        equalBytes(segmentDigest(bytes, nodeSha256), segment.segmentDigest),
      );
      const record = attempt("frame", () => decodeSegmentRecord(bytes));
      const digests = rows.streams.filter((stream) => stream.segmentNumber === segmentNumber)
        .map((stream) => formatHex(stream.descriptorDigest));
      require(
        "key",
        equalBytes(record.segmentId, segment.segmentId) &&
          equalBytes(record.recordingReference, recording.reference) &&
          record.clock === CLOCKS[segment.clock] &&
          signaturePolicyCode(record.signaturePolicy) === segment.policy &&
          isSame(record.keyId, segment.keyId) &&
          record.descriptorDigests.map(formatHex).join() === digests.join(),
      );
      const { keyId, publicKey, signature } = segment;
      if (keyId === null) return;
      const key = publicKey && publicKeyOf(keyId, publicKey);
      const message = segmentSignatureMessage(segment.segmentDigest);
      require(
        "signature",
        key !== null && signature !== null && verifyEd25519(key, message, signature),
      );
    });
  }
  for (const row of rows.streams) {
    check("descriptor", `${row.segmentNumber}/${row.stream}`, () => {
      const place = { siteId, recordingId, ...row };
      const bytes = open(descriptorPlace(place), row.descriptorSealed);
      const descriptor = attempt("frame", () => decodeDescriptor(bytes, row.stream));
      const digest = descriptorDigest(descriptor, nodeSha256);
      require("content-digest", equalBytes(digest, row.descriptorDigest));
      require(
        "key",
        descriptor.kind === KINDS[row.kind - 1] &&
          descriptor.channels.length === row.channelCount &&
          descriptor.rate.samples === row.rateSamples &&
          descriptor.rate.seconds === row.rateSeconds,
      );
    });
  }
  for (const { digest, body, copy } of rows.sets) {
    const name = formatHex(digest);
    for (const [which, sealed] of Object.entries({ body, copy })) {
      check("parameter-set", `${name}/${which}`, () => {
        const bytes = open(parameterSetPlace(siteId, recordingId, name), sealed);
        require("content-digest", equalBytes(parameterSetDigest(bytes, nodeSha256), digest));
        attempt("frame", () => readParameterSet(bytes));
      });
    }
  }
  for (const row of rows.annotations) {
    check("annotation", `${row.annotationId}/${row.version}`, () => {
      const bytes = open(annotationPlace(siteId, recordingId, row), row.bodySealed);
      // What was sealed is what the route had parsed; marks of before have neither term nor detection.
      const body = attempt("frame", () => parseJson(bytes)) as SealedAnnotation & MarkContent;
      const { term = null, detection = null } = body;
      const { status } = row;
      const kind = attempt("frame", () => kindOfMark(body, row));
      const digest = markDigest(key, { ...body, ...kind, status, term, detection });
      require("content-digest", equalBytes(digest, row.contentDigest));
    });
  }
  for (const row of rows.reviews) {
    check("review", row.reviewId, () => {
      const bytes = open(reviewPlace(siteId, recordingId, row.reviewId), row.bodySealed);
      const { verdict, author } = attempt("frame", () => parseJson(bytes)) as SealedReview;
      const said = JSON.stringify([row.annotationId, row.annotationVersion, verdict, author]);
      const digest = keyedDigest(key, new TextEncoder().encode(said));
      require("content-digest", equalBytes(digest, row.contentDigest));
    });
  }
  for (const row of rows.sources) {
    check("source", row.fileKey, () => {
      const bytes = open(sourcePlace(siteId, recordingId, row.fileKey), row.bodySealed);
      require("content-digest", equalBytes(keyedDigest(key, bytes), row.contentDigest));
    });
  }
  return findings;
}

/** The public key, when it is the one that the id names. A copy. */
export function publicKeyOf(keyId: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  return equalBytes(deviceKeyId(publicKey, nodeSha256), keyId) ? new Uint8Array(publicKey) : null;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

function require(check: FailedCheck, holds: boolean): void {
  if (!holds) throw new Failure(check);
}

function attempt<T>(check: FailedCheck, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!isCoreError(cause) && !(cause instanceof SyntaxError)) throw cause;
    throw new Failure(check, cause);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
