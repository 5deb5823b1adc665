/**
 * When the full blocks of a stream are written: a while after they are full, each stream in its own moment.
 *
 * Two thousand devices that were switched on together fill their blocks together, for as long as they run.
 * A stream's moment is drawn from its name, so they come due evenly over the time that a block takes, and
 * memory holds what it held when the last of them filled its block: a block each.
 *
 * @module
 */

/** How long writing may wait. */
export interface Pace {
  /** How long it took the stream to fill its block; the next one is full after as long again. */
  readonly fillMs: number;
  /** Streams that have something to write. */
  readonly streamCount: number;
  /** Time for each of them: few streams need not wait. */
  readonly streamMs: number;
}

/**
 * How long after its block is full a stream is due.
 *
 * @example
 * ```ts
 * import { ok, strictEqual } from "node:assert/strict";
 * import { delayMs } from "./pace.ts";
 *
 * const ward = { fillMs: 64_000, streamCount: 2_000, streamMs: 32 };
 * ok(delayMs("a stream", ward) < 64_000);
 * strictEqual(delayMs("a stream", ward), delayMs("a stream", ward));
 * ok(delayMs("a stream", { ...ward, streamCount: 1 }) < 32);
 * ```
 */
export function delayMs(name: string, { fillMs, streamCount, streamMs }: Pace): number {
  return shareOf(name) * Math.min(fillMs, streamCount * streamMs);
}

/** A number of 0 ≤ x < 1 that a name always has, and no two alike: FNV-1a, mixed once more. */
function shareOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
