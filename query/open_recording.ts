/**
 * From stored rows to a recording that can be read: keys unwrapped, descriptors opened, times exact.
 *
 * Sole owner of turning keys into plain descriptions. When the patient's key is gone, the patient was
 * erased: the recording still has its shape (what is in the clear), but no key, no names and no start,
 * and everything stored of it is a hole of kind `erased`. Hazard: what is opened here is kept longer than
 * the request by `opened_recordings.ts` alone, or an erasure would not reach it.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import { decodeDescriptor, descriptorDigest } from "@wavekeep/core/chunk";
import {
  descriptorPlace,
  type KeyStore,
  nodeSha256,
  recordingKeyPlace,
  startedAtPlace,
  unseal,
  unwrapKey,
} from "@wavekeep/core/crypto";
import {
  type Channel,
  CivilStart,
  type ClockStatus,
  type SampleKind,
} from "@wavekeep/core/recording";
import { type ExactSeconds, parseSeconds, type SampleRate, sampleRate } from "@wavekeep/core/time";
import { IntegrityError, type IntegrityStep } from "./integrity_error.ts";
import type {
  StoredRecording,
  StoredSegment,
  StoredShape,
  StoredStatement,
  StoredStream,
} from "./store/query_store.ts";
import type { StreamIdentity } from "./verify_chunk.ts";

const CLOCKS: readonly ClockStatus[] = ["unknown", "free-running", "disciplined", "zone-unknown"];
const KINDS: readonly SampleKind[] = ["int32", "binary32", "binary64"];

/** A stream, its descriptor open. */
export interface OpenStream {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly rate: SampleRate;
  readonly kind: SampleKind;
  readonly channelCount: number;
  /** In row order; empty when the patient was erased. */
  readonly channels: readonly Channel[];
  readonly descriptorDigest: Uint8Array;
  readonly last: StoredStream["last"];
}

/** A segment, its times exact. */
export interface OpenSegment {
  readonly segmentNumber: number;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly segmentDigest: Uint8Array;
  readonly clock: ClockStatus;
  readonly start: ExactSeconds;
  readonly startUncertainty: ExactSeconds;
  readonly implicit: boolean;
}

/** A recording as the use cases see it. */
export interface OpenRecording {
  readonly stored: StoredRecording;
  /** What it was opened with; undefined when the patient was erased. */
  readonly patientKey: Uint8Array | undefined;
  /** Data key; undefined when the patient was erased. */
  readonly key: Uint8Array | undefined;
  readonly startedAt: CivilStart | null;
  /** By number. */
  readonly segments: readonly OpenSegment[];
  /** By segment, then stream. */
  readonly streams: readonly OpenStream[];
  readonly statements: readonly StoredStatement[];
}

/**
 * Opens a recording's rows.
 *
 * @throws {IntegrityError} A descriptor does not open, or is not the one that its digest names.
 */
export async function openRecording(
  stored: StoredRecording,
  shape: StoredShape,
  keys: Pick<KeyStore, "patientKey">,
): Promise<OpenRecording> {
  const patientKey = await keys.patientKey(stored.patientUuid);
  const key = patientKey && openKey(stored, patientKey);
  const segments = shape.segments.map(openSegment);
  return {
    stored,
    patientKey,
    key,
    startedAt: key === undefined ? null : openStart(stored, key),
    segments,
    streams: shape.streams.map((stream) =>
      openStream(stream, { stored, key, segment: segments.find(isOf(stream)) })
    ),
    statements: shape.statements,
  };
}

/** The data key of a recording alone; undefined when the patient was erased. */
export async function dataKeyOf(
  stored: StoredRecording,
  keys: Pick<KeyStore, "patientKey">,
): Promise<Uint8Array | undefined> {
  const patientKey = await keys.patientKey(stored.patientUuid);
  return patientKey && openKey(stored, patientKey);
}

