/**
 * Layer 2. Entries of Wavekeep's log: what everybody may see of a leaf.
 *
 * Sole owner of the entry's byte form and of the salted hash in it. The salt keeps a content from being
 * guessed, and destroying it erases what the leaf says while every proof stays valid. The pseudonym of a
 * recording comes from its data key, so it dies with the patient's key and cannot be computed from codes.
 *
 * @see core/log/FORMAT.md, "Entry"; PROTOCOL section 6; decision 0010
 * @module
 */

import { asciiBytes, ByteReader, ByteWriter, equalBytes, formatHex } from "../bytes/mod.ts";
import { type Sha256, sha256Into } from "../checksum/mod.ts";
import { ChecksumMismatchError, CorruptInputError, UnsupportedError } from "../error.ts";
import {
  type ChunkContent,
  decodeLeafContent,
  LEAF_TYPES,
  type LeafContent,
  type LeafType,
  readLeafType,
  writeLeafContent,
} from "./leaf_content.ts";

const LEAF_LABEL = asciiBytes("wavekeep/leaf/v1\0");
/** RFC 6962: a leaf begins with another byte than a node. */
const LEAF_PREFIX = 0;
const ENTRY_VERSION = 1;
/** Bytes of every leaf's salt. */
export const LEAF_SALT_BYTES = 32;
/** Bytes of every entry. */
export const LOG_ENTRY_BYTES = 56;
/** Bytes of a chunk's entry and leaf hash. */
export const CHUNK_LEAF_BYTES = LOG_ENTRY_BYTES + 32;

/** An entry of the log. */
export interface LogEntry {
  readonly type: LeafType;
  /** 16 bytes that stand for the recording; zeros for what belongs to none. */
  readonly pseudonym: Uint8Array;
  /** Of a chunk; 0 for everything else. */
  readonly stream: number;
  /** Of a chunk; 0 for everything else. */
  readonly sequence: number;
  /** 32 bytes: H("wavekeep/leaf/v1\0" ‖ salt ‖ content). */
  readonly contentHash: Uint8Array;
}

/** What opens an entry. */
export interface LeafOpening {
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** {@link encodeLeafContent}. */
  readonly content: Uint8Array;
}

/** A content with what makes its leaf of it. */
export interface Leaf {
  readonly pseudonym: Uint8Array;
  /** 32 bytes that nobody can guess. */
  readonly salt: Uint8Array;
  readonly content: LeafContent;
}

/** What a chunk's leaf commits to, and where its salt comes from. */
export interface ChunkLeaf extends Omit<ChunkContent, "type"> {
  /** 16 bytes. */
  readonly pseudonym: Uint8Array;
  /** Gives the leaf's salt, 32 bytes, for its content, which it must not keep; nor is the salt kept here. */
  readonly saltOf: (content: Uint8Array) => Uint8Array;
}

/** The leaf of a chunk as it is stored. */
export interface MadeChunkLeaf {
  /** {@link encodeLogEntry}: 56 bytes. */
  readonly entry: Uint8Array<ArrayBuffer>;
  /** H(0x00 ‖ entry), 32 bytes: what a receipt names. */
  readonly leafHash: Uint8Array;
}

/** Used again for every hash: nothing of it outlives that. */
const fields = new ByteWriter(256);
const chunkFields = new ByteWriter(128);
const contentHashOfChunk = new Uint8Array(32);

/**
 * The entry of a leaf.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, throws } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import { encodeLeafContent, encodeLogEntry, makeLogEntry, openLogEntry } from "@wavekeep/core/log";
 *
 * const content = {
 *   type: "log-start",
 *   siteId: 0,
 *   startedAtMicros: 1n,
 *   incarnation: 1,
 *   restoredSize: 0,
 *   lastCheckpoint: "",
 * } as const;
 * const salt = new Uint8Array(32).fill(7);
 * const entry = encodeLogEntry(makeLogEntry({ pseudonym: new Uint8Array(16), salt, content }, sha256));
 * const opening = { salt, content: encodeLeafContent(content) };
 * deepStrictEqual(openLogEntry(entry, opening, sha256), content);
 * throws(() => openLogEntry(entry, { ...opening, salt: new Uint8Array(32) }, sha256), /Cannot open/);
 * ```
 */
export function makeLogEntry(leaf: Leaf, sha256: Sha256): LogEntry {
  const { pseudonym, salt, content } = leaf;
  const writer = fields.reset().bytes(LEAF_LABEL).fixed(salt, LEAF_SALT_BYTES);
  writeLeafContent(writer, content);
  return {
    type: content.type,
    pseudonym,
    ...placeOf(content),
    contentHash: sha256(writer.finish()),
  };
}

/** The 56 bytes of an entry. */
export function encodeLogEntry(entry: LogEntry): Uint8Array<ArrayBuffer> {
  return new ByteWriter(LOG_ENTRY_BYTES)
    .u8(ENTRY_VERSION)
    .u8(LEAF_TYPES[entry.type])
    .fixed(entry.pseudonym, 16)
    .u16(entry.stream)
    .u32(entry.sequence)
    .fixed(entry.contentHash, 32)
    .finish();
}

