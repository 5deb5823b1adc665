/**
 * Bench, day. Minutes of a day, encoded once: what a synthetic day of any length is stamped from.
 *
 * A chunk of the pool is whole but for its place: header, chain and checksum are made anew for each
 * position (`device.ts`), its payload and its sample digest stay. Ingest sees a day of chunks of which
 * each is valid and none was sent before, and making them costs microseconds, not a fifth of a
 * millisecond each.
 *
 * @module
 */

import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import {
  type ChunkHeader,
  decodeParameterSetRecord,
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  gridRange,
  HEADER_BYTES,
  parameterSetDigest,
  readChunkHeader,
} from "@wavekeep/core/chunk";
import { codecByName, readParameterSet, type Samples } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { LIVE_CODING } from "../../simulator/codec/coding.ts";
import {
  type DayOrigin,
  type DayShape,
  type DayStream,
  dayStreams,
  type EegSeconds,
  eegSeconds,
} from "./signal.ts";

/** Seconds of a minute; chunks of a rate repeat their sample counts within it. */
export const MINUTE_SECONDS = 60;

export interface DayPool {
  readonly shape: DayShape;
  readonly origin: DayOrigin;
  readonly streams: readonly PooledStream[];
  /** Distinct minutes. */
  readonly minuteCount: number;
}

export interface PooledStream {
  readonly descriptor: StreamDescriptor;
  /** 32 bytes. */
  readonly descriptorDigest: Uint8Array;
  /** Records of every set that a chunk of the stream names: sent once, before the chunks. */
  readonly parameterSets: readonly Uint8Array<ArrayBuffer>[];
  /** One for each second of each minute. */
  readonly templates: readonly ChunkTemplate[];
}

/** A chunk of the pool. */
export interface ChunkTemplate {
  /** Its place in it means nothing. */
  readonly header: ChunkHeader;
  readonly payload: Uint8Array;
}

export interface DayPoolOptions {
  readonly shape: DayShape;
  readonly seed: number;
  /** Distinct minutes: a day of 1,440 is drawn from them. */
  readonly minutes: number;
  /** Folder of the real recordings; undefined makes the synthetic signal. */
  readonly dataFolder: string | undefined;
}

/**
 * Makes a pool: about 70 ms a minute of 23 channels.
 *
 * @throws {Error} A recording is not there, or is not of the plan's shape.
 */
export async function dayPool(options: DayPoolOptions): Promise<DayPool> {
  return poolOf(await eegSeconds(options.dataFolder), options);
}

/** The same from seconds that were read before. */
export function poolOf(
  eeg: EegSeconds,
  options: Pick<DayPoolOptions, "shape" | "seed" | "minutes">,
): DayPool {
  const { shape, seed, minutes } = options;
  return {
    shape,
    origin: eeg.origin,
    streams: dayStreams(shape, eeg, seed).map((stream) => pooled(stream, minutes)),
    minuteCount: minutes,
  };
}

/** Samples of all streams in so many seconds, all channels counted. */
export function samplesOf(
  pool: { readonly streams: readonly Pick<PooledStream, "descriptor">[] },
  seconds: number,
): number {
  return pool.streams.reduce(
    (sum, { descriptor: { rate, channels } }) =>
      sum + channels.length * gridRange(rate, seconds - 1).end,
    0,
  );
}

/** Bytes of a stream's payloads and sets for each sample, as the pool has them: no header, no seal. */
export function payloadBytesPerSample({ templates, parameterSets }: PooledStream): number {
  let bytes = concatBytes(...parameterSets).byteLength;
  let samples = 0;
  for (const { header, payload } of templates) {
    bytes += payload.byteLength;
    samples += header.sampleCount * header.channelCount;
  }
  return bytes / samples;
}

/** Decodes chunks of a stream's pool: what a device sent, for whoever checks an answer. */
export function poolDecoder({ parameterSets }: PooledStream): (chunk: ChunkTemplate) => Samples {
  const sets = new Map(parameterSets.map((record) => {
    const set = decodeParameterSetRecord(record);
    return [formatHex(parameterSetDigest(set, nodeSha256)), readParameterSet(set)];
  }));
  return ({ header, payload }) => {
    const { codec, parameterSetDigest: digest } = header;
    const set = digest === null ? undefined : sets.get(formatHex(digest));
    return codecByName(codec).decode(payload, header, set);
  };
}

/** Encodes the stream as a live device would: it learns as it goes. */
function pooled(stream: DayStream, minutes: number): PooledStream {
  const { descriptor } = stream;
  const { kind, rate } = descriptor;
  const channelCount = descriptor.channels.length;
  const digest = descriptorDigest(descriptor, nodeSha256);
  const encoder = LIVE_CODING.create({ kind, channelCount });
  const sets = new Map<string, Uint8Array<ArrayBuffer>>();
  const templates: ChunkTemplate[] = [];
  for (let sequence = 0; sequence < minutes * MINUTE_SECONDS; sequence++) {
    const samples = stream.second(sequence);
    const { start, end } = gridRange(rate, sequence);
    const encoded = encoder.encode(samples, end - start);
    if (encoded.parameterSet !== null) {
      const { bytes } = encoded.parameterSet;
      const name = formatHex(parameterSetDigest(bytes, nodeSha256));
      if (!sets.has(name)) sets.set(name, encodeParameterSetRecord(bytes));
    }
    const { bytes } = encodeChunk({
      encoded,
      kind,
      clock: "unknown",
      stream: descriptor.stream,
      channelCount,
      sequence,
      firstSample: start,
      sampleCount: end - start,
      deviceTimeMicros: null,
      monotonicNs: 0n,
      segmentId: new Uint8Array(16),
      previousDigest: new Uint8Array(32),
      descriptorDigest: digest,
      segmentDigest: new Uint8Array(32),
      samples,
    }, nodeSha256);
    const header = readChunkHeader(bytes);
    const payload = bytes.subarray(HEADER_BYTES, HEADER_BYTES + header.payloadByteLength);
    templates.push({ header, payload });
  }
  return { descriptor, descriptorDigest: digest, parameterSets: [...sets.values()], templates };
}
