/**
 * Layer 5. What devices and clients send to ingest, and what it answers. Never the internal types.
 *
 * Binary chunks are described in `core/chunk/FORMAT.md`; everything here is JSON. Unknown members are
 * refused, so that a misspelt field is never silently dropped.
 *
 * @module
 */

import * as z from "zod";
import {
  AnnotationInput,
  Base64,
  Channel,
  CivilStart,
  ClockStatus,
  Code,
  DecimalDuration,
  DecimalSeconds,
  Hex16,
  Hex32,
  RateText,
  ReviewInput,
} from "../recording/mod.ts";

/** `POST /recordings`: opens a recording, or confirms that it is open with the same facts. */
export const OpenRecordingRequest = z.strictObject({
  patient_id: Code,
  recording_id: Code,
  idempotency_key: Hex16,
  /** Civil start at the patient; null when nobody knows it. */
  started_at: CivilStart.nullable(),
});
export type OpenRecordingRequest = z.infer<typeof OpenRecordingRequest>;

export const OpenRecordingResponse = z.object({
  patient_id: Code,
  recording_id: Code,
  /** 16-byte reference for segment records, hexadecimal. */
  recording_reference: Hex16,
  started_at: CivilStart.nullable(),
  status: z.enum(["open", "closed"]),
});
export type OpenRecordingResponse = z.infer<typeof OpenRecordingResponse>;

/** `POST …/close`: no new segments from now on; chunks of known segments are still taken. */
export const CloseRecordingRequest = z.strictObject({ idempotency_key: Hex16 });
export type CloseRecordingRequest = z.infer<typeof CloseRecordingRequest>;

/** One stream's descriptor as JSON; its digest must be the one in the segment record. */
export const StreamDescriptorJson = z.strictObject({
  stream: z.int().min(0).max(65535),
  rate: RateText,
  kind: z.enum(["int32", "binary32", "binary64"]),
  channels: z.array(Channel).min(1).max(512),
});
export type StreamDescriptorJson = z.infer<typeof StreamDescriptorJson>;

/** `POST …/segments`: opens a segment, or confirms that the same one is open. */
export const OpenSegmentRequest = z.strictObject({
  /** The segment record of FORMAT.md, base64. */
  segment_record: Base64,
  /** Ed25519 signature over the record, base64; null when the segment is unsigned. */
  signature: Base64.nullable(),
  /** Where sample 0 lies, in seconds from recording start. */
  start_seconds: DecimalSeconds,
  start_uncertainty_seconds: DecimalDuration.default("0"),
  streams: z.array(StreamDescriptorJson).min(1).max(64),
});
export type OpenSegmentRequest = z.input<typeof OpenSegmentRequest>;

/** What a relay answers instead, with 202: it holds the request, and says who it is. */
export const HeldRecordingResponse = OpenRecordingResponse.extend({ held_by: z.string() });
export type HeldRecordingResponse = z.infer<typeof HeldRecordingResponse>;

export const OpenSegmentResponse = z.object({
  segment_id: Hex16,
  segment_number: z.int(),
  segment_digest: Hex32,
});
export type OpenSegmentResponse = z.infer<typeof OpenSegmentResponse>;

/** What a relay answers instead, with 202; ingest gives the segment its number later. */
export const HeldSegmentResponse = OpenSegmentResponse.extend({
  segment_number: z.null(),
  held_by: z.string(),
});
export type HeldSegmentResponse = z.infer<typeof HeldSegmentResponse>;

/** A chunk's place: permanent, and the key of exactly-once. */
export const ChunkKeyJson = z.object({
  segment_id: Hex16,
  stream: z.int(),
  sequence: z.int(),
});
export type ChunkKeyJson = z.infer<typeof ChunkKeyJson>;

/** The server's word that a chunk is committed. */
export const Receipt = ChunkKeyJson.extend({
  chunk_digest: Hex32,
  stored_digest: Hex32,
  /** RFC 3339, UTC. */
  received_at: z.string(),
  /** Raised by a restore from backup; then devices resend what older receipts cover. */
  incarnation: z.int(),
  leaf_hash: Hex32,
  /** The device key whose signature covers the chunk: its own, or a later one of its run. Null: none does. */
  key_id: Hex32.nullable(),
  /** Ed25519 over the receipt; null until the proof work lands. */
  signature: Base64.nullable(),
});
export type Receipt = z.infer<typeof Receipt>;

