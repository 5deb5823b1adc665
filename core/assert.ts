/**
 * Layer 0. Assertions about our own code.
 *
 * Sole owner of the programmer-error mechanism. An assertion that fails is a bug of ours: it is never
 * caught to continue, and it never judges input. Bad bytes and bad requests get a `CoreError`.
 *
 * @module
 */

/** Thrown when a statement that must be true of our own code is false. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Stops when `condition` is false.
 *
 * @param condition What must be true whatever the input was.
 * @param message What was assumed, with numbers.
 * @throws {AssertionError} `condition` is false.
 *
 * @example
 * ```ts
 * import { throws } from "node:assert/strict";
 * import { assert } from "@wavekeep/core/assert";
 *
 * assert(1 + 1 === 2, "addition works");
 * throws(() => assert(1 > 2, "1 is more than 2"), /1 is more than 2/);
 * ```
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * Marks a branch that the types say cannot be reached, such as the default of an exhaustive switch.
 *
 * @throws {AssertionError} Always.
 */
export function unreachable(value: never): never {
  throw new AssertionError(`Cannot get here: unexpected value ${String(value)}`);
}