/**
 * Reads an entry. Arrays in it are views into `bytes`.
 *
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} Bytes are left over, or what is no chunk has a stream or a sequence.
 * @throws {UnsupportedError} A version or type that is newer than this build.
 */
export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  const reader = new ByteReader(bytes, { what: "log entry" });
  const version = reader.u8();
  if (version !== ENTRY_VERSION) {
    throw new UnsupportedError(
      `Cannot read log entry: version is ${version}, this build knows ${ENTRY_VERSION}`,
      { feature: "log entry version", value: version },
    );
  }
  const entry: LogEntry = {
    type: readLeafType(reader, "log entry"),
    pseudonym: reader.bytes(16),
    stream: reader.u16(),
    sequence: reader.u32(),
    contentHash: reader.bytes(32),
  };
  reader.expectEnd();
  if (entry.type !== "chunk" && (entry.stream !== 0 || entry.sequence !== 0)) {
    throw new CorruptInputError(`Cannot read log entry: a ${entry.type} has no place in a stream`, {
      field: "stream",
    });
  }
  return entry;
}

/**
 * Accepts an opening that is the one an entry commits to.
 *
 * @param entryBytes Whose leaf hash an inclusion proof has led to a signed root.
 * @returns What the leaf says, with views into the opening.
 * @throws {ChecksumMismatchError} Another salt or another content.
 * @throws {CorruptInputError} Type, stream or sequence of the entry are not those of its content.
 * @throws What {@link decodeLogEntry} and {@link decodeLeafContent} throw.
 */
export function openLogEntry(
  entryBytes: Uint8Array,
  opening: LeafOpening,
  sha256: Sha256,
): LeafContent {
  const entry = decodeLogEntry(entryBytes);
  if (opening.salt.byteLength !== LEAF_SALT_BYTES) {
    throw new CorruptInputError(
      `Cannot open log entry: its salt has ${opening.salt.byteLength} bytes`,
      { field: "salt" },
    );
  }
  const salted = fields.reset().bytes(LEAF_LABEL).bytes(opening.salt).bytes(opening.content);
  const contentHash = sha256(salted.finish());
  if (!equalBytes(contentHash, entry.contentHash)) {
    const [actual, expected] = [formatHex(contentHash), formatHex(entry.contentHash)];
    throw new ChecksumMismatchError(
      `Cannot open log entry: salt and content give ${actual}, the entry has ${expected}`,
      { actual, expected },
    );
  }
  const content = decodeLeafContent(opening.content);
  const { stream, sequence } = placeOf(content);
  if (content.type !== entry.type || stream !== entry.stream || sequence !== entry.sequence) {
    throw new CorruptInputError(
      `Cannot open log entry: it says ${entry.type} ${entry.stream}/${entry.sequence}, its content ${content.type} ${stream}/${sequence}`,
      { field: "type" },
    );
  }
  return content;
}

/**
 * Entry and leaf hash of a chunk in one go: made with every chunk that is taken in.
 *
 * The key of a chunk in the content is segment id 16 ‖ stream u16 ‖ sequence u32, what a receipt names.
 *
 * @param into {@link CHUNK_LEAF_BYTES} that entry and leaf hash lie in afterwards. Default: fresh ones.
 */
export function makeChunkLeaf(
  leaf: ChunkLeaf,
  sha256: Sha256,
  into: Uint8Array<ArrayBuffer> = new Uint8Array(CHUNK_LEAF_BYTES),
): MadeChunkLeaf {
  const content = chunkFields.reset()
    .u8(LEAF_TYPES.chunk)
    .u32(leaf.siteId)
    .fixed(leaf.segmentId, 16)
    .u16(leaf.stream)
    .u32(leaf.sequence)
    .fixed(leaf.chunkDigest, 32)
    .fixed(leaf.storedDigest, 32)
    .i64(leaf.receivedAtMicros)
    .finish();
  const salted = fields.reset()
    .bytes(LEAF_LABEL)
    .fixed(leaf.saltOf(content), LEAF_SALT_BYTES)
    .bytes(content);
  const contentHash = sha256(salted.finish(), contentHashOfChunk);
  const leafOfEntry = fields.reset()
    .u8(LEAF_PREFIX)
    .u8(ENTRY_VERSION)
    .u8(LEAF_TYPES.chunk)
    .fixed(leaf.pseudonym, 16)
    .u16(leaf.stream)
    .u32(leaf.sequence)
    .fixed(contentHash, 32)
    .finish();
  const entry = into.subarray(0, LOG_ENTRY_BYTES);
  entry.set(leafOfEntry.subarray(1));
  return { entry, leafHash: sha256Into(sha256, leafOfEntry, into.subarray(LOG_ENTRY_BYTES)) };
}

function placeOf(content: LeafContent): { stream: number; sequence: number } {
  return content.type === "chunk"
    ? { stream: content.stream, sequence: content.sequence }
    : { stream: 0, sequence: 0 };
}