/** One chunk's outcome inside a batch: 201 new, 200 repeated, 202 held by a relay, or a problem. */
export const ChunkOutcome = z.object({
  status: z.int(),
  /** The relay that holds it; ingest never says so. */
  held_by: z.string().optional(),
  receipt: Receipt.optional(),
  problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int() }).optional(),
});
export type ChunkOutcome = z.infer<typeof ChunkOutcome>;

/** One parameter set's outcome inside a body: 201 new, 200 stored before, or a problem. */
export const ParameterSetOutcome = z.object({
  /** Null when the record is damaged: nobody knows then which set it was. */
  digest: Hex32.nullable(),
  status: z.int(),
  problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int() }).optional(),
});
export type ParameterSetOutcome = z.infer<typeof ParameterSetOutcome>;

/**
 * Answer to `POST /ingest` and `PUT …/chunks/…`. The response status is 201 when anything is new, 200
 * when all was known, a single chunk's own problem, or 207 when a batch is mixed.
 */
export const IngestResponse = z.object({
  /** One for each chunk, in the order of the body. */
  results: z.array(ChunkOutcome),
  /** One for each parameter set, in the order of the body; absent when there was none. */
  parameter_sets: z.array(ParameterSetOutcome).optional(),
});
export type IngestResponse = z.infer<typeof IngestResponse>;

/**
 * `POST /ingest` with JSON: one chunk of the original plan. It opens the recording and an implicit,
 * unsigned segment by itself. Values are binary64 in the channel's unit unless `calibrations` declares
 * them digital integers.
 */
export const IngestJsonRequest = z.strictObject({
  patient_id: Code,
  recording_id: Code,
  /** Labels, one per row of `samples`; may repeat. */
  channels: z.array(z.string().max(80)).min(1).max(512),
  /** Seconds from recording start; `start × rate` must be a whole number on the chunk grid. */
  start: z.union([z.number(), DecimalSeconds]),
  /** Seconds from recording start, exclusive; checked against start, rate and sample count. */
  end: z.union([z.number(), DecimalSeconds]).optional(),
  /** Hz, or an exact ratio. */
  sample_rate: z.union([z.number().positive(), RateText]),
  /** One array per channel, equal lengths, finite numbers. */
  samples: z.array(z.array(z.number())).min(1).max(512),
  /** Unit of all channels, or one per channel. */
  unit: z.union([z.string().max(32), z.array(z.string().max(32))]).default("uV"),
  /** When given, samples are digital integers: one calibration per channel. */
  calibrations: z.array(z.strictObject({
    digital_min: z.int(),
    digital_max: z.int(),
    physical_min: z.string().max(32),
    physical_max: z.string().max(32),
  })).optional(),
  /** Civil start of the recording, taken when this request is the one that opens it. */
  started_at: CivilStart.optional(),
});
export type IngestJsonRequest = z.input<typeof IngestJsonRequest>;

/** `POST …/annotations`. */
export const AnnotationsRequest = z.strictObject({
  annotations: z.array(AnnotationInput).min(1).max(1000),
});
export type AnnotationsRequest = z.input<typeof AnnotationsRequest>;

export const AnnotationsResponse = z.object({
  results: z.array(z.object({
    annotation_id: Hex16,
    version: z.int(),
    status: z.int(),
    problem: z.looseObject({ type: z.string() }).optional(),
  })),
});
export type AnnotationsResponse = z.infer<typeof AnnotationsResponse>;

/** `POST …/reviews`: what the reader who sends it made of marks. */
export const ReviewsRequest = z.strictObject({
  reviews: z.array(ReviewInput).min(1).max(1000),
});
export type ReviewsRequest = z.infer<typeof ReviewsRequest>;

export const ReviewsResponse = z.object({
  results: z.array(z.object({
    review_id: Hex16,
    status: z.int(),
    problem: z.looseObject({ type: z.string() }).optional(),
  })),
});
export type ReviewsResponse = z.infer<typeof ReviewsResponse>;

