/**
 * From samples of an opened segment to the bytes of a chunk, and what its sender has to know beside them.
 *
 * @module
 */

import { formatHex, parseHex } from "@wavekeep/core/bytes";
import { encodeChunk, encodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { type EncodedPayload, type ParameterSet, predictive } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { SegmentState } from "@wavekeep/core/wire";
import type { SourceChunk, SourceSegment } from "./device_source.ts";
import type { SetRecord } from "./known_sets.ts";
import type { RunPlace } from "./runs.ts";
import type { SegmentSigner } from "./segment_signer.ts";
import type { RememberedSegment } from "./upload_memory.ts";

/** A segment that ingest knows. */
export interface OpenedSegment {
  readonly remembered: RememberedSegment;
  readonly signer: SegmentSigner | null;
  readonly digest: Uint8Array;
  readonly digestHex: string;
  readonly descriptorDigests: readonly Uint8Array[];
  readonly state: SegmentState;
  /** First sequence to make, of each stream: all before it are stored. */
  readonly from: readonly number[];
}

/**
 * The chunk of some samples.
 *
 * @param options.encoded Their payload.
 * @param options.previousDigest Of the chunk before it as captured; of the first chunk the segment's.
 */
export function frameChunk(
  segment: SourceSegment,
  opened: OpenedSegment,
  chunk: SourceChunk,
  { encoded, previousDigest }: {
    readonly encoded: EncodedPayload;
    readonly previousDigest: Uint8Array;
  },
): { bytes: Uint8Array; chunkDigest: Uint8Array } {
  const stream = segment.streams[chunk.stream]!;
  const { rate } = stream;
  const sinceOpened = BigInt(chunk.firstSample) * rate.seconds * 1_000_000_000n / rate.samples;
  const { signer } = opened;
  return encodeChunk({
    encoded,
    ...(signer?.policy === "chunk" ? { sign: signer.sign } : {}),
    kind: stream.kind,
    clock: segment.clock,
    stream: chunk.stream,
    channelCount: stream.channels.length,
    sequence: chunk.sequence,
    firstSample: chunk.firstSample,
    sampleCount: chunk.sampleCount,
    deviceTimeMicros: segment.openedMicros === null
      ? null
      : segment.openedMicros + sinceOpened / 1000n,
    monotonicNs: sinceOpened,
    segmentId: parseHex(opened.remembered.id),
    previousDigest,
    samples: chunk.samples,
    descriptorDigest: opened.descriptorDigests[chunk.stream]!,
    segmentDigest: opened.digest,
  }, nodeSha256);
}

/** The chunk coded channel by channel: another payload, the same chunk digest. */
export function frameWithoutSet(
  segment: SourceSegment,
  opened: OpenedSegment,
  chunk: SourceChunk,
  previousDigest: Uint8Array,
): Uint8Array {
  const { kind, channels } = segment.streams[chunk.stream]!;
  const shape = { kind, channelCount: channels.length, sampleCount: chunk.sampleCount };
  const payload = predictive.encode(chunk.samples, shape);
  const encoded = { codec: "predictive", payload, parameterSet: null } as const;
  return frameChunk(segment, opened, chunk, { encoded, previousDigest }).bytes;
}

/** Where a chunk stands among those that a signature may cover with it; none where each has its own. */
export function runPlace(
  { signer, remembered }: OpenedSegment,
  { stream, sequence }: SourceChunk,
  chunkDigest: Uint8Array,
): RunPlace | undefined {
  if (signer?.policy !== "run") return undefined;
  return {
    stream: `${remembered.id}/${stream}`,
    sequence,
    sign: (bytes) => signer.signChunk(bytes, chunkDigest),
  };
}

/** Records of sets by the set itself: an encoder gives the same one for many chunks. */
const setRecords = new WeakMap<ParameterSet, SetRecord>();

/** The record of a set, as it travels; null for a chunk without one. */
export function setRecordOf(set: ParameterSet | null): SetRecord | null {
  if (set === null) return null;
  const known = setRecords.get(set);
  if (known !== undefined) return known;
  const record = {
    digest: formatHex(parameterSetDigest(set.bytes, nodeSha256)),
    record: encodeParameterSetRecord(set.bytes),
  };
  setRecords.set(set, record);
  return record;
}
