/**
 * What stands around a payload and around a parameter set, in bytes.
 *
 * @see core/chunk/FORMAT.md, "The chunk"
 * @module
 */

import { CRC_BYTES, DIGEST_BYTES, HEADER_BYTES } from "@wavekeep/core/chunk";

/** Header and checksum of an unsigned chunk: 164. */
export const CHUNK_FRAME_BYTES = HEADER_BYTES + CRC_BYTES;

/** Of them digests: of the chunk before, of the samples, of the parameter set. */
export const CHUNK_DIGEST_BYTES = 3 * DIGEST_BYTES;

/** Magic, version, length and checksum of a parameter set's record. */
export const PARAMETER_SET_FRAME_BYTES = 16;
