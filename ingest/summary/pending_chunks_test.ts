import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { SampleKind, Samples } from "@wavekeep/core/chunk";
import { summariseChunk } from "@wavekeep/core/summary";
import { PAGE_BYTES, PagePool } from "./page_pool.ts";
import { PendingChunks } from "./pending_chunks.ts";

const CHUNKS: readonly (readonly [SampleKind, readonly Samples[]])[] = [
  ["int32", [Int32Array.of(1, 2), Int32Array.of(-40_000, 9), new Int32Array(128).fill(5)]],
  ["binary32", [Float32Array.of(0.1, NaN), Float32Array.of(NaN, Infinity)]],
  ["binary64", [Float64Array.of(0.1, -0), Float64Array.of(1e300, 2)]],
];

/** Fifty summaries of two channels, every seventh second. */
function someSummaries(chunks: readonly Samples[]) {
  return Array.from({ length: 50 }, (_, i) => ({
    sequence: i * 7,
    summary: summariseChunk(chunks[i % chunks.length]!, 2),
  }));
}

function checkHolds(pending: PendingChunks, summaries: ReturnType<typeof someSummaries>): void {
  // One after the other: their numbers lie in the same array.
  let place = 0;
  for (const found of pending.summaries()) deepStrictEqual(found, summaries[place++]);
  strictEqual(place, summaries.length);
  strictEqual(pending.count, summaries.length);
}

Deno.test("PendingChunks gives back what it took, wide values, counts and NaN included", () => {
  for (const [kind, chunks] of CHUNKS) {
    for (const pool of [undefined, new PagePool()]) {
      const pending = new PendingChunks({ kind, channelCount: 2 }, pool);
      const summaries = someSummaries(chunks);
      for (const { sequence, summary } of summaries) pending.push(sequence, summary);
      checkHolds(pending, summaries);
      const blocks = pending.toBlocks();
      strictEqual(blocks.reduce((sum, { chunkCount }) => sum + chunkCount, 0), 50);
    }
  }
});

Deno.test("what is taken out stays what it was, and its pages are for others", () => {
  for (const [kind, chunks] of CHUNKS) {
    const pool = new PagePool();
    const pending = new PendingChunks({ kind, channelCount: 2 }, pool);
    const summaries = someSummaries(chunks);
    for (const { sequence, summary } of summaries) pending.push(sequence, summary);
    const before = pending.takeBefore(20 * 7);
    const rest = pending.takeAll();
    strictEqual(pending.count, 0);
    // Somebody else takes every page that there is, and writes over it.
    const held = pool.byteLength;
    for (let n = 0; n < held / PAGE_BYTES; n++) pool.int32(pool.take()).fill(-1);
    strictEqual(pool.byteLength, held, "a page was not given back");
    checkHolds(before, summaries.slice(0, 20));
    checkHolds(rest, summaries.slice(20));
  }
});

Deno.test("a stream of more channels than a page has room for has memory of its own", () => {
  const pool = new PagePool();
  const pending = new PendingChunks({ kind: "int32", channelCount: 600 }, pool);
  const summary = summariseChunk(Int32Array.from({ length: 600 * 4 }, (_, i) => i % 300), 600);
  for (let sequence = 0; sequence < 40; sequence++) pending.push(sequence, summary);
  strictEqual(pool.byteLength, 0);
  deepStrictEqual([...pending.summaries()].map(({ sequence }) => sequence), [...Array(40).keys()]);
});

/** Bytes of a stream with a block of 23 channels. */
function blockBytes(pool: PagePool | undefined): number {
  const summary = summariseChunk(Int32Array.from({ length: 23 * 256 }, (_, i) => i % 4000), 23);
  const pending = new PendingChunks({ kind: "int32", channelCount: 23 }, pool);
  for (let sequence = 0; sequence < 64; sequence++) pending.push(sequence, summary);
  return pending.byteLength;
}

Deno.test("a block of 2,000 streams with 23 channels fits in 15 MB, in pages in 18", () => {
  ok(blockBytes(undefined) * 2_000 < 15e6, `${blockBytes(undefined)} bytes a stream`);
  const pool = new PagePool();
  const bytes = blockBytes(pool);
  ok(bytes * 2_000 < 18e6, `${bytes} bytes a stream`);
  for (let stream = 1; stream < 2_000; stream++) strictEqual(blockBytes(pool), bytes);
  ok(pool.byteLength < 18e6, `${pool.byteLength} bytes of pages`);
});
