import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { SourceChunk, SourceSegment } from "../device_source.ts";
import { BLOCK_CHUNKS, chunkBlocks, type PlacedChunk } from "./chunk_blocks.ts";

/** A segment of `seconds` chunks in each of two streams. */
function segment(seconds: number): SourceSegment {
  return {
    streams: [{}, {}],
    async *chunks() {
      for (let sequence = 0; sequence < seconds; sequence++) {
        for (const stream of [0, 1]) {
          const samples = new Int32Array(4);
          yield { stream, sequence, firstSample: 4 * sequence, sampleCount: 4, samples };
          await Promise.resolve();
        }
      }
    },
  } as unknown as SourceSegment;
}

const blocksOf = (...segments: SourceSegment[]) => Array.fromAsync(chunkBlocks(segments));

const place = ({ segment, chunk }: PlacedChunk) => [segment, chunk.stream, chunk.sequence];

Deno.test("chunkBlocks() gives every chunk once, in order, in minutes", async () => {
  const blocks = await blocksOf(segment(BLOCK_CHUNKS + 5), segment(3));
  deepStrictEqual(blocks.map((block) => block.length), [2 * BLOCK_CHUNKS, 2 * (5 + 3)]);
  const expected = [BLOCK_CHUNKS + 5, 3].flatMap((seconds, i) =>
    Array.from({ length: 2 * seconds }, (_, k) => [i, k % 2, Math.floor(k / 2)])
  );
  deepStrictEqual(blocks.flat().map(place), expected);
});

Deno.test("chunkBlocks() gives nothing for nothing", async () => {
  deepStrictEqual(await blocksOf(), []);
  deepStrictEqual(await blocksOf(segment(0)), []);
});

Deno.test("chunkBlocks() holds few chunks where they are large", async () => {
  const large: SourceSegment = {
    ...segment(0),
    async *chunks(): AsyncIterable<SourceChunk> {
      const samples = new Int32Array(9 * 1024 * 1024);
      for (let sequence = 0; sequence < 3; sequence++) {
        yield { stream: 0, sequence, firstSample: 0, sampleCount: samples.length, samples };
        await Promise.resolve();
      }
    },
  };
  const blocks = await blocksOf(large);
  strictEqual(blocks.length, 3);
  ok(blocks.every((block) => block.length === 1));
});
