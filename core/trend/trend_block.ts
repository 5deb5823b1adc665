/**
 * Layer 4. A block of 64 buckets of trends, and its bytes.
 *
 * Sole owner of the block's bytes. A bucket says how many chunks it was made of, so that a reader can tell
 * one that holds all there is from one that does not.
 *
 * @see core/trend/FORMAT.md, "The block"
 * @module
 */

import { assert } from "../assert.ts";
import {
  ByteReader,
  ByteWriter,
  fillFromLittleEndian,
  type LittleEndianArray,
  littleEndianBytes,
} from "../bytes/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";
import { NO_POWER } from "./decibels.ts";
import { BIN_COUNT, TREND_ALGORITHM } from "./definition.ts";
import { TREND_BLOCK_BUCKETS, TREND_LEVEL_MAX } from "./levels.ts";

/** `WKT1` */
const MAGIC: readonly number[] = [0x57, 0x4b, 0x54, 0x31];
const VERSION = 1;

/** Numbers of one side, a bucket each. */
export interface SideRows {
  /** Seconds that can be judged, summed over the derivations. */
  readonly assessable: Uint16Array;
  /** Windows in the spectrum, summed over the derivations. */
  readonly windows: Uint16Array;
  /** Half seconds that suppression was looked for in, summed over the derivations; and found. */
  readonly halves: Uint16Array;
  readonly suppressed: Uint16Array;
  /** Half seconds of the aEEG derivation. */
  readonly aeegHalves: Uint16Array;
  /** µV; NaN without half seconds. */
  readonly aeegLower: Float32Array;
  readonly aeegUpper: Float32Array;
  /** {@link BIN_COUNT} lines a bucket, hundredths of a decibel. */
  readonly spectrum: Int16Array;
}

/** Numbers of both sides together, a bucket each. */
export interface PairRows {
  /** Windows that both derivations of a pair have, summed over the pairs. */
  readonly windows: Uint16Array;
  /** NaN without them. */
  readonly relative: Float32Array;
  readonly absolute: Float32Array;
}

/** A block in memory. */
export class TrendBlock {
  readonly level: number;
  readonly block: number;
  /** Derivations on the left and on the right. */
  readonly derivationCounts: readonly [number, number];
  /** Chunks in each bucket. */
  readonly counts: Uint32Array;
  readonly sides: readonly [left: SideRows, right: SideRows];
  readonly pairs: PairRows;

  /** An empty block. */
  constructor(
    { level, block }: { readonly level: number; readonly block: number },
    derivationCounts: readonly [number, number],
  ) {
    assert(level >= 0 && level <= TREND_LEVEL_MAX, `${level} is a level`);
    this.level = level;
    this.block = block;
    this.derivationCounts = derivationCounts;
    this.counts = new Uint32Array(TREND_BLOCK_BUCKETS);
    this.sides = [sideRows(TREND_BLOCK_BUCKETS), sideRows(TREND_BLOCK_BUCKETS)];
    this.pairs = pairRows(TREND_BLOCK_BUCKETS);
  }

  /** Chunks in the whole block. */
  get chunkCount(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The block as FORMAT.md has it. Equal blocks give equal bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const bucketCount = this.counts.findLastIndex((count) => count > 0) + 1;
    assert(bucketCount > 0, "an empty block is not written");
    const writer = new ByteWriter(64 + bucketCount * 320);
    writer.bytes(Uint8Array.from(MAGIC)).u8(VERSION).u8(TREND_ALGORITHM).u8(this.level)
      .u8(bucketCount).u32(this.block).u16(BIN_COUNT).u8(this.derivationCounts[0])
      .u8(this.derivationCounts[1]);
    for (const { values, width } of rowsOf(this)) {
      writer.bytes(littleEndianBytes(values.subarray(0, bucketCount * width)));
    }
    return writer.finish();
  }

  /**
   * Reads a block.
   *
   * @throws {TruncatedInputError} The bytes end early.
   * @throws {CorruptInputError} A field is outside its range, or bytes follow the block.
   * @throws {UnsupportedError} The version or the algorithm is not of this build.
   */
  static decode(bytes: Uint8Array): TrendBlock {
    const reader = new ByteReader(bytes, { what: "trend block" });
    const magic = reader.bytes(MAGIC.length);
    if (MAGIC.some((byte, i) => magic[i] !== byte)) throw corrupt("magic");
    requireKnown("version", reader.u8(), VERSION);
    requireKnown("algorithm", reader.u8(), TREND_ALGORITHM);
    const level = reader.u8();
    if (level > TREND_LEVEL_MAX) throw corrupt("level");
    const bucketCount = reader.u8();
    if (bucketCount === 0 || bucketCount > TREND_BLOCK_BUCKETS) throw corrupt("bucket count");
    const number = reader.u32();
    if (reader.u16() !== BIN_COUNT) throw corrupt("line count");
    const block = new TrendBlock({ level, block: number }, [reader.u8(), reader.u8()]);
    for (const { values, width } of rowsOf(block)) {
      const own = values.subarray(0, bucketCount * width) as LittleEndianArray;
      fillFromLittleEndian(own, reader.bytes(own.byteLength));
    }
    reader.expectEnd();
    if (block.counts.findLastIndex((count) => count > 0) !== bucketCount - 1) {
      throw corrupt("bucket count");
    }
    return block;
  }
}

/** Every row of a block in the order of its bytes, and how many numbers of it a bucket has. */
function rowsOf(block: TrendBlock): { values: LittleEndianArray; width: number }[] {
  const { windows, relative, absolute } = block.pairs;
  return [
    block.counts,
    ...block.sides.flatMap((side) => [
      side.assessable,
      side.windows,
      side.halves,
      side.suppressed,
      side.aeegHalves,
      side.aeegLower,
      side.aeegUpper,
      side.spectrum,
    ]),
    windows,
    relative,
    absolute,
  ].map((values) => ({ values, width: values.length / TREND_BLOCK_BUCKETS }));
}

function sideRows(length: number): SideRows {
  return {
    assessable: new Uint16Array(length),
    windows: new Uint16Array(length),
    halves: new Uint16Array(length),
    suppressed: new Uint16Array(length),
    aeegHalves: new Uint16Array(length),
    aeegLower: new Float32Array(length).fill(NaN),
    aeegUpper: new Float32Array(length).fill(NaN),
    spectrum: new Int16Array(length * BIN_COUNT).fill(NO_POWER),
  };
}

function pairRows(length: number): PairRows {
  return {
    windows: new Uint16Array(length),
    relative: new Float32Array(length).fill(NaN),
    absolute: new Float32Array(length).fill(NaN),
  };
}

function requireKnown(feature: string, value: number, known: number): void {
  if (value === known) return;
  throw new UnsupportedError(
    `Cannot read trend block: ${feature} is ${value}, this build knows ${known}`,
    { feature: `${feature} of a trend block`, value },
  );
}

function corrupt(field: string): CorruptInputError {
  return new CorruptInputError(`Cannot read trend block: ${field} is outside its range`, { field });
}
