/**
 * The leaf of a chunk in the transparency log: made with the chunk, sequenced later.
 *
 * Sole owner of the pseudonym, which comes from the recording's data key: it dies with the patient's key
 * and cannot be computed from codes. The leaf's bytes are `core/log`'s.
 *
 * @see PROTOCOL section 6; core/log/FORMAT.md
 * @module
 */

import { asciiBytes } from "@wavekeep/core/bytes";
import { keyedDigest } from "@wavekeep/core/crypto";

export { type ChunkLeaf, chunkLeafHash, LEAF_SALT_BYTES } from "@wavekeep/core/log";

const PSEUDONYM_LABEL = asciiBytes("wavekeep/log-pseudonym/v1\0");

/** The 16 bytes that stand for a recording in the log. */
export function logPseudonym(key: Uint8Array): Uint8Array {
  return keyedDigest(key, PSEUDONYM_LABEL).slice(0, 16);
}
