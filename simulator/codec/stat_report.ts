/**
 * What `codec stat` says of a file: the JSON, one object a file.
 *
 * Sole owner of the counting rule: `bits_per_sample` counts payloads, the coding headers in them, and the
 * parameter sets, each once. The frame of a chunk (164 bytes: place, times, digests, checksum) is the same
 * for every codec and is counted beside it; `encoded_bytes` is all of it, what a reader needs.
 *
 * @module
 */

import { basename } from "node:path";
import { formatRate, rateHz } from "@wavekeep/core/time";
import * as z from "zod";
import type { EdfInput } from "../edf_source.ts";
import { CHUNK_DIGEST_BYTES, CHUNK_FRAME_BYTES, PARAMETER_SET_FRAME_BYTES } from "./frame_bytes.ts";
import type { Tally } from "./measure.ts";

const count = z.int().nonnegative();

const sizes = {
  /** Chunks by codec. */
  codecs: z.record(z.string(), z.int().positive()),
  chunks: count,
  /** Everything a reader needs: the three parts below. */
  "encoded_bytes": count,
  /** Coded samples with their coding headers. */
  "payload_bytes": count,
  /** Records of the distinct parameter sets, 16 bytes of frame each. */
  "parameter_set_bytes": count,
  "parameter_set_count": count,
  /** What stands around the payloads: header and checksum. */
  "frame_bytes": count,
  /** Of the frames: three digests a chunk. */
  "digest_bytes": count,
  /** A signed chunk has 64 more; files are not signed. */
  "signature_bytes": count,
  /** Payloads and parameter sets. */
  "bits_per_sample": z.number().nonnegative(),
  /** Frames without their digests as well. */
  "bits_per_sample_with_headers": z.number().nonnegative(),
  /** All of `encoded_bytes`. */
  "bits_per_sample_with_frames": z.number().nonnegative(),
  /** All channels together, one core, learning included. */
  "encode_samples_per_second": z.number().nonnegative(),
  /** From payload to samples. */
  "decode_samples_per_second": z.number().nonnegative(),
};

const Sizes = z.strictObject(sizes);

/** One file. */
export const FileStat = z.strictObject({
  /** Base name: folders may be named after patients. */
  file: z.string(),
  format: z.string(),
  /** Channels with samples, all streams together; annotation signals are none. */
  channels: count,
  streams: z.array(z.strictObject({
    stream: count,
    channels: count,
    /** Exact: decimal, or a ratio. */
    rate: z.string(),
    "rate_hz": z.number().positive(),
    /** Of one channel. */
    samples: count,
  })),
  /** Stretches without a gap. */
  segments: count,
  "duration_seconds": z.number().nonnegative(),
  /** All channels together. */
  samples: count,
  /** 2 for EDF, 3 for BDF. */
  "raw_bytes_per_sample": z.union([z.literal(2), z.literal(3)]),
  /** `samples` in the width of the file's converter. */
  "raw_bytes": count,
  /** How the numbers below were made: "auto", or one codec for all. */
  coding: z.string(),
  ...sizes,
  /** The same chunks by codec 1, each channel from its own past. */
  "predictive_bits_per_sample": z.number().nonnegative(),
  /** The same of an encoder that cannot look ahead; null where --codec names one that does not learn. */
  live: Sizes.nullable(),
  predictive: Sizes,
  /** Every chunk of every coding was decoded and compared, sample by sample. */
  verified: z.literal(true),
});
export type FileStat = z.infer<typeof FileStat>;

/**
 * Puts tallies under the file they are of.
 *
 * @param tallies.main What was asked for: the file mode of the encoder, or one codec.
 */
export function fileStat(
  input: EdfInput,
  tallies: { coding: string; main: Tally; live: Tally | null; predictive: Tally },
): FileStat {
  const { coding, main, live, predictive } = tallies;
  const { streams, signalIndexes } = input.channels;
  const ordinary = input.file.signals.filter((signal) => !signal.isAnnotation);
  const { bytesPerSample, recordDuration, format } = input.file.header;
  const recordCount = input.runs.reduce((sum, run) => sum + run.recordCount, 0);
  const recordSeconds = Number(recordDuration.numerator) / Number(recordDuration.denominator);
  return {
    file: basename(input.path),
    format,
    channels: streams.reduce((sum, { channels }) => sum + channels.length, 0),
    streams: streams.map(({ stream, channels, rate }) => ({
      stream,
      channels: channels.length,
      rate: formatRate(rate),
      "rate_hz": rateHz(rate),
      samples: recordCount * ordinary[signalIndexes[stream]![0]!]!.samplesPerRecord,
    })),
    segments: input.runs.length,
    "duration_seconds": Number((recordCount * recordSeconds).toFixed(6)),
    samples: main.sampleCount,
    "raw_bytes_per_sample": bytesPerSample,
    "raw_bytes": main.sampleCount * bytesPerSample,
    coding,
    ...sizesOf(main),
    "predictive_bits_per_sample": sizesOf(predictive).bits_per_sample,
    live: live === null ? null : sizesOf(live),
    predictive: sizesOf(predictive),
    verified: true,
  };
}

/** A tally by the counting rule. */
export function sizesOf(tally: Tally): z.infer<typeof Sizes> {
  const { chunkCount, payloadBytes, parameterSetCount } = tally;
  const setBytes = tally.parameterSetBytes + parameterSetCount * PARAMETER_SET_FRAME_BYTES;
  const frameBytes = chunkCount * CHUNK_FRAME_BYTES;
  const digestBytes = chunkCount * CHUNK_DIGEST_BYTES;
  const bits = (bytes: number) =>
    tally.sampleCount === 0 ? 0 : Number((8 * bytes / tally.sampleCount).toFixed(4));
  return {
    codecs: Object.fromEntries(tally.chunkCounts),
    chunks: chunkCount,
    "encoded_bytes": payloadBytes + setBytes + frameBytes,
    "payload_bytes": payloadBytes,
    "parameter_set_bytes": setBytes,
    "parameter_set_count": parameterSetCount,
    "frame_bytes": frameBytes,
    "digest_bytes": digestBytes,
    "signature_bytes": 0,
    "bits_per_sample": bits(payloadBytes + setBytes),
    "bits_per_sample_with_headers": bits(payloadBytes + setBytes + frameBytes - digestBytes),
    "bits_per_sample_with_frames": bits(payloadBytes + setBytes + frameBytes),
    "encode_samples_per_second": Math.round(tally.encodeSamplesPerSecond),
    "decode_samples_per_second": Math.round(tally.decodeSamplesPerSecond),
  };
}