/** The segment of a stream; a stream never stands without one. */
export function segmentOf(
  recording: OpenRecording,
  stream: { readonly segmentNumber: number },
): OpenSegment {
  const segment = recording.segments.find(isOf(stream));
  if (segment === undefined) throw new Error(`Cannot find segment ${stream.segmentNumber}`);
  return segment;
}

/** What the chunks of a stream must fit; undefined when the patient was erased. */
export function identityOf(
  recording: OpenRecording,
  stream: OpenStream,
): StreamIdentity | undefined {
  if (recording.key === undefined) return undefined;
  const { segmentId, segmentDigest } = segmentOf(recording, stream);
  return {
    siteId: recording.stored.siteId,
    recordingId: recording.stored.recordingId,
    segmentNumber: stream.segmentNumber,
    segmentId,
    segmentDigest,
    stream: stream.stream,
    descriptorDigest: stream.descriptorDigest,
    kind: stream.kind,
    channelCount: stream.channelCount,
    key: recording.key,
  };
}

function openSegment(stored: StoredSegment): OpenSegment {
  return {
    segmentNumber: stored.segmentNumber,
    segmentId: stored.segmentId,
    segmentDigest: stored.segmentDigest,
    clock: CLOCKS[stored.clock] ?? "unknown",
    start: parseSeconds(stored.startSeconds),
    startUncertainty: parseSeconds(stored.startUncertaintySeconds),
    implicit: stored.implicit,
  };
}

function openStream(
  row: StoredStream,
  of: { stored: StoredRecording; key: Uint8Array | undefined; segment: OpenSegment | undefined },
): OpenStream {
  const common = {
    segmentNumber: row.segmentNumber,
    stream: row.stream,
    rate: sampleRate(row.rateSamples, row.rateSeconds),
    kind: KINDS[row.kind - 1] ?? "int32",
    channelCount: row.channelCount,
    descriptorDigest: row.descriptorDigest,
    last: row.last,
  };
  if (of.key === undefined) return { ...common, channels: [] };
  const place = descriptorPlace({ ...of.stored, ...row });
  const failed = (step: IntegrityStep, cause?: unknown) =>
    new IntegrityError(step, {
      thing: "descriptor",
      recordingId: of.stored.recordingId,
      ...(of.segment === undefined ? {} : { segmentId: of.segment.segmentId }),
      stream: row.stream,
    }, cause);
  let descriptor;
  try {
    descriptor = decodeDescriptor(unseal(of.key, place, row.descriptorSealed), row.stream);
  } catch (cause) {
    throw failed("seal", cause);
  }
  if (!equalBytes(descriptorDigest(descriptor, nodeSha256), row.descriptorDigest)) {
    throw failed("descriptor-digest");
  }
  // What is in the clear beside it decides where samples lie: it has to say the same.
  const says = { ...descriptor, channelCount: descriptor.channels.length };
  const isSame = says.kind === common.kind && says.channelCount === common.channelCount &&
    says.rate.samples === common.rate.samples && says.rate.seconds === common.rate.seconds;
  if (!isSame) throw failed("key");
  return { ...common, channels: descriptor.channels };
}

function openKey(stored: StoredRecording, patientKey: Uint8Array): Uint8Array {
  const { siteId, recordingId } = stored;
  try {
    return unwrapKey(patientKey, recordingKeyPlace(siteId, recordingId), stored.wrappedKey);
  } catch (cause) {
    throw new IntegrityError("seal", { thing: "data key", recordingId }, cause);
  }
}

function openStart(stored: StoredRecording, key: Uint8Array): CivilStart | null {
  if (stored.startedAtSealed === null) return null;
  const { siteId, recordingId } = stored;
  try {
    const bytes = unseal(key, startedAtPlace(siteId, recordingId), stored.startedAtSealed);
    return CivilStart.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new IntegrityError("seal", { thing: "start", recordingId }, cause);
  }
}

function isOf(stream: { readonly segmentNumber: number }) {
  return (segment: OpenSegment) => segment.segmentNumber === stream.segmentNumber;
}
