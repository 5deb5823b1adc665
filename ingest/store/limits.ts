/**
 * How much a store keeps of what contradicts what it has (PROTOCOL section 3).
 *
 * @module
 */

/** Bodies kept of one position; later ones leave their digest. */
export const QUARANTINE_BODIES_PER_KEY = 3;

/** Bytes kept of one sender, over all positions. */
export const QUARANTINE_BYTES_PER_SENDER = 64 * 1024 * 1024;
