/**
 * Speed of codec 2, by the kernel and by the reference, on one-second chunks of 23 channels at 256 Hz.
 *
 * Expectation, decoding: a symbol takes about 20 instructions (a vector of four takes 80), a channel
 * 16 + 12 · q + 6 pairs of taps in vectors of four channels, and the chain from one channel of a time to
 * the next about 12 cycles of latency, which the sums of the next block hide. So 25 cycles a sample, 110
 * million samples a second at 2.8 GHz. A chunk is 5,888 samples: divide by the time an iteration takes.
 *
 * Run: `deno bench -A core/codec/kernel/kernel_bench.ts`, or `deno run -A` it with files to measure real
 * recordings: EDF, one set learnt on all of the file; it prints the best of many rounds.
 *
 * @module
 */

import { readWholeEdf } from "../../testing/read_edf.ts";
import { eegChunk, prng } from "../../testing/mod.ts";
import type { SampleShape } from "../codec.ts";
import { autocorrelate, fadeEnds } from "../autocorrelation.ts";
import { decodeByReference, encodeByReference } from "../cross_channel_reference.ts";
import { CrossStatistics } from "../learning/cross_statistics.ts";
import { solveSharedFilters } from "../learning/shared_filters.ts";
import { solveSet } from "../learning/solve_set.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { decodeWithKernel } from "./decode_with_kernel.ts";
import { encodeWithKernel } from "./encode_with_kernel.ts";

const ORDER = 32;

interface Workload {
  readonly shape: SampleShape;
  readonly set: ParameterSet;
  readonly chunks: readonly Int32Array[];
  readonly payloads: readonly Uint8Array[];
}

/** A set learnt from all chunks, and the chunks under it. */
function workload(chunks: readonly Int32Array[], shape: SampleShape, lags: number): Workload {
  const { channelCount, sampleCount } = shape;
  const sums = new Float64Array(ORDER + 1);
  for (const chunk of chunks) {
    const one = new Float64Array(ORDER + 1);
    for (let c = 0; c < channelCount; c++) {
      const values = chunk.subarray(c * sampleCount, (c + 1) * sampleCount);
      autocorrelate(fadeEnds(Float64Array.from(values, (value) => value - values[0]!)), one);
      one.forEach((value, lag) => sums[lag] = sums[lag]! + value);
    }
  }
  const { filters } = solveSharedFilters([sums], { order: ORDER, filterCount: 1 });
  const statistics = new CrossStatistics({
    filters,
    channels: Array.from(
      { length: channelCount },
      (_, channel) => ({ channel, filter: 0, rightShift: 0, lowBits: 0 }),
    ),
    fractionBits: 2,
    groupSize: channelCount,
    lags,
  });
  for (const chunk of chunks) statistics.observe(chunk, sampleCount);
  const solved = solveSet(statistics, {
    channelCount,
    horizon: 60 * sampleCount,
    newShare: 0.5,
    lagsTried: [lags],
  });
  if (solved === undefined) throw new Error("Cannot solve: no set");
  const { set } = solved;
  const payloads = chunks.map((chunk) => encodeByReference(chunk, shape, set).payload);
  return { shape, set, chunks, payloads };
}

function synthetic(): Workload {
  const random = prng(2077);
  const shape = { kind: "int32", channelCount: 23, sampleCount: 256 } as const;
  const chunks = Array.from({ length: 16 }, () => eegChunk(random, { ...shape, amplitude: 60 }));
  return workload(chunks, shape, 2);
}

async function ofFile(path: string, lags: number): Promise<Workload> {
  const { file, samples } = await readWholeEdf(await Deno.readFile(path));
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  const perRecord = ordinary[0]!.samplesPerRecord;
  const seconds = Number(file.header.recordDuration.numerator) /
    Number(file.header.recordDuration.denominator);
  const sampleCount = Math.round(perRecord / seconds);
  const channels = samples.filter((_, i) => ordinary[i]!.samplesPerRecord === perRecord);
  const shape = { kind: "int32", channelCount: channels.length, sampleCount } as const;
  const count = Math.min(100, Math.floor(channels[0]!.length / sampleCount));
  const chunks = Array.from({ length: count }, (_, second) => {
    const chunk = new Int32Array(channels.length * sampleCount);
    channels.forEach((channel, i) =>
      chunk.set(channel.subarray(second * sampleCount, (second + 1) * sampleCount), i * sampleCount)
    );
    return chunk;
  });
  return workload(chunks, shape, lags);
}

/** Million samples a second, the best of many rounds: other work on the machine only ever slows one. */
function bestSpeed(load: Workload, rounds: number, run: (index: number) => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < load.chunks.length; i++) run(i);
    best = Math.min(best, performance.now() - start);
  }
  const { channelCount, sampleCount } = load.shape;
  return load.chunks.length * channelCount * sampleCount / best / 1000;
}

if (import.meta.main) {
  for (const path of Deno.args) {
    for (const lags of [1, 2, 3]) {
      const load = await ofFile(path, lags);
      const { shape, set, chunks, payloads } = load;
      const bytes = payloads.reduce((sum, payload) => sum + payload.byteLength, 0);
      const bits = 8 * bytes / (chunks.length * chunks[0]!.length);
      const speeds = {
        decode: bestSpeed(load, 60, (i) => void decodeWithKernel(payloads[i]!, shape, set)),
        encode: bestSpeed(load, 30, (i) => void encodeWithKernel(chunks[i]!, shape, set)),
        "reference decode": bestSpeed(
          load,
          4,
          (i) => void decodeByReference(payloads[i]!, shape, set),
        ),
        "reference encode": bestSpeed(
          load,
          4,
          (i) => void encodeByReference(chunks[i]!, shape, set),
        ),
      };
      const text = Object.entries(speeds).map(([name, speed]) => `${name} ${speed.toFixed(1)}`);
      // deno-lint-ignore no-console
      console.log(
        `${path.split("/").at(-1)}: ${shape.channelCount} channels, q ${lags}, ` +
          `${bits.toFixed(3)} bits; million samples/s: ${text.join(", ")}`,
      );
    }
  }
} else {
  const { shape, set, chunks, payloads } = synthetic();
  let next = 0;
  Deno.bench("kernel decode", { group: "decode", baseline: true }, () => {
    decodeWithKernel(payloads[next++ % payloads.length]!, shape, set);
  });
  Deno.bench("reference decode", { group: "decode" }, () => {
    decodeByReference(payloads[next++ % payloads.length]!, shape, set);
  });
  Deno.bench("kernel encode", { group: "encode", baseline: true }, () => {
    encodeWithKernel(chunks[next++ % chunks.length]!, shape, set);
  });
  Deno.bench("reference encode", { group: "encode" }, () => {
    encodeByReference(chunks[next++ % chunks.length]!, shape, set);
  });
}
