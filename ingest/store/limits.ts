/**
 * How much a store keeps of what a sender could send without end: chunks that contradict what is there
 * (PROTOCOL section 3), and parameter sets (section 2).
 *
 * @module
 */

/** Bodies kept of one position; later ones leave their digest. */
export const QUARANTINE_BODIES_PER_KEY = 3;

/** Bytes kept of one sender, over all positions. */
export const QUARANTINE_BYTES_PER_SENDER = 64 * 1024 * 1024;

/** Parameter sets a recording may have before any chunk: the first minute of eight streams at once. */
const PARAMETER_SETS_AT_FIRST = 64;

/** A chunk holds a second at most: two sets for every minute of every stream, twice what a device may make. */
export const CHUNKS_PER_PARAMETER_SET = 30;

/** Parameter sets that a recording of so many chunks may have; those of all its streams count. */
export function parameterSetsMax(chunkCount: number): number {
  return PARAMETER_SETS_AT_FIRST + Math.floor(chunkCount / CHUNKS_PER_PARAMETER_SET);
}
