/**
 * Layer 3. A parameter set: prediction coefficients that many chunks share.
 *
 * Sole owner of the bytes of a set. A set is learnt once, sent once and named by digest; its bytes are
 * canonical, so equal coefficients have equal digests. Coefficients derive from a patient's EEG: sets are
 * handled like samples and never shared between recordings.
 *
 * @see core/chunk/FORMAT.md, "Parameter sets"
 * @module
 */

import { LimitExceededError } from "../error.ts";

/** Bytes of a set at most. */
export const PARAMETER_SET_BYTES_MAX = 65_536;

/** A set that has been read and found valid; frozen, to be kept and shared among decodes. */
export interface ParameterSet {
  /** The set as it travels, without its record's frame. */
  readonly bytes: Uint8Array;
}

/**
 * Reads and validates a set.
 *
 * @throws {LimitExceededError} More than {@link PARAMETER_SET_BYTES_MAX} bytes.
 */
export function readParameterSet(bytes: Uint8Array): ParameterSet {
  if (bytes.byteLength > PARAMETER_SET_BYTES_MAX) {
    throw new LimitExceededError(
      `Cannot read parameter set: ${bytes.byteLength} bytes, limit is ${PARAMETER_SET_BYTES_MAX}`,
      { limit: PARAMETER_SET_BYTES_MAX, actual: bytes.byteLength },
    );
  }
  return Object.freeze({ bytes });
}
