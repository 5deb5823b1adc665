import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { isCoreError } from "../error.ts";
import type { SampleKind } from "../recording/mod.ts";
import { properPrefixes } from "../testing/corrupt.ts";
import { prng } from "../testing/prng.ts";
import { blockSequences, bucketSequences, LEVEL_MAX, LEVELS } from "./levels.ts";
import { mergePending, touchedBlocks } from "./merge_pending.ts";
import { type ChunkSummary, summariseChunk } from "./summarise_chunk.ts";
import { SummaryBlock } from "./summary_block.ts";

const KINDS: readonly SampleKind[] = ["int32", "binary32", "binary64"];

/** Samples of one chunk: small, large, flat, or with what is not finite, as the seed has it. */
function chunkOf(kind: SampleKind, channelCount: number, seed: number): ChunkSummary {
  const random = prng(seed);
  const sampleCount = random.pick([1, 13, 64, 100]);
  const scale = random.pick([100, 100, 100, 2 ** 20]);
  const values = Array.from({ length: channelCount * sampleCount }, (_, i) => {
    if (Math.floor(i / sampleCount) % 3 === 1 && seed % 5 === 0) return 32767;
    if (kind === "int32") return Math.round(random.gaussian() * scale);
    return random.below(9) === 0 ? random.pick([NaN, Infinity, -0]) : random.gaussian() * scale;
  });
  if (kind === "binary64" && seed % 7 === 0) values.fill(NaN);
  return summariseChunk(
    kind === "int32"
      ? Int32Array.from(values)
      : kind === "binary32"
      ? Float32Array.from(values)
      : Float64Array.from(values),
    channelCount,
  );
}

/** What a stretch of chunks comes down to, by the words of FORMAT.md. */
function bruteForce(chunks: readonly ChunkSummary[], channel: number) {
  const row = (at: number) =>
    chunks.map(({ channelCount, values }) => values[at * channelCount + channel]!);
  const finite = (values: number[]) => values.filter((value) => !Number.isNaN(value));
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const least = finite(row(0));
  return {
    least: least.length === 0 ? NaN : Math.min(...least),
    greatest: least.length === 0 ? NaN : Math.max(...finite(row(1))),
    railed: sum(row(2)),
    notFinite: sum(row(3)),
  };
}

function bucketOf(block: SummaryBlock, bucket: number, channel: number) {
  const at = channel * 64 + bucket;
  return {
    least: block.least[at]!,
    greatest: block.greatest[at]!,
    railed: block.railed?.[at] ?? 0,
    notFinite: block.notFinite?.[at] ?? 0,
  };
}

const stream = fc.record({
  kind: fc.constantFrom(...KINDS),
  channelCount: fc.integer({ min: 1, max: 9 }),
});

/** Arrivals: groups of sequences, near and far, repeated and in any order. */
const arrivals = fc.array(
  fc.array(
    fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: blockSequences(2) })),
    { minLength: 1, maxLength: 40 },
  ),
  { minLength: 1, maxLength: 12 },
);

Deno.test("levels by blocks are levels by brute force, whatever arrives when and how often", () => {
  fc.assert(
    fc.property(stream, arrivals, fc.nat(), (stream, groups, seed) => {
      const rows = new Map<string, Uint8Array>();
      const chunks = new Map<number, ChunkSummary>();
      for (const group of groups) {
        const pending = new Map<number, SummaryBlock>();
        for (const sequence of group) {
          const chunk = chunkOf(stream.kind, stream.channelCount, seed + sequence);
          chunks.set(sequence, chunk);
          const block = Math.floor(sequence / 64);
          const open = pending.get(block) ?? new SummaryBlock({ level: 0, block }, stream);
          pending.set(block, open);
          open.addChunk(sequence, chunk);
        }
        const stored = touchedBlocks(pending.values())
          .map(({ level, block }) => rows.get(`${level}/${block}`))
          .filter((bytes) => bytes !== undefined)
          .map(SummaryBlock.decode);
        for (const block of mergePending(stored, [...pending.values()], stream)) {
          rows.set(`${block.level}/${block.block}`, block.encode());
        }
      }
      for (const level of LEVELS) {
        const expected = new Map<number, ChunkSummary[]>();
        for (const [sequence, chunk] of chunks) {
          const bucket = Math.floor(sequence / bucketSequences(level));
          expected.set(bucket, [...expected.get(bucket) ?? [], chunk]);
        }
        for (const [bucket, own] of expected) {
          const block = SummaryBlock.decode(rows.get(`${level}/${Math.floor(bucket / 64)}`)!);
          strictEqual(block.counts[bucket % 64], own.length);
          for (let channel = 0; channel < stream.channelCount; channel++) {
            deepStrictEqual(bucketOf(block, bucket % 64, channel), bruteForce(own, channel));
          }
        }
        const total = [...rows].filter(([name]) => name.startsWith(`${level}/`))
          .reduce((sum, [, bytes]) => sum + SummaryBlock.decode(bytes).chunkCount, 0);
        strictEqual(total, chunks.size, "nothing is there twice, and nothing else is there");
      }
    }),
    { numRuns: 60 },
  );
});

