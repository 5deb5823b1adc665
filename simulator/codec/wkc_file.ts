/**
 * A .wkc file, opened: what its header says, checked, and its chunks in order, verified.
 *
 * Every chunk passes checksum, sample digest and chain before its samples are given; at the end nothing is
 * missing. A file that was cut off, even between two records, is refused.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import {
  decodeDescriptor,
  decodeParameterSetRecord,
  decodeSegmentRecord,
  descriptorDigest,
  gridRange,
  parameterSetDigest,
  segmentDigest,
  verifyChunk,
} from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { bytesByteSource, type ByteSource, type EdfFile, openEdf } from "@wavekeep/core/edf";
import { CorruptInputError, TruncatedInputError } from "@wavekeep/core/error";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { decodeWkcHeader, type WkcHeader } from "./wkc_header.ts";
import { readWkcRecords, type WkcRecord } from "./wkc_records.ts";

/** A run of data records. */
export interface WkcSegment {
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly recordCount: number;
}

/** Verified samples of one chunk. */
export interface WkcPart {
  readonly segment: number;
  readonly stream: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  /** Shape (channelCount, sampleCount), channel-major. */
  readonly samples: Int32Array;
}

export interface WkcFile {
  readonly header: WkcHeader;
  /** The EDF header that the file had, or has without identification; it has no records here. */
  readonly edf: EdfFile;
  readonly streams: readonly StreamDescriptor[];
  /** Of each channel of the stream. */
  readonly samplesPerRecord: readonly number[];
  readonly segments: readonly WkcSegment[];
  /**
   * The samples, segment after segment, each stream in order.
   *
   * @throws {CoreError} A record is damaged, out of order or missing.
   */
  parts(): AsyncIterable<WkcPart>;
}

/** Far above any chunk that `encode` writes; a file on one's own disk is no server's memory. */
const SAMPLE_COUNT_MAX = 64 * 1024 * 1024;

/**
 * Opens a .wkc file: reads and checks its first record.
 *
 * @throws {CoreError} It is no such file, or its header contradicts itself.
 */
export async function openWkc(source: ByteSource): Promise<WkcFile> {
  const records = readWkcRecords(source)[Symbol.asyncIterator]();
  const first = await records.next();
  if (first.done || first.value.kind !== "file") {
    throw new CorruptInputError("Cannot read .wkc file: it does not begin with a file header", {
      offset: 0,
      field: "magic",
    });
  }
  await records.return?.();
  const header = decodeWkcHeader(first.value.bytes);
  const headerBytes = Buffer.from(header.header, "base64");
  const edf = await openEdf(bytesByteSource(headerBytes), { mode: "tolerant" });
  const streams = header.descriptors.map((bytes, stream) =>
    decodeDescriptor(Buffer.from(bytes, "base64"), stream)
  );
  const samplesPerRecord = checkStreams(edf, streams);
  const segments = header.segments.map((segment, i) => openSegment(segment, i, streams));
  return {
    header,
    edf,
    streams,
    samplesPerRecord,
    segments,
    parts: () => verifiedParts(source, { streams, samplesPerRecord, segments }),
  };
}

/** Every signal with samples is one channel of one stream, and the counts agree. */
function checkStreams(edf: EdfFile, streams: readonly StreamDescriptor[]): number[] {
  const ordinary = edf.signals.filter((signal) => !signal.isAnnotation);
  const seen = new Set<number>();
  const counts = streams.map(({ kind, channels }, stream) => {
    const perRecord = new Set<number>();
    for (const { position, label } of channels) {
      const signal = ordinary[position];
      if (signal === undefined || signal.label !== label || seen.has(position)) {
        throw contradiction(`stream ${stream} has a channel that is not signal ${position}`);
      }
      seen.add(position);
      perRecord.add(signal.samplesPerRecord);
    }
    if (kind !== "int32" || perRecord.size !== 1 || perRecord.has(0)) {
      throw contradiction(`stream ${stream} does not have one number of samples in each record`);
    }
    return [...perRecord][0]!;
  });
  const missing = ordinary.findIndex((signal, i) => signal.samplesPerRecord > 0 && !seen.has(i));
  if (missing !== -1) throw contradiction(`signal ${missing} is in no stream`);
  return counts;
}

function openSegment(
  { record, record_count: recordCount }: WkcHeader["segments"][number],
  index: number,
  streams: readonly StreamDescriptor[],
): WkcSegment {
  const bytes = Buffer.from(record, "base64");
  const { segmentId, descriptorDigests, signaturePolicy } = decodeSegmentRecord(bytes);
  const isSame = descriptorDigests.length === streams.length &&
    streams.every((stream, i) =>
      equalBytes(descriptorDigest(stream, nodeSha256), descriptorDigests[i]!)
    );
  if (!isSame || signaturePolicy !== "none") {
    throw contradiction(`segment ${index} is of other streams`);
  }
  return { id: segmentId, digest: segmentDigest(bytes, nodeSha256), recordCount };
}

