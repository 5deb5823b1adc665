/**
 * Bench. What a run says about codecs: the part of the results file beside the rows.
 *
 * @module
 */

import * as z from "zod";

const bits = z.number().positive();
const share = z.number().positive();
const speed = z.number().positive();

/** Bits per sample of the programs; null where one is not installed. */
const ToolBits = z.strictObject({
  flac: bits.nullable(),
  "flac_bare": bits.nullable(),
  wavpack: bits.nullable(),
  zstd: bits.nullable(),
  gzip: bits.nullable(),
});

/** Ours: payloads, coding headers and parameter sets. */
const OwnBits = z.strictObject({
  predictive: bits,
  file: bits,
  live: bits,
  /** Of the file mode, with frames less their digests, and with all of the frames. */
  "file_with_headers": bits,
  "file_with_frames": bits,
});

export const RecordingResult = z.strictObject({
  path: z.string(),
  format: z.string(),
  /** Channels × rate of each stream. */
  shape: z.string(),
  channels: z.int().positive(),
  samples: z.int().positive(),
  "raw_bits": z.union([z.literal(16), z.literal(24)]),
  tools: ToolBits,
  own: OwnBits,
  /** Chunks by codec in the file mode, and its parameter sets with their frames. */
  codecs: z.record(z.string(), z.int().positive()),
  "parameter_set_count": z.int().nonnegative(),
  "parameter_set_bytes": z.int().nonnegative(),
  /** `own.file` and `own.live` as shares of FLAC; null without FLAC. */
  "file_of_flac": share.nullable(),
  "live_of_flac": share.nullable(),
  "file_of_flac_bare": share.nullable(),
  /** Largest share of FLAC that an issue allows. */
  must: share,
  /** Whether `file_of_flac` keeps `must` and ours is not above the per-channel codec. */
  met: z.boolean().nullable(),
  /** Million samples a second on one core; encoding learns as it goes. */
  "encode_file": speed,
  "encode_live": speed,
  "decode_file": speed,
  "encode_predictive": speed,
  "decode_predictive": speed,
  /** The same without channels that copy or mirror an earlier one; null where there are none. */
  "without_copies": z.strictObject({
    /** Position of each copy in the file. */
    copies: z.array(z.int().nonnegative()).min(1),
    flac: bits.nullable(),
    predictive: bits,
    file: bits,
    "file_of_flac": share.nullable(),
  }).nullable(),
});
export type RecordingResult = z.infer<typeof RecordingResult>;

export const CodecResults = z.strictObject({
  tools: z.array(z.strictObject({
    name: z.string(),
    command: z.string(),
    /** Null: not installed. */
    version: z.string().nullable(),
  })),
  recordings: z.array(RecordingResult).min(1),
  /** One 23-channel recording decoded over and over by one loop. */
  decode: z.strictObject({
    path: z.string(),
    channels: z.int().positive(),
    /** Million samples a second. */
    deno: speed,
    /** Null: no browser, or not asked for. */
    chromium: speed.nullable(),
    "chromium_version": z.string().nullable(),
  }).nullable(),
  /** Bytes that a chunk has around its payload. */
  frame: z.strictObject({
    "header_bytes": z.int(),
    "digest_bytes": z.int(),
    "checksum_bytes": z.int(),
    "signature_bytes": z.int(),
    "parameter_set_frame_bytes": z.int(),
  }),
});
export type CodecResults = z.infer<typeof CodecResults>;