/** `POST …/clock-observations`: what a clock said, next to what another said. */
export const ClockObservationsRequest = z.strictObject({
  observations: z.array(z.strictObject({
    observation_id: Hex16,
    /** Null: the clock is the sender's own and of no segment, a relay's. */
    segment_id: Hex16.nullable(),
    /** µs since 1970, signed, decimal text. */
    device_time_micros: z.string().regex(/^-?\d{1,19}$/),
    monotonic_ns: z.string().regex(/^\d{1,20}$/),
    /** The other clock, µs since 1970, and what it is. */
    reference_time_micros: z.string().regex(/^-?\d{1,19}$/),
    reference: z.enum(["server", "relay", "ntp", "gps", "file", "operator"]),
    uncertainty_micros: z.string().regex(/^\d{1,19}$/).nullable(),
  })).min(1).max(1000),
});
export type ClockObservationsRequest = z.infer<typeof ClockObservationsRequest>;

/** `POST /segments/:segment_id/statements`: samples that will never come, or the end of a stream. */
export const StatementsRequest = z.strictObject({
  statements: z.array(z.strictObject({
    statement_id: Hex16,
    stream: z.int().min(0).max(65535),
    kind: z.enum(["loss", "end"]),
    /** Loss: first lost sequence. End: the sequence after the last. */
    first_sequence: z.int().min(0).max(2 ** 31 - 1),
    /** Loss: how many; end: 0. */
    sequence_count: z.int().min(0).max(2 ** 31 - 1),
    /** Loss: first lost sample. End: the sample after the last. */
    first_sample: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    sample_count: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    /** 0 unspecified, 1 card full, 2 overwritten, 3 damaged, 4 discarded by the operator, 5 end of recording. */
    reason: z.int().min(0).max(255),
    /** Signature over the loss or end record of FORMAT.md, base64; null when unsigned. */
    signature: Base64.nullable(),
  })).min(1).max(1000),
});
export type StatementsRequest = z.infer<typeof StatementsRequest>;

/** `POST …/sources`: what a file held beside its samples, kept sealed for a byte-identical export. */
export const SourceRequest = z.strictObject({
  file_sha256: Hex32,
  byte_length: z.int().min(0),
  format: z.string().max(16),
  segment_ids: z.array(Hex16).max(10_000),
  /** Header bytes as they were, base64. Identity scope: leaves only in an export with `original`. */
  header: Base64,
  /** Bytes of all annotation signals, record after record, deflated (RFC 1950), base64. */
  annotation_bytes_deflated: Base64,
  /** Signal indexes in file order. */
  signal_order: z.array(z.int().min(0)),
  record_count_as_written: z.int(),
  /** Bytes after the last whole record, base64. */
  trailing: Base64,
});
export type SourceRequest = z.infer<typeof SourceRequest>;

/** Half-open range of sequence numbers. */
export const SequenceRange = z.object({ start: z.int(), end: z.int() });
export type SequenceRange = z.infer<typeof SequenceRange>;

/** `GET /segments/:segment_id/state`: what is here, so that a device can resume. */
export const SegmentState = z.object({
  segment_id: Hex16,
  segment_digest: Hex32,
  signature_policy: z.enum(["none", "chunk", "run"]),
  /** The key its chunks are signed with, null when they are not. */
  key_id: Hex32.nullable(),
  incarnation: z.int(),
  /** The relay that answers; its `high_water` counts what it holds. Ingest never says so. */
  held_by: z.string().optional(),
  /** Chunks of the segment that ingest refused for good; the relay keeps them. */
  disputed: z.int().optional(),
  /** The patient was erased on request: what was stored cannot be read, and nothing more is taken. */
  erased: z.literal(true).optional(),
  /** RFC 3339: the moment it is true of. */
  as_of: z.string(),
  streams: z.array(z.object({
    stream: z.int(),
    /** All sequences below it are stored. Never falls within an incarnation. */
    high_water: z.int(),
    /** Of a relay: all sequences below it have ingest's receipt. */
    stored_high_water: z.int().optional(),
    /** Chunk digest of sequence high_water − 1, or null at 0: what the next chunk chains to. */
    high_water_digest: Hex32.nullable(),
    chunk_count: z.int(),
    /** Missing sequences above high_water and below the highest stored one. */
    missing: z.array(SequenceRange),
    /** Sequence after the last, once the device stated the end. */
    end_sequence: z.int().nullable(),
  })),
  clock: ClockStatus,
});
export type SegmentState = z.infer<typeof SegmentState>;

/** What a relay answers instead, with 202. */
export const Held = z.object({ status: z.literal("held"), held_by: z.string() });
export type Held = z.infer<typeof Held>;

/** Answer of routes that only say it is done. */
export const Done = z.object({ status: z.enum(["stored", "repeated"]) });
export type Done = z.infer<typeof Done>;
