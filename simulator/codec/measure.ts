/**
 * How small and how fast: every chunk of a file coded in several ways, decoded again and compared.
 *
 * Sizes are counted in the first pass and every chunk of it is compared sample by sample. A short file is
 * gone through again until the clock has something to say; the speed is that of the fastest pass, so that
 * it is neither the compiler's nor a neighbour's.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  codecByName,
  type CodecName,
  type EncodedPayload,
  type ParameterSet,
  readParameterSet,
  type Samples,
  type SampleShape,
  type StreamEncoder,
} from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { secondsOfSample, toNumber } from "@wavekeep/core/time";
import type { PlacedChunk } from "./chunk_blocks.ts";
import type { Coding } from "./coding.ts";

/** What is measured: streams, and their chunks as often as they are asked for. */
export interface MeasuredSource {
  readonly streams: readonly StreamDescriptor[];
  blocks(): AsyncIterable<readonly PlacedChunk[]>;
}

/** What one way of coding made of a file. */
export interface Tally {
  readonly coding: string;
  /** All channels together. */
  readonly sampleCount: number;
  readonly chunkCount: number;
  /** Chunks by codec. */
  readonly chunkCounts: ReadonlyMap<CodecName, number>;
  /** Payloads, coding headers in them. */
  readonly payloadBytes: number;
  /** Distinct parameter sets, without the frames of their records. */
  readonly parameterSetBytes: number;
  readonly parameterSetCount: number;
  /** Learning included. */
  readonly encodeSamplesPerSecond: number;
  /** From payload to samples; a digest is checked on top of it. */
  readonly decodeSamplesPerSecond: number;
}

export interface MeasureOptions {
  readonly codings: readonly Coding[];
  /** Goes through the file again until coding and decoding took this long together. */
  readonly timedMsMin?: number;
  readonly passesMax?: number;
  /** Seconds of signal and samples done, in the first pass. */
  readonly onProgress?: (done: { doneSeconds: number; sampleCount: number }) => void;
  readonly signal?: AbortSignal;
}

const TIMED_MS_MIN = 1_500;
const PASSES_MAX = 12;

/**
 * Measures every coding on the same chunks.
 *
 * @returns One tally for each coding, in their order.
 * @throws {Error} A chunk does not decode to what was encoded.
 */
export async function measure(source: MeasuredSource, options: MeasureOptions): Promise<Tally[]> {
  const { codings, signal } = options;
  const runs = codings.map((coding) => new Run(coding, source.streams));
  const passesMax = options.passesMax ?? PASSES_MAX;
  let timedMs = 0;
  for (let pass = 0; pass < passesMax; pass++) {
    for (const run of runs) run.beginPass();
    let sampleCount = 0;
    let doneSeconds = 0;
    for await (const block of source.blocks()) {
      for (const run of runs) {
        signal?.throwIfAborted();
        run.codeBlock(block);
      }
      for (const { chunk } of block) sampleCount += chunk.samples.length;
      doneSeconds += blockSeconds(source.streams, block);
      if (pass === 0) options.onProgress?.({ doneSeconds, sampleCount });
      // The event loop turns, or Ctrl-C would wait for the end of the file.
      await new Promise((resolve) => setTimeout(resolve));
    }
    for (const run of runs) timedMs += run.endPass();
    if (sampleCount === 0 || timedMs >= (options.timedMsMin ?? TIMED_MS_MIN)) break;
  }
  return runs.map((run) => run.tally());
}

/** Signal in a block: of the stream that has most of it. */
function blockSeconds(
  streams: readonly StreamDescriptor[],
  block: readonly PlacedChunk[],
): number {
  const counts = streams.map(() => 0);
  for (const { chunk } of block) counts[chunk.stream]! += chunk.sampleCount;
  return Math.max(
    ...streams.map(({ rate }, stream) => toNumber(secondsOfSample(rate, counts[stream]!))),
  );
}

/** One coding on its way through a file. */
class Run {
  readonly #coding: Coding;
  readonly #streams: readonly StreamDescriptor[];
  readonly #chunkCounts = new Map<CodecName, number>();
  #encoders: StreamEncoder[] = [];
  /** By digest: sets as a reader gets them, out of their bytes. */
  #sets = new Map<string, ParameterSet>();
  #known = new Map<ParameterSet, ParameterSet>();
  #pass = -1;
  #sampleCount = 0;
  #chunkCount = 0;
  #payloadBytes = 0;
  #encodeMs = 0;
  #decodeMs = 0;
  #encodeMsBest = Infinity;
  #decodeMsBest = Infinity;

