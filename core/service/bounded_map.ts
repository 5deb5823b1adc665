/**
 * Layer 6. What is remembered so that it need not be asked again, and may be forgotten at any time.
 *
 * Sole owner of forgetting. What a map remembers of callers grows with them, and a service runs for months; so
 * whatever is remembered by something that comes from outside (a token, an id, an address, a patient) has a
 * number that it never exceeds.
 *
 * @module
 */

/**
 * A Map of at most so many: beyond that, what was set longest ago is forgotten. Setting what is there counts.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { BoundedMap } from "@wavekeep/core/service";
 *
 * const known = new BoundedMap<string, number>(2);
 * known.set("a", 1).set("b", 2).set("a", 3).set("c", 4);
 * deepStrictEqual([...known], [["a", 3], ["c", 4]]);
 * ```
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    super();
    this.#sizeMax = sizeMax;
  }

  override set(key: Key, value: Value): this {
    // A Map keeps the order of insertion: what is put back is the last one to go.
    this.delete(key);
    if (this.size >= this.#sizeMax) this.delete(this.keys().next().value!);
    return super.set(key, value);
  }
}
