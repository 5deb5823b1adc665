/**
 * Layer 2. Applying a montage: weighted sums of channels.
 *
 * Sole owner of derived traces. They are computed from *physical* values of one dimension: from digital
 * values with one gain, Osas C3-O1 comes out up to 2.2 µV wrong (EEG_RULES section 2).
 *
 * @module
 */

import { assert } from "../assert.ts";

/** One term of a derivation: a channel by its row, and its weight. */
export interface DerivationTerm {
  readonly channel: number;
  readonly weight: number;
}

/**
 * Adds up weighted channels.
 *
 * @param channels Physical values, all of one dimension and of one length.
 * @returns A fresh array of that length, accumulated in the order of the terms.
 *
 * @example F7-F3 from two bipolar traces that share FP1
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { derive } from "@wavekeep/core/signal";
 *
 * const fp1F7 = Float64Array.of(50, 52);
 * const fp1F3 = Float64Array.of(10, 11);
 * const f7F3 = derive([fp1F7, fp1F3], [{ channel: 1, weight: 1 }, { channel: 0, weight: -1 }]);
 * deepStrictEqual(f7F3, Float64Array.of(-40, -41));
 * ```
 */
export function derive(
  channels: readonly ArrayLike<number>[],
  terms: readonly DerivationTerm[],
): Float64Array<ArrayBuffer> {
  assert(terms.length >= 1, "a derivation has a term");
  const length = channels[terms[0]!.channel]?.length ?? 0;
  const trace = new Float64Array(length);
  for (const { channel, weight } of terms) {
    const values = channels[channel];
    assert(values !== undefined, `channel ${channel} is one of ${channels.length}`);
    assert(values.length === length, `channel ${channel} has ${length} samples`);
    for (let i = 0; i < length; i++) trace[i] = trace[i]! + weight * values[i]!;
  }
  return trace;
}

/**
 * `a` − `b`: the bipolar trace between two channels.
 *
 * @returns A fresh array.
 */
export function subtract(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  return derive([a, b], [{ channel: 0, weight: 1 }, { channel: 1, weight: -1 }]);
}
