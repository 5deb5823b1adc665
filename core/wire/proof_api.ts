/**
 * Layer 5. What query answers about proofs. Never the internal types.
 *
 * @see core/log/FORMAT.md, "Verifying a chunk with bytes alone"
 * @module
 */

import * as z from "zod";
import { Base64, Hex16 } from "../recording/mod.ts";

/** The proof of one chunk, at most 4 KB: everything but the chunk itself and the keys that are trusted. */
export const ChunkProof = z.object({
  segment_id: Hex16,
  stream: z.int(),
  sequence: z.int(),
  /** The segment record of core/chunk/FORMAT.md; descriptor digests are in it. */
  segment_record: Base64,
  /** Of the record, by the device; null when its segment is unsigned. */
  segment_signature: Base64.nullable(),
  /** 56 bytes, as the log publishes them. */
  entry: Base64,
  /** With `content` it opens the entry. */
  salt: Base64,
  content: Base64,
  /** Of the leaf in the log. */
  index: z.int(),
  /** Leaves that the checkpoint signs. */
  size: z.int(),
  /** From the leaf upwards, 32 bytes each. */
  proof: z.array(Base64),
  /** The signed note, as the log serves it. */
  checkpoint: z.string(),
});
export type ChunkProof = z.infer<typeof ChunkProof>;

/** What a BIDS dataset wants to know and no recording says; nothing of it is guessed. */
export const BidsOptions = z.strictObject({
  /** What the patient was asked to do, such as `rest` or `long-term monitoring`. */
  task: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,19}$/, {
    error: "must be 1 to 20 letters, digits, blanks, dots, dashes and underscores, such as rest",
  }),
  /** The reference scheme in words; what the channels say when absent. */
  eeg_reference: z.string().min(1).max(200).optional(),
  /** Of the mains; `n/a` when absent. */
  power_line_frequency: z.union([z.literal(50), z.literal(60)]).optional(),
  /** Channels or electrodes that are bad, all others being good; nobody looked when absent. */
  bad_channels: z.array(z.string().min(1).max(80)).max(1000).optional(),
});
export type BidsOptions = z.infer<typeof BidsOptions>;

/** `POST …/exports`: a whole recording, with its proof or as a dataset. */
export const ExportRequest = z.strictObject({
  /** What comes back, as one tar file: `bundle` of `core/proof/FORMAT.md`, or `bids`, a BIDS dataset. */
  form: z.enum(["bundle", "bids"]).default("bundle"),
  /** Sizes of checkpoints that the asker kept: the bundle then shows that the log continues them. */
  known_sizes: z.array(z.int().min(1).max(Number.MAX_SAFE_INTEGER)).max(1000).default([]),
  /** What came from files comes back as those files, byte for byte, names in headers too: identity scope. */
  original: z.boolean().default(false),
  /** The dataset under research pseudonyms, without what identifies: of patients who allow research. */
  deidentified: z.boolean().default(false),
  /** Goes with `bids`, and with nothing else. */
  bids: BidsOptions.optional(),
}).refine(({ form, bids }) => (form === "bids") === (bids !== undefined), {
  path: ["bids"],
  error: "goes with the form bids, and that form needs it",
}).refine(({ form, deidentified }) => form === "bids" || !deidentified, {
  path: ["deidentified"],
  error: "goes with the form bids: a proof says whose a recording is",
}).refine(({ form, original }) => form === "bundle" || !original, {
  path: ["original"],
  error: "goes with the form bundle: a dataset names nobody",
});
export type ExportRequest = z.infer<typeof ExportRequest>;

/** Where an export stands. */
export const ExportStatus = z.object({
  export_id: Hex16,
  state: z.enum(["waiting", "writing", "checking", "ready", "refused", "cancelled"]),
  /** 0 to 1. */
  progress: z.number(),
  /** Of the file, once it is ready. */
  byte_length: z.int().nullable(),
  /** RFC 3339: then it is gone. */
  expires_at: z.string().nullable(),
  /** Why it was refused. */
  reason: z.string().nullable(),
});
export type ExportStatus = z.infer<typeof ExportStatus>;

/** `GET …/recordings/:recording_id/proof`: what the log says of a recording, counted; it proves nothing by itself. */
export const RecordingProof = z.object({
  /** Null before the sequencer has signed anything. */
  log: z.object({
    /** Name of the log, which its key carries too. */
    origin: z.string(),
    /** Of the log's key: the eight hexadecimal digits of its published line. */
    key_id: z.string().regex(/^[0-9a-f]{8}$/),
    /** Leaves that the newest checkpoint signs. */
    size: z.int(),
    /** RFC 3339: when the newest checkpoint was published; null when not known. */
    published_at: z.string().nullable(),
    /** Names of who signed it besides the log. Their signatures are for whoever has their keys. */
    witnesses: z.array(z.string()),
  }).nullable(),
  streams: z.array(z.object({
    segment_number: z.int(),
    stream: z.int(),
    /** Chunks that the newest checkpoint covers. */
    logged_count: z.int(),
  })),
  segments: z.array(z.object({
    segment_number: z.int(),
    /** Of the device's key, hexadecimal; null when the device does not sign. */
    key_id: z.string().nullable(),
  })),
  /** RFC 3339: when the first chunk was received; null when there is none. */
  first_received_at: z.string().nullable(),
  /** Chunks are of a build that kept no log: those have no leaf, and get none. */
  before_log: z.boolean(),
  /** Chunks that a reader or the scrub found damaged, once each. */
  failures: z.array(z.object({
    segment_number: z.int().nullable(),
    stream: z.int().nullable(),
    sequence: z.int().nullable(),
    found_at: z.string(),
  })),
  /** Clocks that were compared with another, of each segment; nothing of the recording was changed by it. */
  clocks: z.array(z.object({
    segment_number: z.int(),
    /** What they were compared with: ingest's clock, or a relay's that nobody has compared with ingest's. */
    reference: z.enum(["server", "relay"]),
    /** Decimal seconds to be added to the device's clock, at the last comparison. */
    offset_seconds: z.string(),
    /** One standard deviation. */
    offset_uncertainty_seconds: z.number(),
    /** How much too slow the device's clock goes, in parts per million; null from a single comparison. */
    drift_ppm: z.number().nullable(),
    drift_uncertainty_ppm: z.number().nullable(),
    observation_count: z.int(),
    /** Those since the last jump: the numbers are of them. */
    used_count: z.int(),
    jump_count: z.int(),
  })),
  /** RFC 3339; null when the recording was not erased. */
  erased_at: z.string().nullable(),
});
export type RecordingProof = z.infer<typeof RecordingProof>;
