/**
 * Bench. Whole chunks: bytes a sample, and how fast they are made and read, digests included.
 *
 * The baseline is zstd at its default level over the same samples as 16-bit integers, one second at a
 * time: what a general tool gives without knowing what EEG is. It makes no digest.
 *
 * @module
 */

import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { formatHex } from "@wavekeep/core/bytes";
import { decodeChunk, decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { type Coding, fixedCoding, LIVE_CODING } from "../simulator/codec/coding.ts";
import { eegSignal } from "./eeg_signal.ts";
import { interleave, median } from "./measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "./rows.ts";
import type { RunContext, Suite } from "./suite.ts";
import { chunkEncoder } from "./wavekeep_client.ts";
import { CHUNK_SHAPE, SAMPLES_PER_CHUNK, thousands, type Workload } from "./workloads.ts";

/** Codecs by which the bench codes: two fixed ones, and the one that a live encoder chooses. */
const CODECS = ["raw", "predictive", "auto"] as const;
type CodecName = typeof CODECS[number];

const WHATS = ["size", "encode", "decode"] as const;

/** Rows of every codec. */
export const codecSuite: Suite = {
  name: "codecs",
  plans: (workload) =>
    CODECS.flatMap((codec) => WHATS.map((what) => codecRow(workload, codec, what))),
  run: benchCodecs,
};

function codecRow(workload: Workload, codec: CodecName, what: typeof WHATS[number]): RowPlan {
  const name = `codec ${codec}, ${thousands(workload.codecSeconds)} chunks of ${CHUNK_SHAPE}: `;
  return what === "size"
    ? rowPlan(name + "bytes", "B/sample")
    : rowPlan(name + what, "M samples/s");
}

const CODINGS: Readonly<Record<CodecName, Coding>> = {
  raw: fixedCoding("raw"),
  predictive: fixedCoding("predictive"),
  auto: LIVE_CODING,
};

async function benchCodecs(context: RunContext): Promise<void> {
  const { workload } = context;
  const isWanted = CODECS.map((codec) =>
    WHATS.some((what) => context.isWanted(codecRow(workload, codec, what)))
  );
  const { chunks } = eegSignal(workload.seed + 300, workload.codecSeconds);
  const narrow = chunks.map((chunk) => new Uint8Array(Int16Array.from(chunk).buffer));
  const samples = chunks.length * SAMPLES_PER_CHUNK;
  const options = {
    roundsMin: workload.codecRounds,
    roundsMax: workload.codecRounds,
    budgetMs: 0,
    signal: context.signal,
  };

  for (const [i, codec] of CODECS.entries()) {
    if (!isWanted[i]) continue;
    context.progress.step(codecRow(workload, codec, "size").name);
    let encoded: Uint8Array[][] = [];
    let packed: Uint8Array[] = [];
    const encodeTimes = await interleave([
      {
        name: "ours",
        run() {
          const encode = chunkEncoder(new Uint8Array(16), {
            descriptorDigest: new Uint8Array(32),
            segmentDigest: new Uint8Array(32),
          }, CODINGS[codec]);
          encoded = chunks.map((chunk, sequence) => encode(sequence, chunk));
          return Promise.resolve();
        },
      },
      {
        name: "zstd",
        run() {
          packed = narrow.map((chunk) => new Uint8Array(zstdCompressSync(chunk)));
          return Promise.resolve();
        },
      },
    ], options);
    const decodeTimes = await interleave([
      {
        name: "ours",
        run(round: number) {
          const sets = new Map<string, ParameterSet>();
          const parameterSet = (digest: Uint8Array) => sets.get(formatHex(digest));
          encoded.forEach((records, sequence) => {
            for (const record of records.slice(0, -1)) {
              const set = decodeParameterSetRecord(record);
              sets.set(formatHex(parameterSetDigest(set, nodeSha256)), readParameterSet(set));
            }
            const { samples } = decodeChunk(records.at(-1)!, { sha256: nodeSha256, parameterSet });
            if (round === 0) verifyRoundTrip(codec, samples, chunks[sequence]!);
          });
          return Promise.resolve();
        },
      },
      {
        name: "zstd",
        run() {
          for (const bytes of packed) zstdDecompressSync(bytes);
          return Promise.resolve();
        },
      },
    ], options);

    const bytesPerSample = (list: readonly Uint8Array[]) =>
      list.reduce((sum, bytes) => sum + bytes.byteLength, 0) / samples;
    const speed = (times: readonly number[]) => samples / 1e6 / (median(times) / 1000);
    const measured = {
      size: [bytesPerSample(encoded.flat()), bytesPerSample(packed)],
      encode: [speed(encodeTimes.get("ours")!), speed(encodeTimes.get("zstd")!)],
      decode: [speed(decodeTimes.get("ours")!), speed(decodeTimes.get("zstd")!)],
    } as const;
    for (const what of WHATS) {
      const plan = codecRow(workload, codec, what);
      const [ours, zstd] = measured[what];
      if (context.isWanted(plan)) context.report(measuredRow(plan, ours, zstd));
    }
  }
}

function verifyRoundTrip(codec: string, found: ArrayLike<number>, wanted: Int32Array): void {
  const isSame = found.length === wanted.length && wanted.every((sample, i) => found[i] === sample);
  if (!isSame) throw new Error(`Cannot time codec ${codec}: it gave other samples back`);
}