function contradiction(state: string): CorruptInputError {
  return new CorruptInputError(`Cannot read .wkc header: ${state}`, { field: "content" });
}

type Places = Pick<WkcFile, "streams" | "samplesPerRecord" | "segments">;

async function* verifiedParts(source: ByteSource, places: Places): AsyncIterable<WkcPart> {
  const sets = new Map<string, ParameterSet>();
  const chains = new Chains(places);
  let isFirst = true;
  for await (const record of readWkcRecords(source)) {
    if (record.kind === "file") {
      if (!isFirst) {
        throw new CorruptInputError(
          `Cannot read .wkc file: a second file header stands at offset ${record.offset}`,
          { offset: record.offset, field: "magic" },
        );
      }
    } else if (record.kind === "parameter-set") {
      const set = decodeParameterSetRecord(record.bytes);
      const digest = formatHex(parameterSetDigest(set, nodeSha256));
      if (!sets.has(digest)) sets.set(digest, readParameterSet(set));
    } else {
      yield chains.take(record, sets);
    }
    isFirst = false;
  }
  chains.expectEnd();
}

/** Where each stream is. */
class Chains {
  readonly #places: Places;
  readonly #descriptorDigests: readonly Uint8Array[];
  #segment = 0;
  #streams: { sequence: number; sampleCount: number; digest: Uint8Array }[] = [];

  constructor(places: Places) {
    this.#places = places;
    this.#descriptorDigests = places.streams.map((stream) => descriptorDigest(stream, nodeSha256));
    this.#begin(0);
  }

  /** Verifies the next chunk and moves on. */
  take({ bytes, offset }: WkcRecord, sets: ReadonlyMap<string, ParameterSet>): WkcPart {
    if (this.#isComplete() && this.#segment + 1 < this.#places.segments.length) {
      this.#begin(this.#segment + 1);
    }
    const segment = this.#places.segments[this.#segment];
    if (segment === undefined) throw misplaced(offset, "it belongs to no segment");
    // The stream is in the header, which nothing has vouched for yet; the digest below does.
    const named = bytes[8]! | bytes[9]! << 8;
    const state = this.#streams[named];
    const descriptor = this.#places.streams[named];
    if (state === undefined || descriptor === undefined) {
      throw misplaced(offset, `stream ${named} is not in the header`);
    }
    const { header, samples, chunkDigest } = verifyChunk(bytes, {
      sha256: nodeSha256,
      identity: {
        descriptorDigest: this.#descriptorDigests[named]!,
        segmentDigest: segment.digest,
      },
      sampleCountMax: SAMPLE_COUNT_MAX,
      parameterSet: (digest) => sets.get(formatHex(digest)),
    });
    const wanted = gridRange(descriptor.rate, state.sequence);
    const left = this.#sampleCount(named) - state.sampleCount;
    const isNext = equalBytes(header.segmentId, segment.id) &&
      header.sequence === state.sequence && header.firstSample === wanted.start &&
      header.sampleCount === Math.min(wanted.end - wanted.start, left) &&
      header.channelCount === descriptor.channels.length &&
      equalBytes(header.previousDigest, state.digest) && samples instanceof Int32Array;
    if (!isNext) {
      throw misplaced(
        offset,
        `it is chunk ${header.sequence} of stream ${named}, and not the one after chunk ` +
          `${state.sequence - 1}`,
      );
    }
    state.sequence++;
    state.sampleCount += header.sampleCount;
    state.digest = chunkDigest;
    const { firstSample, sampleCount } = header;
    return { segment: this.#segment, stream: named, firstSample, sampleCount, samples };
  }

  /** @throws {TruncatedInputError} Samples that the header promises did not come. */
  expectEnd(): void {
    const isLast = this.#segment === this.#places.segments.length - 1;
    if (this.#places.segments.length === 0 || (isLast && this.#isComplete())) return;
    const missing = this.#streams.reduce(
      (sum, { sampleCount }, stream) => sum + this.#sampleCount(stream) - sampleCount,
      0,
    );
    throw new TruncatedInputError(
      `Cannot read .wkc file: it ends ${missing} samples before the end of segment ` +
        `${this.#segment}, of ${this.#places.segments.length} segments`,
      { offset: 0, neededBytes: 1, availableBytes: 0 },
    );
  }

  #begin(segment: number): void {
    this.#segment = segment;
    const digest = this.#places.segments[segment]?.digest ?? new Uint8Array(32);
    this.#streams = this.#places.streams.map(() => ({ sequence: 0, sampleCount: 0, digest }));
  }

  #isComplete(): boolean {
    return this.#streams.every(({ sampleCount }, stream) =>
      sampleCount === this.#sampleCount(stream)
    );
  }

  #sampleCount(stream: number): number {
    return (this.#places.segments[this.#segment]?.recordCount ?? 0) *
      this.#places.samplesPerRecord[stream]!;
  }
}

function misplaced(offset: number, state: string): CorruptInputError {
  return new CorruptInputError(`Cannot use the chunk at offset ${offset}: ${state}`, {
    offset,
    field: "chunk",
  });
}
