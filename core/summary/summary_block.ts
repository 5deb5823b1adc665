/**
 * Layer 4. A block of buckets: least, greatest and counts for 64 stretches of a stream.
 *
 * Sole owner of the block's bytes. A block takes a chunk once: at level 0 it knows which it has, above it
 * knows how many, so that a reader can tell a bucket that holds all there is from one that does not.
 *
 * @see core/summary/FORMAT.md, "The block"
 * @module
 */

import { assert } from "../assert.ts";
import {
  ByteReader,
  ByteWriter,
  fillFromLittleEndian,
  littleEndianBytes,
  type NumericArray,
} from "../bytes/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import type { SampleKind } from "../recording/mod.ts";
import { BLOCK_BUCKETS, LEVEL_MAX, placeOfSequence } from "./levels.ts";
import { type ChunkSummary, SUMMARY_ALGORITHM } from "./summarise_chunk.ts";

/** `WKE1` */
const MAGIC: readonly number[] = [0x57, 0x4b, 0x45, 0x31];
const VERSION = 1;
const HEADER_BYTES = 16;
const BITMAP_BYTES = BLOCK_BUCKETS / 8;

/** Number types of least and greatest, in the order of their codes, from 1. */
const NUMBER_TYPES = ["int16", "int32", "binary32", "binary64"] as const;
type NumberType = typeof NUMBER_TYPES[number];

const NUMBER_BYTES: Readonly<Record<NumberType, number>> = {
  int16: 2,
  int32: 4,
  binary32: 4,
  binary64: 8,
};

const FLAG_RAILED = 1;
const FLAG_NOT_FINITE = 2;

/** Where extremes live. */
export type Extremes = NumericArray | Int16Array;

/** Which block. */
export interface BlockPlace {
  readonly level: number;
  readonly block: number;
}

/** A block in memory. All rows are of {@link BLOCK_BUCKETS} numbers, one row for each channel. */
export class SummaryBlock {
  readonly level: number;
  readonly block: number;
  readonly channelCount: number;
  /** Chunks in each bucket. */
  readonly counts = new Uint32Array(BLOCK_BUCKETS);
  #numberType: NumberType;
  #least: Extremes;
  #greatest: Extremes;
  #railed: Uint32Array | undefined;
  #notFinite: Uint32Array | undefined;

  /** An empty block of a stream. */
  constructor(place: BlockPlace, stream: { channelCount: number; kind: SampleKind }) {
    assert(place.level >= 0 && place.level <= LEVEL_MAX, `${place.level} is a level`);
    this.level = place.level;
    this.block = place.block;
    this.channelCount = stream.channelCount;
    // Converters of 16 bits are the rule; a larger value widens the block.
    this.#numberType = stream.kind === "int32" ? "int16" : stream.kind;
    this.#least = numbersOf(this.#numberType, stream.channelCount * BLOCK_BUCKETS);
    this.#greatest = numbersOf(this.#numberType, stream.channelCount * BLOCK_BUCKETS);
  }

  /** Row `channel` of 64 begins at `channel × 64`. NaN where a bucket holds chunks and no finite sample. */
  get least(): Extremes {
    return this.#least;
  }

  get greatest(): Extremes {
    return this.#greatest;
  }

  /** Undefined: none in the whole block. */
  get railed(): Uint32Array | undefined {
    return this.#railed;
  }

  get notFinite(): Uint32Array | undefined {
    return this.#notFinite;
  }

