/**
 * Layer 2. What the leaves of Wavekeep's log commit to: one typed content for each kind of fact.
 *
 * Sole owner of its byte form. A content is opened only to who may read the fact; the log itself holds a
 * salted hash of it (`log_entry.ts`). Set in stone: leaf hashes are stored with the rows they are about.
 *
 * @see core/log/FORMAT.md, "Content"; PROTOCOL section 6
 * @module
 */

import { assert, unreachable } from "../assert.ts";
import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { CorruptInputError, UnsupportedError } from "../error.ts";

/** Kinds of leaves that name one version of a noun, by their code. */
export const NOUN_TYPES = {
  /** Whose recording it is. A swap of two patients is a new version. */
  "recording-link": 2,
  segment: 3,
  descriptor: 4,
  "parameter-set": 5,
  "annotation-version": 6,
  "annotation-review": 7,
  /** A loss or an end, said by a device. */
  statement: 8,
  /** A device's or a person's key: enrolled, or revoked. */
  key: 9,
  role: 10,
  consent: 11,
  /** An access grant: who read what. */
  access: 12,
  /** Which device a key is of, beside the key's own leaf. */
  device: 15,
  "recording-close": 16,
  "clock-observation": 17,
  /** A file that a recording came from. */
  source: 18,
  /** Civil time at which a recording begins, or that nobody knows it. */
  "recording-start": 19,
} as const;

export type NounType = keyof typeof NOUN_TYPES;

/** Every kind of leaf by its code, 1 to 19. */
export const LEAF_TYPES = { chunk: 1, ...NOUN_TYPES, erasure: 13, "log-start": 14 } as const;

export type LeafType = keyof typeof LEAF_TYPES;

const TYPE_BY_CODE = new Map(
  Object.entries(LEAF_TYPES).map(([type, code]) => [code as number, type as LeafType]),
);

/** A stored chunk. */
export interface ChunkContent {
  readonly type: "chunk";
  readonly siteId: number;
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly sequence: number;
  /** 32 bytes: identity, which survives re-encoding. */
  readonly chunkDigest: Uint8Array;
  /** 32 bytes: the bytes as they were stored first. */
  readonly storedDigest: Uint8Array;
  /** µs since 1970, by the server's clock. */
  readonly receivedAtMicros: bigint;
}

/** One version of anything that has no chunks. */
export interface NounContent {
  readonly type: NounType;
  readonly siteId: number;
  /** 16 bytes: which recording, segment, annotation, key, person. FORMAT.md says which for each type. */
  readonly id: Uint8Array;
  /** Version, stream number or revision, as FORMAT.md says for each type. */
  readonly number: number;
  /** 32 bytes: the digest that the noun's own format gives it. */
  readonly contentDigest: Uint8Array;
  /** 32 bytes: H of the row's bytes as stored. */
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
}

/** Neighbouring chunks of a stream: `first ≤ sequence < first + count`. */
export interface ErasedRange {
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly firstSequence: number;
  readonly sequenceCount: number;
}

/** What was erased. An opening that is missing without one of these is tampering. */
export interface ErasureContent {
  readonly type: "erasure";
  readonly siteId: number;
  /** 16 bytes. */
  readonly recordingReference: Uint8Array;
  readonly erasedAtMicros: bigint;
  /** 1 to 65,535, ascending by segment, stream and sequence, without overlap. */
  readonly ranges: readonly ErasedRange[];
}

/** The first entry of a log that goes on after a restore from backup. */
export interface LogStartContent {
  readonly type: "log-start";
  readonly siteId: number;
  readonly startedAtMicros: bigint;
  /** Number of the database's life, from now on. */
  readonly incarnation: number;
  /** How many entries of the log before came back; the rest of its checkpoint's size is the loss. */
  readonly restoredSize: number;
  /** Last witnessed checkpoint of the log before, as a signed note; empty when there was none. */
  readonly lastCheckpoint: string;
}

export type LeafContent = ChunkContent | NounContent | ErasureContent | LogStartContent;

/** Name of a type, or undefined for a code that this build does not know. */
export function leafTypeOf(code: number): LeafType | undefined {
  return TYPE_BY_CODE.get(code);
}

/** The bytes of a content, without label and salt. */
export function encodeLeafContent(content: LeafContent): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(128);
  writeLeafContent(writer, content);
  return writer.finish();
}