function exampleBlock(kind: SampleKind, sequences: readonly number[], level = 0): SummaryBlock {
  const pending = new SummaryBlock({ level: 0, block: 0 }, { kind, channelCount: 9 });
  for (const sequence of sequences) pending.addChunk(sequence, chunkOf(kind, 9, sequence));
  const blocks = mergePending([], [pending], { kind, channelCount: 9 });
  return blocks.find((block) => block.level === level)!;
}

Deno.test("encode() and decode() are each other's inverse, in as few bytes as the values need", () => {
  for (const kind of KINDS) {
    for (const level of [0, LEVEL_MAX]) {
      const bytes = exampleBlock(kind, [1, 2, 5, 35, 63], level).encode();
      deepStrictEqual(SummaryBlock.decode(bytes).encode(), bytes);
    }
  }
  const narrow = new SummaryBlock({ level: 0, block: 3 }, { kind: "int32", channelCount: 23 });
  narrow.addChunk(192, summariseChunk(new Int32Array(23).fill(-32768), 23));
  strictEqual(narrow.encode().length, 16 + 8 + 2 * 23 * 2);
  const wide = new SummaryBlock({ level: 0, block: 3 }, { kind: "int32", channelCount: 23 });
  wide.addChunk(192, summariseChunk(new Int32Array(23).fill(32768), 23));
  strictEqual(wide.encode().length, 16 + 8 + 2 * 23 * 4);
});

Deno.test("a block is written byte for byte as FORMAT.md says", () => {
  const block = new SummaryBlock({ level: 0, block: 7 }, { kind: "int32", channelCount: 2 });
  block.addChunk(7 * 64 + 1, summariseChunk(Int32Array.of(-2, 5, 300, 256), 2));
  deepStrictEqual(
    block.encode(),
    // deno-fmt-ignore -- a line for each field
    Uint8Array.of(
      0x57, 0x4b, 0x45, 0x31, 1, 1, 1, 0,
      7, 0, 0, 0, 2, 0, 2, 0,
      2, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0xfe, 0xff, 0, 0, 0, 1,
      0, 0, 5, 0, 0, 0, 0x2c, 1,
    ),
  );
});

Deno.test("every prefix of a block fails, and so does a block with more behind it", () => {
  for (const kind of KINDS) {
    const bytes = exampleBlock(kind, [0, 5, 35]).encode();
    for (const prefix of properPrefixes(bytes)) {
      throws(() => SummaryBlock.decode(prefix), { tag: "TruncatedInputError" });
    }
    throws(() => SummaryBlock.decode(Uint8Array.of(...bytes, 0)), { tag: "CorruptInputError" });
  }
});

Deno.test("whatever the bytes, decode() gives a block that encodes, or our own error", () => {
  const random = prng(11);
  let decoded = 0;
  for (let round = 0; round < 3000; round++) {
    const bytes = exampleBlock(random.pick(KINDS), [0, 5, 35], random.pick([0, 1])).encode();
    for (let flips = random.below(4) + 1; flips > 0; flips--) {
      bytes[random.below(random.pick([16, 40, bytes.length]))] = random.below(256);
    }
    try {
      SummaryBlock.decode(bytes).encode();
      decoded++;
    } catch (error) {
      ok(isCoreError(error), String(error));
    }
  }
  ok(decoded > 0 && decoded < 3000);
});