  constructor(coding: Coding, streams: readonly StreamDescriptor[]) {
    this.#coding = coding;
    this.#streams = streams;
  }

  beginPass(): void {
    this.#pass++;
    this.#encodeMs = 0;
    this.#decodeMs = 0;
    this.#known = new Map();
    this.#encoders = this.#streams.map(({ kind, channels }) =>
      this.#coding.create({ kind, channelCount: channels.length })
    );
  }

  codeBlock(block: readonly PlacedChunk[]): void {
    const encodeStart = performance.now();
    if (this.#coding.looksAhead) {
      for (const { chunk } of block) {
        this.#encoders[chunk.stream]!.lookAhead(chunk.samples, chunk.sampleCount);
      }
    }
    const encoded = block.map(({ chunk }) =>
      this.#encoders[chunk.stream]!.encode(chunk.samples, chunk.sampleCount)
    );
    this.#encodeMs += performance.now() - encodeStart;

    const jobs = encoded.map((one, i) => ({
      codec: codecByName(one.codec),
      payload: one.payload,
      set: this.#setOf(one),
      shape: this.#shapeOf(block[i]!),
    }));
    const decodeStart = performance.now();
    const decoded = jobs.map(({ codec, payload, shape, set }) => codec.decode(payload, shape, set));
    this.#decodeMs += performance.now() - decodeStart;
    if (this.#pass === 0) this.#count(block, encoded, decoded);
  }

  /** Returns the milliseconds that this pass was timed for. */
  endPass(): number {
    this.#encodeMsBest = Math.min(this.#encodeMsBest, this.#encodeMs);
    this.#decodeMsBest = Math.min(this.#decodeMsBest, this.#decodeMs);
    return this.#encodeMs + this.#decodeMs;
  }

  tally(): Tally {
    const perSecond = (ms: number) => this.#sampleCount / Math.max(ms, 1e-3) * 1000;
    let parameterSetBytes = 0;
    for (const { bytes } of this.#sets.values()) parameterSetBytes += bytes.byteLength;
    return {
      coding: this.#coding.name,
      sampleCount: this.#sampleCount,
      chunkCount: this.#chunkCount,
      chunkCounts: this.#chunkCounts,
      payloadBytes: this.#payloadBytes,
      parameterSetBytes,
      parameterSetCount: this.#sets.size,
      encodeSamplesPerSecond: perSecond(this.#encodeMsBest),
      decodeSamplesPerSecond: perSecond(this.#decodeMsBest),
    };
  }

  #shapeOf({ chunk }: PlacedChunk): SampleShape {
    const { kind, channels } = this.#streams[chunk.stream]!;
    return { kind, channelCount: channels.length, sampleCount: chunk.sampleCount };
  }

  /** Read once for each set and not once a chunk, as readers do. */
  #setOf({ parameterSet }: EncodedPayload): ParameterSet | undefined {
    if (parameterSet === null) return undefined;
    const known = this.#known.get(parameterSet);
    if (known !== undefined) return known;
    const digest = formatHex(nodeSha256(parameterSet.bytes));
    let set = this.#sets.get(digest);
    if (set === undefined) {
      set = readParameterSet(parameterSet.bytes.slice());
      this.#sets.set(digest, set);
    }
    this.#known.set(parameterSet, set);
    return set;
  }

  #count(
    block: readonly PlacedChunk[],
    encoded: readonly EncodedPayload[],
    decoded: readonly Samples[],
  ): void {
    for (const [i, { chunk }] of block.entries()) {
      const { codec, payload } = encoded[i]!;
      if (!isSame(decoded[i]!, chunk.samples)) {
        throw new Error(
          `Cannot code chunk ${chunk.sequence} of stream ${chunk.stream}: ${codec} gives other ` +
            `samples back`,
        );
      }
      this.#chunkCounts.set(codec, (this.#chunkCounts.get(codec) ?? 0) + 1);
      this.#chunkCount++;
      this.#payloadBytes += payload.byteLength;
      this.#sampleCount += chunk.samples.length;
    }
  }
}

function isSame(found: Samples, wanted: Int32Array): boolean {
  if (!(found instanceof Int32Array) || found.length !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (found[i] !== wanted[i]) return false;
  return true;
}
