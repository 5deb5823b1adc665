/**
 * The leaf of a chunk in the transparency log: made with the chunk, sequenced later.
 *
 * Sole owner of the leaf's byte form. The salt keeps a leaf from being guessed, and destroying it erases
 * what the leaf says while every proof stays valid. The pseudonym of a recording comes from its data
 * key, so it dies with the patient's key and cannot be computed from codes.
 *
 * @see PROTOCOL section 6; RFC 6962 section 2.1
 * @module
 */

import { asciiBytes, ByteWriter } from "@wavekeep/core/bytes";
import type { Sha256 } from "@wavekeep/core/checksum";
import { keyedDigest } from "@wavekeep/core/crypto";

const LEAF_LABEL = asciiBytes("wavekeep/leaf/v1\0");
const PSEUDONYM_LABEL = asciiBytes("wavekeep/log-pseudonym/v1\0");
/** RFC 6962: a leaf begins with another byte than a node. */
const LEAF_PREFIX = 0;
const ENTRY_VERSION = 1;
const TYPE_CHUNK = 1;
export const LEAF_SALT_BYTES = 32;

/** What a chunk's leaf commits to. */
export interface ChunkLeaf {
  readonly siteId: number;
  /** 16 bytes. */
  readonly pseudonym: Uint8Array;
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly sequence: number;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
}

/** Used again for every hash: nothing of it outlives that. */
const fields = new ByteWriter(256);

/** The 16 bytes that stand for a recording in the log. */
export function logPseudonym(key: Uint8Array): Uint8Array {
  return keyedDigest(key, PSEUDONYM_LABEL).slice(0, 16);
}

/**
 * Leaf hash of a chunk: H(0x00 ‖ entry), where the entry holds the salted hash of the content.
 *
 * Key of a chunk in the content: segment id 16 ‖ stream u16 ‖ sequence u32, the same that a receipt
 * names.
 */
export function chunkLeafHash(leaf: ChunkLeaf, sha256: Sha256): Uint8Array {
  const content = fields.reset()
    .bytes(LEAF_LABEL)
    .fixed(leaf.salt, LEAF_SALT_BYTES)
    .u8(TYPE_CHUNK)
    .u32(leaf.siteId)
    .fixed(leaf.segmentId, 16)
    .u16(leaf.stream)
    .u32(leaf.sequence)
    .fixed(leaf.chunkDigest, 32)
    .fixed(leaf.storedDigest, 32)
    .i64(leaf.receivedAtMicros);
  const contentHash = sha256(content.finish());
  const leafOfEntry = fields.reset()
    .u8(LEAF_PREFIX)
    .u8(ENTRY_VERSION)
    .u8(TYPE_CHUNK)
    .fixed(leaf.pseudonym, 16)
    .u16(leaf.stream)
    .u32(leaf.sequence)
    .fixed(contentHash, 32);
  return sha256(leafOfEntry.finish());
}
