/**
 * What ingest stores are tried with: rows that fit, others at each call.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import type {
  IngestStore,
  NewChunk,
  NewParameterSet,
  NewSegment,
  NewStatement,
  Sender,
  StoredRecording,
  StoredSegment,
} from "../../ingest/store/ingest_store.ts";
import { sampleRate } from "../time/mod.ts";

/** A store to be tried, and two sites it knows. */
export interface StoreUnderTest {
  readonly store: IngestStore;
  readonly siteId: number;
  readonly otherSiteId: number;
  /** How many event rows of a kind there are, for all sites. */
  countEvents(kind: string): Promise<number>;
}

/** What a store must do. */
export type StoreCase = (under: StoreUnderTest) => Promise<void>;

const HOUR_MS = 3_600_000;
let counter = 0;

/** A number that no other case has. */
export const nextNumber = (): number => ++counter;

export const bytes = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));
export const hexText = (value: Uint8Array) => value.toHex();

/** A UUIDv7 of the last hour: partitions of the future are refused. */
export function recentUuid(): string {
  const hex = (Date.now() - HOUR_MS).toString(16).padStart(12, "0");
  const random = hexText(bytes(10));
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${
    random.slice(6, 18)
  }`;
}

export function senderOf(siteId: number, actor = "device-1"): Sender {
  return { siteId, actor, role: "device", requestId: crypto.randomUUID() };
}

export async function openRecording(
  { store, siteId }: StoreUnderTest,
  code = `recording-${nextNumber()}`,
  patientCode = `patient-${nextNumber()}`,
): Promise<StoredRecording> {
  const sender = senderOf(siteId);
  const patientUuid = await store.putPatient(sender, {
    patientUuid: crypto.randomUUID(),
    patientCode,
  });
  const put = await store.putRecording(sender, {
    recordingId: recentUuid(),
    patientUuid,
    recordingCode: code,
    reference: bytes(16),
    wrappedKey: bytes(60),
    startedAtSealed: null,
    idempotencyKey: bytes(16),
    contentDigest: bytes(32),
    ...logged(),
    startLeaf: logged().leaf,
  });
  ok(put.outcome === "stored");
  return put.recording;
}

/** Time and leaf of a row. */
export function logged() {
  return {
    atMicros: BigInt(Date.now()) * 1000n,
    leaf: { entry: bytes(56), content: bytes(97), salt: null },
  };
}

export function segmentOf(
  recording: StoredRecording,
  changes: Partial<NewSegment> = {},
): NewSegment {
  return {
    recordingId: recording.recordingId,
    segmentId: bytes(16),
    segmentDigest: bytes(32),
    clock: 3,
    startSeconds: "0",
    startUncertaintySeconds: "0",
    implicit: false,
    signing: null,
    streams: [0, 1].map((stream) => ({
      stream,
      rate: sampleRate(256),
      kind: 1,
      channelCount: 23,
      descriptorDigest: bytes(32),
    })),
    seal: (segmentNumber) => ({
      record: Uint8Array.of(segmentNumber),
      descriptors: [Uint8Array.of(0, segmentNumber), Uint8Array.of(1, segmentNumber)],
      leaves: [logged().leaf, logged().leaf, logged().leaf],
    }),
    atMicros: 1n,
    ...changes,
  };
}

export async function openSegment(under: StoreUnderTest): Promise<StoredSegment> {
  const recording = await openRecording(under);
  const put = await under.store.putSegment(senderOf(under.siteId), segmentOf(recording));
  ok(put.outcome === "stored");
  return put.segment;
}

export function annotationOf() {
  return {
    annotationId: hexText(bytes(16)),
    version: 1,
    status: "active",
    bodySealed: bytes(60),
    contentDigest: bytes(32),
    ...logged(),
  };
}

export function reviewOf(mark: { annotationId: string; version: number }) {
  return {
    reviewId: hexText(bytes(16)),
    annotationId: mark.annotationId,
    annotationVersion: mark.version,
    bodySealed: bytes(60),
    contentDigest: bytes(32),
    ...logged(),
  };
}

export function chunkOf(segment: StoredSegment, sequence: number, stream = 0): NewChunk {
  return {
    recordingId: segment.recordingId,
    segmentNumber: segment.segmentNumber,
    stream,
    sequence,
    firstSample: sequence * 256,
    sampleCount: 256,
    chunkDigest: bytes(32),
    storedDigest: bytes(32),
    // Odd microseconds: a store that rounds to milliseconds loses them.
    receivedAtMicros: BigInt(Date.now()) * 1000n + 123n,
    leafEntry: bytes(56),
    leafHash: bytes(32),
    body: bytes(200),
  };
}

export function sequencesOf({ start, end }: { start: number; end: number }): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

export function setOf(
  { recordingId }: { recordingId: string },
  digest: Uint8Array = bytes(32),
): NewParameterSet {
  return { recordingId, digest, byteLength: 72, body: bytes(100), copy: bytes(100), ...logged() };
}

export function statementOf(changes: Partial<NewStatement> = {}): NewStatement {
  return {
    statementId: hexText(bytes(16)),
    stream: 0,
    kind: "loss",
    firstSequence: 3,
    sequenceCount: 2,
    firstSample: 768,
    sampleCount: 512,
    reason: 1,
    ...logged(),
    signature: null,
    ...changes,
  };
}

export const endAt = (sequence: number) =>
  statementOf({
    kind: "end",
    firstSequence: sequence,
    sequenceCount: 0,
    firstSample: sequence * 256,
    sampleCount: 0,
    reason: 5,
  });
