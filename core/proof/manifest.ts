/**
 * Layer 5. `manifest.json`: what is in a bundle, and what of it is not in a file of its own.
 *
 * Sole owner of its form. Hazard: nobody signs a manifest; the verifier takes every member as a claim and
 * checks it against leaves of the log, or says that it cannot.
 *
 * @see core/proof/FORMAT.md, "manifest.json"
 * @module
 */

import * as z from "zod";
import { parseHex } from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";
import { parseBase64 } from "../log/mod.ts";
import {
  CivilStart,
  Code,
  DecimalDuration,
  DecimalSeconds,
  Hex16,
  HoleKind,
} from "../recording/mod.ts";

/** Version that this build writes and reads. */
export const BUNDLE_VERSION = 1;

const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const StreamNumber = z.int().min(0).max(65535);

/** A relative path without `.` and `..`, so that nothing is written beside the bundle. */
export const BundlePath = z.string().regex(
  /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+-]{1,100}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+-]{1,100}){0,7}$/,
  { error: "must be a plain relative path" },
);

const bytes16 = Hex16.transform((text) => parseHex(text, 16));
/** Canonical base64 only: one value has one spelling. */
const bytesOf = (limit: number) =>
  z.string().max(Math.ceil(limit / 3) * 4).transform((text, context) => {
    try {
      return parseBase64(text, "manifest");
    } catch {
      context.addIssue({ code: "custom", message: "must be base64 in its canonical spelling" });
      return z.NEVER;
    }
  });
const Signature = bytesOf(64).refine((bytes) => bytes.byteLength === 64, {
  error: "must be 64 bytes",
});

/** A part of `chunks.bin`: all chunks of one stream, by sequence. */
const ChunkRange = z.strictObject({ offset: Count, byte_length: Count, count: Count });

const BundleStream = z.strictObject({
  stream: StreamNumber,
  /** The descriptor's bytes, base64. */
  descriptor: bytesOf(1024 * 1024),
  chunks: ChunkRange,
});

const BundleSegment = z.strictObject({
  /** Segment record, base64; the id, policy, key and clock are in it. */
  record: bytesOf(65536),
  signature: Signature.nullable(),
  segment_number: z.int().min(0),
  /** Place of sample 0 on the recording axis, in seconds. */
  start: DecimalSeconds,
  start_uncertainty: DecimalDuration,
  /** Made by the server for a sender without segments: its chunks are in no order. */
  implicit: z.boolean(),
  streams: z.array(BundleStream).min(1),
});
export type BundleSegment = z.output<typeof BundleSegment>;

const BundleStatement = z.strictObject({
  /** Loss or end record, base64. */
  record: bytesOf(64),
  signature: Signature.nullable(),
});

const BundleKey = z.strictObject({
  /** Ed25519, base64. */
  public_key: bytesOf(32).refine((bytes) => bytes.byteLength === 32, { error: "must be 32 bytes" }),
});

/** A version of whose recording it is. */
const BundleLink = z.strictObject({
  patient_id: Code,
  recording_id: Code,
  /** The site's own code of why, and who said so; null of the first version, the opening. */
  reason: Code.nullable(),
  actor: z.string().min(1).max(256).nullable(),
});
export type BundleLink = z.output<typeof BundleLink>;

/** Samples of a run of records that follow each other without a gap. */
const DataRun = z.strictObject({
  segment_id: bytes16,
  first_record: Count,
  record_count: Count,
  streams: z.array(z.strictObject({
    stream: StreamNumber,
    first_sample: Count,
    /** True samples; what the last record holds besides is padding. */
    sample_count: Count,
  })).min(1),
});

/** A file of samples. */
const DataFile = z.discriminatedUnion("form", [
  z.strictObject({
    form: z.literal("edf"),
    path: BundlePath,
    /** Of every ordinary signal in file order: its stream, and its row in that stream's chunks. */
    signals: z.array(z.strictObject({ stream: StreamNumber, row: StreamNumber })).min(1),
    runs: z.array(DataRun).min(1),
    /** The file as it was handed in, byte for byte; its header is its author's. */
    is_original: z.boolean(),
  }),
  z.strictObject({
    /** Chunk after chunk as in codec 0: what no EDF file can hold. */
    form: z.literal("raw"),
    path: BundlePath,
    segment_id: bytes16,
    stream: StreamNumber,
  }),
]);
export type DataFile = z.output<typeof DataFile>;

const Gap = z.strictObject({
  kind: HoleKind,
  segment_id: Hex16.nullable(),
  stream: StreamNumber.nullable(),
  start: DecimalSeconds,
  end: DecimalSeconds,
});
export type BundleGap = z.output<typeof Gap>;

/** A number of a calibration that eight characters could not hold. */
const CalibrationFit = z.strictObject({
  path: BundlePath,
  signal: z.int().min(0),
  field: z.enum(["physical_min", "physical_max"]),
  exact: z.string().max(32),
  written: z.string().max(8),
  relative_error: z.number().min(0),
});

/** `manifest.json`. */
export const Manifest = z.strictObject({
  format: z.literal("wavekeep-bundle"),
  version: z.literal(BUNDLE_VERSION),
  /** RFC 3339, and what made it: said, not proven. */
  made_at: z.iso.datetime(),
  made_by: z.string().max(100),
  log: z.strictObject({
    origin: z.string().min(1).max(300),
    size: Count,
    /** Leaves in `leaves.bin`. */
    leaf_count: Count,
    /** Sizes that the tree proof leads to besides, ascending. */
    earlier_sizes: z.array(Count).max(1000),
  }),
  site_id: z.int().min(0).max(2 ** 32 - 1),
  recording: z.strictObject({
    patient_id: Code,
    recording_id: Code,
    pseudonym: bytes16,
    started_at: CivilStart.nullable(),
    /** RFC 3339: everything is true of this moment. */
    as_of: z.iso.datetime(),
    is_closed: z.boolean(),
  }),
  /** Every version, the first one first; absent when there is only that. */
  links: z.array(BundleLink).min(2).max(10_000).optional(),
  segments: z.array(BundleSegment),
  statements: z.array(BundleStatement),
  keys: z.array(BundleKey),
  /** Statements of marks and reviews, in the text that was hashed: every version. */
  annotations: z.array(z.string().max(65536)),
  reviews: z.array(z.string().max(4096)),
  data: z.array(DataFile),
  gaps: z.array(Gap),
  calibration: z.array(CalibrationFit),
});
/** A manifest that was read: bytes are bytes. */
export type Manifest = z.output<typeof Manifest>;
/** A manifest that is written: bytes are text. */
export type ManifestJson = z.input<typeof Manifest>;

/** Files that every bundle has. */
export const BUNDLE_FILES = {
  manifest: "manifest.json",
  sums: "SHA256SUMS",
  checkpoint: "checkpoint",
  leaves: "leaves.bin",
  proof: "proof.bin",
  chunks: "chunks.bin",
} as const;

/** Most bytes of a manifest that is read. */
export const MANIFEST_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Reads a manifest.
 *
 * @throws {CorruptInputError} Not UTF-8, not JSON, or not a manifest; it names the member.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new CorruptInputError("Cannot read manifest: not JSON in UTF-8", {
      cause,
      field: "manifest",
    });
  }
  const result = Manifest.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const member = issue?.path.join(".") ?? "";
  throw new CorruptInputError(`Cannot read manifest: ${member} ${issue?.message}`, {
    field: member,
  });
}