/** Writes a content where others have written before. */
export function writeLeafContent(writer: ByteWriter, content: LeafContent): void {
  writer.u8(LEAF_TYPES[content.type]).u32(content.siteId);
  switch (content.type) {
    case "chunk":
      writer.fixed(content.segmentId, 16).u16(content.stream).u32(content.sequence);
      writer.fixed(content.chunkDigest, 32).fixed(content.storedDigest, 32);
      writer.i64(content.receivedAtMicros);
      return;
    case "erasure":
      assert(areInOrder(content.ranges), "erased ranges ascend, do not overlap, and are not empty");
      writer.fixed(content.recordingReference, 16).i64(content.erasedAtMicros);
      writer.u16(content.ranges.length);
      for (const range of content.ranges) {
        writer.fixed(range.segmentId, 16).u16(range.stream);
        writer.u32(range.firstSequence).u32(range.sequenceCount);
      }
      return;
    case "log-start":
      writer.i64(content.startedAtMicros).u32(content.incarnation).u64(content.restoredSize);
      writer.text16(content.lastCheckpoint);
      return;
    default:
      if (!(content.type in NOUN_TYPES)) unreachable(content.type as never);
      writer.fixed(content.id, 16).u32(content.number);
      writer.fixed(content.contentDigest, 32).fixed(content.storedDigest, 32);
      writer.i64(content.receivedAtMicros);
  }
}

/**
 * Reads a content. Arrays in it are views into `bytes`.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} A field is outside its range, or bytes are left over.
 * @throws {UnsupportedError} A type that is newer than this build.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { decodeLeafContent, encodeLeafContent } from "@wavekeep/core/log";
 *
 * const content = {
 *   type: "annotation-version",
 *   siteId: 1,
 *   id: new Uint8Array(16).fill(2),
 *   number: 3,
 *   contentDigest: new Uint8Array(32).fill(4),
 *   storedDigest: new Uint8Array(32).fill(5),
 *   receivedAtMicros: 6n,
 * } as const;
 * strictEqual(encodeLeafContent(content).byteLength, 97);
 * deepStrictEqual(decodeLeafContent(encodeLeafContent(content)), content);
 * ```
 */
export function decodeLeafContent(bytes: Uint8Array): LeafContent {
  const reader = new ByteReader(bytes, { what: "leaf content" });
  const content = readContent(reader, readLeafType(reader, "leaf content"));
  reader.expectEnd();
  return content;
}

/** Reads a type's code; an unknown one is newer than this build. */
export function readLeafType(reader: ByteReader, what: string): LeafType {
  const code = reader.u8();
  const type = leafTypeOf(code);
  if (type === undefined) {
    throw new UnsupportedError(`Cannot read ${what}: type is ${code}, this build knows 1 to 19`, {
      feature: "leaf type",
      value: code,
    });
  }
  return type;
}

function readContent(reader: ByteReader, type: LeafType): LeafContent {
  const siteId = reader.u32();
  switch (type) {
    case "chunk":
      return {
        type,
        siteId,
        segmentId: reader.bytes(16),
        stream: reader.u16(),
        sequence: reader.u32(),
        chunkDigest: reader.bytes(32),
        storedDigest: reader.bytes(32),
        receivedAtMicros: reader.i64(),
      };
    case "erasure": {
      const [recordingReference, erasedAtMicros] = [reader.bytes(16), reader.i64()];
      const ranges: ErasedRange[] = [];
      for (let left = reader.u16(); left > 0; left--) {
        ranges.push({
          segmentId: reader.bytes(16),
          stream: reader.u16(),
          firstSequence: reader.u32(),
          sequenceCount: reader.u32(),
        });
      }
      if (!areInOrder(ranges)) {
        throw new CorruptInputError(
          `Cannot read erasure of ${ranges.length} ranges: none, an empty one, or not ascending`,
          { field: "ranges" },
        );
      }
      return { type, siteId, recordingReference, erasedAtMicros, ranges };
    }
    case "log-start":
      return {
        type,
        siteId,
        startedAtMicros: reader.i64(),
        incarnation: reader.u32(),
        restoredSize: reader.u64Number("restored size"),
        lastCheckpoint: reader.text16("last checkpoint"),
      };
    default:
      return {
        type,
        siteId,
        id: reader.bytes(16),
        number: reader.u32(),
        contentDigest: reader.bytes(32),
        storedDigest: reader.bytes(32),
        receivedAtMicros: reader.i64(),
      };
  }
}

/** One spelling for one set of erased chunks. */
function areInOrder(ranges: readonly ErasedRange[]): boolean {
  return ranges.length > 0 && ranges.every((range, i) => {
    const end = range.firstSequence + range.sequenceCount;
    if (range.sequenceCount === 0 || end > 2 ** 32) return false;
    return i === 0 || isBefore(ranges[i - 1]!, range);
  });
}

function isBefore(a: ErasedRange, b: ErasedRange): boolean {
  for (let i = 0; i < 16; i++) {
    if (a.segmentId[i] !== b.segmentId[i]) return a.segmentId[i]! < b.segmentId[i]!;
  }
  if (a.stream !== b.stream) return a.stream < b.stream;
  return a.firstSequence + a.sequenceCount <= b.firstSequence;
}
