/** Coverage by signatures: a rule of its own, stated the other way round, agrees on random streams. @module */

import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type RunChunk, uncoveredBySignature } from "./signed_runs.ts";

const digest = (text: string) =>
  Uint8Array.from({ length: 32 }, (_, i) => text.charCodeAt(i % text.length));

const chunk = (sequence: number, changes: Partial<RunChunk> = {}): RunChunk => ({
  sequence,
  chunkDigest: digest(`${sequence}.`),
  previousDigest: digest(`${sequence - 1}.`),
  isSigned: false,
  ...changes,
});

Deno.test("uncoveredBySignature() asks for every signature under policy chunk, for none under none", () => {
  const chunks = [chunk(0), chunk(1, { isSigned: true }), chunk(2)];
  deepStrictEqual(uncoveredBySignature("chunk", chunks), [0, 2]);
  deepStrictEqual(uncoveredBySignature("none", chunks), []);
  deepStrictEqual(uncoveredBySignature("run", []), []);
});

Deno.test("uncoveredBySignature() lets a signature reach back over whole runs only", () => {
  const signed = { isSigned: true };
  const check = (chunks: RunChunk[], uncovered: number[]) =>
    deepStrictEqual(uncoveredBySignature("run", chunks), uncovered);
  check([chunk(3), chunk(4), chunk(5, signed)], []);
  // Any order.
  check([chunk(5, signed), chunk(3), chunk(4)], []);
  // A hole, a broken link, a link to another chunk, no end.
  check([chunk(3), chunk(5, signed)], [0]);
  check([chunk(3), chunk(4, { previousDigest: digest("other") }), chunk(5, signed)], [0]);
  check([chunk(3), chunk(4, { chunkDigest: digest("changed") }), chunk(5, signed)], [0, 1]);
  check([chunk(3), chunk(4)], [0, 1]);
  // A signed chunk behind a hole covers nothing before it, and needs nothing.
  check([chunk(3, signed), chunk(4), chunk(9, signed)], [1]);
});

Deno.test("uncoveredBySignature() agrees with walking forward from each chunk", () => {
  const stream = fc.array(
    fc.record({
      step: fc.constantFrom(1, 1, 1, 1, 2),
      isSigned: fc.boolean(),
      isLinked: fc.constantFrom(true, true, true, false),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(stream, fc.infiniteStream(fc.nat()), (steps, keys) => {
      let sequence = 0;
      const chunks = steps.map(({ step, isSigned, isLinked }) => {
        sequence += step;
        return chunk(sequence, {
          isSigned,
          ...(isLinked ? {} : { previousDigest: digest("nobody") }),
        });
      });
      const order = chunks.map((_, i) => ({ i, key: keys.next().value! }))
        .sort((a, b) => a.key - b.key).map(({ i }) => i);
      const found = uncoveredBySignature("run", order.map((i) => chunks[i]!)).map((i) => order[i]!);
      deepStrictEqual(
        found.sort((a, b) => a - b),
        chunks.flatMap((_, i) => isCoveredForward(chunks, i) ? [] : [i]),
      );
    }),
    { numRuns: 300 },
  );
});

/** The rule as a verifier reads it: follow the chain to a signature. */
function isCoveredForward(chunks: readonly RunChunk[], from: number): boolean {
  for (let i = from;; i++) {
    if (chunks[i]!.isSigned) return true;
    const next = chunks[i + 1];
    if (next === undefined || next.sequence !== chunks[i]!.sequence + 1) return false;
    if (next.previousDigest.toHex() !== chunks[i]!.chunkDigest.toHex()) return false;
  }
}
