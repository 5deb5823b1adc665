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

/** `POST …/exports`: a whole recording with its proof. */
export const ExportRequest = z.strictObject({
  /** What comes back: `bundle` is one tar file of `core/proof/FORMAT.md`. */
  form: z.literal("bundle").default("bundle"),
  /** Sizes of checkpoints that the asker kept: the bundle then shows that the log continues them. */
  known_sizes: z.array(z.int().min(1).max(Number.MAX_SAFE_INTEGER)).max(1000).default([]),
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
