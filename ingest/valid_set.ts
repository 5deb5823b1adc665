/**
 * A parameter set that was read once and found valid, and is kept as its bytes.
 *
 * Read, a set takes some thirty times its bytes, and the event loop hardly ever wants its coefficients:
 * workers verify, and have their own. So thousands of devices cost a kilobyte each and not thirty.
 *
 * @module
 */

import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";

/** The bytes of a set that {@link readParameterSet} has accepted. */
export interface ValidSet {
  /** The set as it travels, without its record's frame. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a set and keeps nothing but its bytes.
 *
 * @param bytes A set; copied.
 * @throws {CoreError} As `readParameterSet`.
 */
export function validSet(bytes: Uint8Array): ValidSet {
  return { bytes: readParameterSet(bytes).bytes };
}

/** The set itself, read at the first use and kept as long as `set` is. */
export function readValidSet(set: ValidSet): ParameterSet {
  const known = read.get(set);
  if (known !== undefined) return known;
  const found = readParameterSet(set.bytes);
  read.set(set, found);
  return found;
}

const read = new WeakMap<ValidSet, ParameterSet>();
