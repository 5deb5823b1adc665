import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { summariseChunk } from "@wavekeep/core/summary";
import { PendingChunks } from "./pending_chunks.ts";

Deno.test("PendingChunks gives back what it took, wide values, counts and NaN included", () => {
  for (
    const [kind, chunks] of [
      ["int32", [Int32Array.of(1, 2), Int32Array.of(-40_000, 9), new Int32Array(128).fill(5)]],
      ["binary32", [Float32Array.of(0.1, NaN), Float32Array.of(NaN, Infinity)]],
      ["binary64", [Float64Array.of(0.1, -0), Float64Array.of(1e300, 2)]],
    ] as const
  ) {
    const pending = new PendingChunks({ kind, channelCount: 2 });
    const summaries = Array.from({ length: 50 }, (_, i) => ({
      sequence: i * 7,
      summary: summariseChunk(chunks[i % chunks.length]!, 2),
    }));
    for (const { sequence, summary } of summaries) pending.push(sequence, summary);
    // One after the other: their numbers lie in the same array.
    let place = 0;
    for (const found of pending.summaries()) deepStrictEqual(found, summaries[place++]);
    strictEqual(place, 50);
    const blocks = pending.toBlocks();
    strictEqual(blocks.reduce((sum, { chunkCount }) => sum + chunkCount, 0), 50);
  }
});

Deno.test("a block of 2,000 streams with 23 channels fits in 15 MB", () => {
  const summary = summariseChunk(Int32Array.from({ length: 23 * 256 }, (_, i) => i % 4000), 23);
  const pending = new PendingChunks({ kind: "int32", channelCount: 23 });
  for (let sequence = 0; sequence < 64; sequence++) pending.push(sequence, summary);
  ok(pending.byteLength * 2_000 < 15e6, `${pending.byteLength} bytes a stream`);
});
