/**
 * Bench, day. A device whose recording is stamped out of a pool: as long as one likes, at microseconds a
 * chunk.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { ByteWriter, formatHex } from "@wavekeep/core/bytes";
import { crc32c } from "@wavekeep/core/checksum";
import {
  chunkDigest,
  type ChunkHeader,
  chunkSignatureMessage,
  CRC_BYTES,
  decodeParameterSetRecord,
  deviceKeyId,
  encodeSegmentRecord,
  gridRange,
  HEADER_BYTES,
  parameterSetDigest,
  recordingReference,
  segmentDigest,
  segmentSignatureMessage,
  withSignature,
  writeChunkHeader,
} from "@wavekeep/core/chunk";
import { type Ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { secondsOfSample, toNumber } from "@wavekeep/core/time";
import {
  CHUNKS_MEDIA_TYPE,
  type OpenRecordingRequest,
  type OpenSegmentRequest,
} from "@wavekeep/core/wire";
import { type ChunkTemplate, type DayPool, MINUTE_SECONDS } from "./pool.ts";

/** One segment of one recording, and everything that is sent for it. */
export interface DayDevice {
  readonly pool: DayPool;
  readonly patientId: string;
  readonly recordingId: string;
  /** Hexadecimal, as paths have it. */
  readonly segmentId: string;
  /**
   * Requests to ingest that go before the first chunk, in order, with a device's token; 201 each. They
   * open recording and segment, and bring every parameter set that a chunk will name.
   */
  readonly opening: readonly OpeningRequest[];
  /**
   * The next chunk of a stream: sequence 0, then 1, and so on, each chained to the one before. A fresh
   * array.
   */
  next(stream?: number): Uint8Array<ArrayBuffer>;
  /** Sequence of the chunk that `next` will give. */
  sequence(stream?: number): number;
  /** What a chunk's payload and sample digest are, wherever the device is: for checking answers. */
  template(stream: number, sequence: number): ChunkTemplate;
}

/** A request that is ready but for the credential. */
export interface OpeningRequest {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface DayDeviceOptions {
  readonly patientId: string;
  readonly recordingId: string;
  /** Which minutes follow each other. */
  readonly seed: number;
  /**
   * Second of its first minute where the device begins; 0 when absent. Streams need a whole number of
   * samples a second.
   */
  readonly startSecond?: number;
  /** Unsigned when absent. Its key has to be enrolled before the opening is sent. */
  readonly signing?: {
    readonly signer: Ed25519Signer;
    /** Chunks of each stream under one signature: 1 is policy "chunk", more is policy "run". */
    readonly runChunks: number;
  };
}

/** A device that has sent nothing yet. Its segment id is random: no two are alike. */
export function dayDevice(pool: DayPool, options: DayDeviceOptions): DayDevice {
  const { patientId, recordingId, seed, startSecond = 0, signing } = options;
  assert(
    startSecond === 0 || pool.streams.every(({ descriptor: { rate } }) => rate.seconds === 1n),
    "seconds of a stream are alike when they have a whole number of samples",
  );
  const segmentId = crypto.getRandomValues(new Uint8Array(16));
  const record = encodeSegmentRecord({
    signaturePolicy: signing === undefined ? "none" : signing.runChunks === 1 ? "chunk" : "run",
    recordingReference: recordingReference(patientId, recordingId, nodeSha256),
    segmentId,
    keyId: signing === undefined ? null : deviceKeyId(signing.signer.publicKey, nodeSha256),
    openedMicros: null,
    clock: "unknown",
    previousSegmentDigest: null,
    salt: crypto.getRandomValues(new Uint8Array(32)),
    descriptorDigests: pool.streams.map(({ descriptorDigest }) => descriptorDigest),
  });
  const digest = segmentDigest(record, nodeSha256);
  const template = (stream: number, sequence: number): ChunkTemplate => {
    const second = startSecond + sequence;
    const minute = minuteOf(pool, seed, Math.floor(second / MINUTE_SECONDS));
    return pool.streams[stream]!.templates[minute * MINUTE_SECONDS + second % MINUTE_SECONDS]!;
  };
  const ends = pool.streams.map(() => ({ sequence: 0, previousDigest: digest }));

  const openRecording: OpenRecordingRequest = {
    "patient_id": patientId,
    "recording_id": recordingId,
    "idempotency_key": formatHex(crypto.getRandomValues(new Uint8Array(16))),
    "started_at": null,
  };
  const openSegment: OpenSegmentRequest = {
    "segment_record": record.toBase64(),
    signature: signing?.signer.sign(segmentSignatureMessage(digest)).toBase64() ?? null,
    "start_seconds": "0",
    streams: pool.streams.map(({ descriptor: { stream, rate, kind, channels } }) => ({
      stream,
      rate: { samples: String(rate.samples), seconds: String(rate.seconds) },
      kind,
      channels: [...channels],
    })),
  };
  return {
    pool,
    patientId,
    recordingId,
    segmentId: formatHex(segmentId),
    opening: [
      postJson("/recordings", openRecording),
      postJson(`/patients/${patientId}/recordings/${recordingId}/segments`, openSegment),
      ...pool.streams.flatMap(({ parameterSets }) => parameterSets).map(
        (record): OpeningRequest => {
          const setDigest = parameterSetDigest(decodeParameterSetRecord(record), nodeSha256);
          return {
            method: "PUT",
            path: `/segments/${formatHex(segmentId)}/parameter-sets/${formatHex(setDigest)}`,
            contentType: CHUNKS_MEDIA_TYPE,
            body: record,
          };
        },
      ),
    ],
    next(stream = 0) {
      const end = ends[stream]!;
      const { descriptor, descriptorDigest } = pool.streams[stream]!;
      const { header, payload } = template(stream, end.sequence);
      const firstSample = gridRange(descriptor.rate, end.sequence).start;
      const stamped: ChunkHeader = {
        ...header,
        sequence: end.sequence,
        firstSample,
        monotonicNs: BigInt(
          Math.round(toNumber(secondsOfSample(descriptor.rate, firstSample)) * 1e9),
        ),
        segmentId,
        previousDigest: end.previousDigest,
      };
      end.sequence++;
      end.previousDigest = chunkDigest(
        stamped,
        { descriptorDigest, segmentDigest: digest },
        nodeSha256,
      );
      const bytes = chunkBytes(stamped, payload);
      if (signing === undefined || end.sequence % signing.runChunks !== 0) return bytes;
      const message = chunkSignatureMessage(end.previousDigest);
      return withSignature(bytes, signing.signer.sign(message));
    },
    sequence: (stream = 0) => ends[stream]!.sequence,
    template,
  };
}

function postJson(path: string, body: unknown): OpeningRequest {
  return {
    method: "POST",
    path,
    contentType: "application/json",
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

function chunkBytes(header: ChunkHeader, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(HEADER_BYTES + payload.byteLength + CRC_BYTES);
  writeChunkHeader(writer, header);
  writer.bytes(payload);
  writer.u32(crc32c(writer.finish()));
  return writer.finish();
}

/** Which minute of the pool stands at a minute of the day: well spread, and the same for a seed. */
function minuteOf(pool: DayPool, seed: number, minute: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(minute + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return ((hash ^ (hash >>> 16)) >>> 0) % pool.minuteCount;
}