  /** Chunks in the whole block. */
  get chunkCount(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Memory of the block, nearly. */
  get byteLength(): number {
    return 256 + this.#least.byteLength * 2 + (this.#railed?.byteLength ?? 0) +
      (this.#notFinite?.byteLength ?? 0);
  }

  /** Whether the stream of the block can be one of these samples. */
  fits({ channelCount, kind }: { channelCount: number; kind: SampleKind }): boolean {
    const isInteger = this.#numberType === "int16" || this.#numberType === "int32";
    return channelCount === this.channelCount &&
      (kind === "int32" ? isInteger : kind === this.#numberType);
  }

  /**
   * Takes in one chunk; at level 0 only.
   *
   * @returns False when the block has it already.
   */
  addChunk(sequence: number, { channelCount, values }: ChunkSummary): boolean {
    const { block, bucket } = placeOfSequence(0, sequence);
    assert(this.level === 0 && block === this.block, "the chunk is of this block");
    assert(channelCount === this.channelCount, "the chunk has the channels of its stream");
    if (this.counts[bucket] !== 0) return false;
    this.counts[bucket] = 1;
    for (let channel = 0; channel < channelCount; channel++) {
      const at = channel * BLOCK_BUCKETS + bucket;
      const least = values[channel]!;
      const greatest = values[channelCount + channel]!;
      if (this.#numberType === "int16" && (least < -0x8000 || greatest > 0x7fff)) this.#widen();
      this.#least[at] = least;
      this.#greatest[at] = greatest;
      this.#count(at, values[2 * channelCount + channel]!, values[3 * channelCount + channel]!);
    }
    return true;
  }

  /** Adds a bucket of another block of the stream, all its chunks at once. */
  addBucket(bucket: number, source: SummaryBlock, sourceBucket: number): void {
    assert(source.channelCount === this.channelCount, "both blocks are of one stream");
    if (this.#numberType === "int16" && source.#numberType === "int32") this.#widen();
    const isEmpty = this.counts[bucket] === 0;
    for (let channel = 0; channel < this.channelCount; channel++) {
      const at = channel * BLOCK_BUCKETS + bucket;
      const from = channel * BLOCK_BUCKETS + sourceBucket;
      const least = source.#least[from]!;
      const greatest = source.#greatest[from]!;
      // Written so that NaN gives way to any number, and no number to NaN.
      if (isEmpty || !(this.#least[at]! <= least) && least === least) this.#least[at] = least;
      if (isEmpty || !(this.#greatest[at]! >= greatest) && greatest === greatest) {
        this.#greatest[at] = greatest;
      }
      this.#count(at, source.#railed?.[from] ?? 0, source.#notFinite?.[from] ?? 0);
    }
    this.counts[bucket]! += source.counts[sourceBucket]!;
  }

  #count(at: number, railed: number, notFinite: number): void {
    const size = this.channelCount * BLOCK_BUCKETS;
    if (railed > 0) (this.#railed ??= new Uint32Array(size))[at]! += railed;
    if (notFinite > 0) (this.#notFinite ??= new Uint32Array(size))[at]! += notFinite;
  }

  #widen(): void {
    this.#numberType = "int32";
    this.#least = Int32Array.from(this.#least);
    this.#greatest = Int32Array.from(this.#greatest);
  }

  /** The block as FORMAT.md has it. Equal blocks give equal bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const bucketCount = this.counts.findLastIndex((count) => count > 0) + 1;
    assert(bucketCount > 0, "an empty block is not written");
    const numberType = this.#numberType === "int32" && this.#fits16() ? "int16" : this.#numberType;
    const flags = (this.#railed ? FLAG_RAILED : 0) | (this.#notFinite ? FLAG_NOT_FINITE : 0);
    const numbers = this.channelCount * bucketCount;
    const writer = new ByteWriter(
      HEADER_BYTES + 4 * BLOCK_BUCKETS + 2 * numbers * NUMBER_BYTES[numberType],
    );
    writer.bytes(Uint8Array.from(MAGIC)).u8(VERSION).u8(SUMMARY_ALGORITHM)
      .u8(NUMBER_TYPES.indexOf(numberType) + 1).u8(this.level).u32(this.block)
      .u16(this.channelCount).u8(bucketCount).u8(flags);
    if (this.level === 0) writer.bytes(bitmapOf(this.counts));
    else writer.bytes(littleEndianBytes(this.counts.subarray(0, bucketCount)));
    for (const extremes of [this.#least, this.#greatest]) {
      const rows = numbersOf(numberType, numbers);
      for (let channel = 0; channel < this.channelCount; channel++) {
        const start = channel * BLOCK_BUCKETS;
        rows.set(extremes.subarray(start, start + bucketCount), channel * bucketCount);
      }
      writer.bytes(littleEndianBytes(rows));
    }
    if (this.#railed) this.#writeCounts(writer, this.#railed, bucketCount);
    if (this.#notFinite) this.#writeCounts(writer, this.#notFinite, bucketCount);
    return writer.finish();
  }

  #fits16(): boolean {
    return this.#least.every((value) => value >= -0x8000) &&
      this.#greatest.every((value) => value <= 0x7fff);
  }

  #writeCounts(writer: ByteWriter, counts: Uint32Array, bucketCount: number): void {
    const mask = new Uint8Array(Math.ceil(this.channelCount / 8));
    const rows: Uint32Array[] = [];
    for (let channel = 0; channel < this.channelCount; channel++) {
      const start = channel * BLOCK_BUCKETS;
      const row = counts.subarray(start, start + bucketCount);
      if (row.every((count) => count === 0)) continue;
      mask[channel >> 3]! |= 1 << (channel & 7);
      rows.push(row);
    }
    writer.bytes(mask);
    for (const row of rows) writer.bytes(littleEndianBytes(row));
  }

  /**
   * Reads a block.
   *
   * @throws {TruncatedInputError} The bytes end early.
   * @throws {CorruptInputError} A field is outside its range, or bytes follow the block.
   * @throws {UnsupportedError} The version, the number type, the algorithm or a flag is not of this build.
   */
  static decode(bytes: Uint8Array): SummaryBlock {
    const reader = new ByteReader(bytes, { what: "summary block" });
    const { bucketCount, flags, numberType, ...head } = readHead(reader);
    const kind = numberType === "binary32" || numberType === "binary64" ? numberType : "int32";
    const block = new SummaryBlock(head, { channelCount: head.channelCount, kind });
    if (numberType === "int32") block.#widen();
    readPresence(reader, block, bucketCount);
    for (const extremes of [block.#least, block.#greatest]) {
      const rows = numbersOf(numberType, head.channelCount * bucketCount);
      fillFromLittleEndian(rows, reader.bytes(rows.byteLength));
      if (bucketCount === BLOCK_BUCKETS) extremes.set(rows);
      else {
        for (let channel = 0; channel < head.channelCount; channel++) {
          const row = rows.subarray(channel * bucketCount, (channel + 1) * bucketCount);
          extremes.set(row, channel * BLOCK_BUCKETS);
        }
      }
    }
    if (flags & FLAG_RAILED) block.#railed = readCounts(reader, block, bucketCount);
    if (flags & FLAG_NOT_FINITE) block.#notFinite = readCounts(reader, block, bucketCount);
    reader.expectEnd();
    return block;
  }
}

interface Head extends BlockPlace {
  readonly numberType: NumberType;
  readonly channelCount: number;
  readonly bucketCount: number;
  readonly flags: number;
}

function readHead(reader: ByteReader): Head {
  const magic = reader.bytes(MAGIC.length);
  if (MAGIC.some((byte, i) => magic[i] !== byte)) throw corrupt("magic");
  requireKnown("version", reader.u8(), VERSION);
  requireKnown("algorithm", reader.u8(), SUMMARY_ALGORITHM);
  const code = reader.u8();
  const numberType = NUMBER_TYPES[code - 1];
  if (numberType === undefined) {
    throw new UnsupportedError(`Cannot read summary block: number type is ${code}`, {
      feature: "number type of a summary block",
      value: code,
    });
  }
  const level = reader.u8();
  if (level > LEVEL_MAX) throw corrupt("level");
  const block = reader.u32();
  const channelCount = reader.u16();
  if (channelCount === 0) throw corrupt("channel count");
  const bucketCount = reader.u8();
  if (bucketCount === 0 || bucketCount > BLOCK_BUCKETS) throw corrupt("bucket count");
  const flags = reader.u8();
  if (flags & ~(FLAG_RAILED | FLAG_NOT_FINITE)) {
    throw new UnsupportedError(`Cannot read summary block: flags are ${flags}`, {
      feature: "flags of a summary block",
      value: flags,
    });
  }
  // Before anything of that size is made: the least rows alone must be there.
  const leastBytes = 2 * channelCount * bucketCount * NUMBER_BYTES[numberType];
  if (reader.remaining < leastBytes) reader.bytes(leastBytes);
  return { level, block, numberType, channelCount, bucketCount, flags };
}

function readPresence(reader: ByteReader, block: SummaryBlock, bucketCount: number): void {
  if (block.level === 0) {
    const bitmap = reader.bytes(BITMAP_BYTES);
    for (let bucket = 0; bucket < BLOCK_BUCKETS; bucket++) {
      block.counts[bucket] = bitmap[bucket >> 3]! >> (bucket & 7) & 1;
    }
  } else {
    const counts = new Uint32Array(bucketCount);
    fillFromLittleEndian(counts, reader.bytes(counts.byteLength));
    block.counts.set(counts);
  }
  // The last bucket that is written holds something, so that equal blocks are equal bytes.
  if (block.counts.findLastIndex((count) => count > 0) !== bucketCount - 1) {
    throw corrupt("bucket count");
  }
}

function readCounts(reader: ByteReader, block: SummaryBlock, bucketCount: number): Uint32Array {
  const mask = reader.bytes(Math.ceil(block.channelCount / 8));
  const counts = new Uint32Array(block.channelCount * BLOCK_BUCKETS);
  for (let channel = 0; channel < mask.length * 8; channel++) {
    if ((mask[channel >> 3]! >> (channel & 7) & 1) === 0) continue;
    if (channel >= block.channelCount) throw corrupt("channel mask");
    const start = channel * BLOCK_BUCKETS;
    fillFromLittleEndian(
      counts.subarray(start, start + bucketCount),
      reader.bytes(4 * bucketCount),
    );
  }
  return counts;
}

function bitmapOf(counts: Uint32Array): Uint8Array {
  const bitmap = new Uint8Array(BITMAP_BYTES);
  for (const [bucket, count] of counts.entries()) {
    if (count > 0) bitmap[bucket >> 3]! |= 1 << (bucket & 7);
  }
  return bitmap;
}

function requireKnown(feature: string, value: number, known: number): void {
  if (value === known) return;
  throw new UnsupportedError(
    `Cannot read summary block: ${feature} is ${value}, this build knows ${known}`,
    { feature: `${feature} of a summary block`, value },
  );
}

function corrupt(field: string): CorruptInputError {
  return new CorruptInputError(`Cannot read summary block: ${field} is outside its range`, {
    field,
  });
}

function numbersOf(type: NumberType, length: number): Extremes {
  switch (type) {
    case "int16":
      return new Int16Array(length);
    case "int32":
      return new Int32Array(length);
    case "binary32":
      return new Float32Array(length);
    case "binary64":
      return new Float64Array(length);
  }
}
