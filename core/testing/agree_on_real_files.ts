/**
 * Every chunk of every real recording through the stream's encoder, the product's decoder and the decoder
 * written from FORMAT.md: all three must tell the same samples.
 *
 * In the tests a few chunks of each file; as a script, `deno task agree`, all of them.
 * Exit codes: 0 all agree, 1 they do not, 2 usage.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { SingleBar } from "cli-progress";
import { formatHex, littleEndianBytes } from "../bytes/mod.ts";
import { decodeChunk, encodeChunk, parameterSetDigest } from "../chunk/mod.ts";
import {
  createStreamEncoder,
  type ParameterSet,
  predictive,
  readParameterSet,
} from "../codec/mod.ts";
import { decodeFromFormat } from "./decode_from_format.ts";
import { GOLDEN_CHUNKS, sha256 } from "./golden_chunks.ts";
import { realFiles, type RealStream, realStreams } from "./real_streams.ts";

const USAGE = `Usage: deno task agree [TEXT]…

Encodes every chunk of the real recordings at ../shared/data or WAVEKEEP_SHARED_DATA (or those whose path
holds one of the texts), decodes them with both decoders and compares. Takes minutes: the second decoder
is slow on purpose.

Exit codes: 0 all agree, 1 they do not, 2 usage.
`;

/** What a stream came to. */
export interface Agreement {
  readonly chunkCount: number;
  /** Chunks of codec 2. */
  readonly crossChannelCount: number;
  /** Chunks that the second decoder has read too. */
  readonly comparedCount: number;
  readonly setCount: number;
  readonly sampleCount: number;
  /** Payloads, and each set once with its record's frame. */
  readonly byteLength: number;
  /** The sets alone, and the largest of them. */
  readonly setBytes: number;
  readonly largestSetBytes: number;
  /** Payloads of the same chunks by codec 1. */
  readonly predictiveByteLength: number;
}

/**
 * Encodes a stream chunk after chunk and compares what both decoders say.
 *
 * @param options.chunkCount Chunks to encode, from the first on; all unless told.
 * @param options.isCompared Whether the second decoder reads this chunk.
 * @throws What differs.
 */
export function checkStreamAgreement(
  { channelCount, chunks }: RealStream,
  options: {
    chunkCount?: number;
    looksAhead?: boolean;
    isCompared: (index: number) => boolean;
    onChunk?: () => void;
  },
): Agreement {
  const encoder = createStreamEncoder({ channelCount, kind: "int32" });
  const used = chunks.slice(0, options.chunkCount);
  if (options.looksAhead === true) {
    for (const samples of used) encoder.lookAhead(samples, samples.length / channelCount);
  }
  const sets = new Map<string, ParameterSet>();
  const tally = {
    crossChannelCount: 0,
    comparedCount: 0,
    byteLength: 0,
    setBytes: 0,
    largestSetBytes: 0,
    sampleCount: 0,
  };
  let predictiveByteLength = 0;
  for (const [sequence, samples] of used.entries()) {
    const sampleCount = samples.length / channelCount;
    const encoded = encoder.encode(samples, sampleCount);
    if (encoded.parameterSet !== null) {
      const { bytes } = encoded.parameterSet;
      const digest = formatHex(parameterSetDigest(bytes, sha256));
      if (!sets.has(digest)) {
        sets.set(digest, readParameterSet(bytes));
        tally.byteLength += bytes.byteLength + 16;
        tally.setBytes += bytes.byteLength + 16;
        tally.largestSetBytes = Math.max(tally.largestSetBytes, bytes.byteLength + 16);
      }
      tally.crossChannelCount++;
    }
    const fields = { ...GOLDEN_CHUNKS[0]!.input, channelCount, sampleCount, samples, sequence };
    const { bytes } = encodeChunk({ ...fields, encoded }, sha256);
    const parameterSet = (digest: Uint8Array) => sets.get(formatHex(digest));
    deepStrictEqual(decodeChunk(bytes, { sha256, parameterSet }).samples, samples);
    if (options.isCompared(sequence)) {
      const plain = decodeFromFormat(bytes, (digest) => sets.get(digest)?.bytes);
      ok(equalsBits(samples, plain.sampleBits), `chunk ${sequence}: the second decoder differs`);
      tally.comparedCount++;
    }
    tally.sampleCount += samples.length;
    tally.byteLength += encoded.payload.byteLength;
    predictiveByteLength +=
      predictive.encode(samples, { kind: "int32", channelCount, sampleCount }).byteLength;
    options.onChunk?.();
  }
  return { chunkCount: used.length, setCount: sets.size, predictiveByteLength, ...tally };
}

function equalsBits(samples: Int32Array, bits: readonly bigint[]): boolean {
  if (littleEndianBytes(samples).byteLength !== 4 * bits.length) return false;
  return samples.every((sample, i) => BigInt.asUintN(32, BigInt(sample)) === bits[i]);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await print(USAGE);
    return 0;
  }
  if (args.some((arg) => arg.startsWith("-"))) {
    await Deno.stderr.write(new TextEncoder().encode(USAGE));
    return 2;
  }
  const paths = (await realFiles()).filter((path) =>
    args.length === 0 || args.some((text) => path.includes(text))
  );
  const isTerminal = Deno.stderr.isTerminal();
  let failed = 0;
  for (const path of paths) {
    for (const stream of await realStreams(path)) {
      const bar = new SingleBar({ format: `${stream.name} [{bar}] {eta} s left`, barsize: 24 });
      if (isTerminal) bar.start(stream.chunks.length, 0);
      const startedAt = performance.now();
      let line: string;
      try {
        const agreement = checkStreamAgreement(stream, {
          isCompared: () => true,
          onChunk: () => isTerminal && bar.increment(),
        });
        const ms = performance.now() - startedAt;
        line = describe(stream, agreement, ms);
      } catch (err) {
        failed++;
        line = `${stream.name}: ${err instanceof Error ? err.stack : err}`;
      }
      if (isTerminal) bar.stop();
      await print(`${line}\n`);
    }
  }
  await print(`${paths.length} files, ${failed} streams differ\n`);
  return failed === 0 && paths.length > 0 ? 0 : 1;
}

function describe({ name, channelCount }: RealStream, agreement: Agreement, ms: number): string {
  const { chunkCount, crossChannelCount, comparedCount, setCount, sampleCount } = agreement;
  const bits = (byteLength: number) => (8 * byteLength / sampleCount).toFixed(3);
  return `${name}: ${channelCount} channels, ${chunkCount} chunks (${crossChannelCount} of codec 2, ` +
    `${setCount} sets), ${comparedCount} compared, ${bits(agreement.byteLength)} bits a sample ` +
    `(codec 1 ${bits(agreement.predictiveByteLength)}), ${(ms / 1000).toFixed(1)} s`;
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
