/**
 * Every bit of a chunk of 16 KiB as it lies on the disk, flipped one at a time: the seal never opens.
 *
 * The first depth of `flip_every_bit_test.ts`, in a file of its own so that both run beside each other.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { chunkPlace, randomKey, seal, unsealAside } from "../crypto/mod.ts";
import { isCoreError } from "../error.ts";
import { FULL_CHUNK } from "./full_chunk.ts";

/** Opened beside each other, as query and scrub do. */
const AT_ONCE = 64;

Deno.test("every bit of a sealed chunk, flipped alone: the seal does not open", async () => {
  const key = randomKey();
  const place = chunkPlace({
    siteId: 1,
    recordingId: "019a0000-0000-7000-8000-000000000000",
    segmentNumber: 0,
    stream: 3,
    sequence: 41,
  });
  const sealed = seal(key, place, FULL_CHUNK.bytes);
  deepStrictEqual(await unsealAside(key, place, sealed), FULL_CHUNK.bytes);
  const opens = async (bit: number) => {
    const damaged = sealed.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    try {
      await unsealAside(key, place, damaged);
      return true;
    } catch (error) {
      if (!isCoreError(error, "CorruptInputError")) throw error;
      return false;
    }
  };
  // Stacks of a hundred thousand errors cost more than what they are about.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  let refused = 0;
  try {
    for (let first = 0; first < 8 * sealed.byteLength; first += AT_ONCE) {
      const bits = Array.from({ length: AT_ONCE }, (_, index) => first + index);
      for (const isOpen of await Promise.all(bits.map(opens))) if (!isOpen) refused++;
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  strictEqual(refused, 8 * (16_384 + 28));
});
