/**
 * Layer 5. What query answers. Never the internal types.
 *
 * Exact times are decimal text; only `timestamp` in the plan's shape is a JSON number, in seconds from
 * recording start. Every answer that could change carries `as_of`, the moment it is true of.
 *
 * @module
 */

import * as z from "zod";
import {
  AnnotationAnchor,
  AnnotationKind,
  AnnotationSource,
  Channel,
  CivilStart,
  ClockStatus,
  Code,
  DecimalDuration,
  DecimalSeconds,
  Detection,
  Hex16,
  Hex32,
  Hole,
  RateText,
  Verdict,
} from "../recording/mod.ts";
import { ENVELOPE_COLUMNS_MAX } from "./media_types.ts";
import { Moment } from "./moments.ts";

/** One stream of a segment, with what has arrived of it. */
export const StreamSummary = z.object({
  stream: z.int(),
  rate: RateText,
  kind: z.enum(["int32", "binary32", "binary64"]),
  descriptor_digest: Hex32,
  channels: z.array(Channel),
  chunk_count: z.int(),
  /** Sample after the last one stored; 0 when nothing has arrived. */
  end_sample: z.int(),
  /** Sequence after the last one stored. */
  end_sequence: z.int(),
});
export type StreamSummary = z.infer<typeof StreamSummary>;

/** One segment on the recording axis. */
export const SegmentSummary = z.object({
  segment_id: Hex16,
  segment_number: z.int(),
  segment_digest: Hex32,
  start_seconds: DecimalSeconds,
  start_uncertainty_seconds: DecimalDuration,
  /** End of the last stored sample of any stream, seconds from recording start. */
  end_seconds: DecimalSeconds,
  clock: ClockStatus,
  implicit: z.boolean(),
  streams: z.array(StreamSummary),
});
export type SegmentSummary = z.infer<typeof SegmentSummary>;

/** A recording in a list. */
export const RecordingListEntry = z.object({
  patient_id: Code,
  recording_id: Code,
  status: z.enum(["open", "closed"]),
  started_at: CivilStart.nullable(),
  /** From recording start to the end of the last sample; of the last annotation without streams. */
  duration_seconds: DecimalDuration,
  /** Every stream has reached its stated end and nothing is pending: no more samples will come. */
  complete: z.boolean(),
  channel_count: z.int(),
  /** Unique names in file order (`#2` for a repeated label) of the first segment. */
  channels: z.array(z.string()),
  rates: z.array(RateText),
  segment_count: z.int(),
  holes: z.array(Hole),
  annotation_count: z.int(),
  seizure_count: z.int(),
  /** RFC 3339: when the last chunk was committed; null when none was. */
  last_received_at: z.string().nullable(),
  /**
   * Something of it does not verify, and is written down. Start and channels may be missing here, and marks are
   * those that do verify. Absent where nothing was found.
   */
  damaged: z.literal(true).optional(),
});
export type RecordingListEntry = z.infer<typeof RecordingListEntry>;

/** `GET /recordings`. */
export const RecordingList = z.object({
  recordings: z.array(RecordingListEntry),
  /** Pass as `after` for the next page; null on the last. */
  next: z.string().nullable(),
  as_of: z.string(),
});
export type RecordingList = z.infer<typeof RecordingList>;

/** `GET /patients/:patient_id/recordings/:recording_id`. */
export const RecordingDetail = RecordingListEntry.extend({
  segments: z.array(SegmentSummary),
  as_of: z.string(),
});
export type RecordingDetail = z.infer<typeof RecordingDetail>;

/** Whether an answer of chunks holds the parameter sets that they name: `omit` for who keeps sets. */
export const ParameterSetsChoice = z.enum(["inline", "omit"]);
export type ParameterSetsChoice = z.infer<typeof ParameterSetsChoice>;

/**
 * What a stored chunk that failed its check does to an answer of chunks: `refuse` makes it a problem;
 * `mark` puts a failure record in its place, for who shows the rest and says what is missing.
 */
export const FailedChoice = z.enum(["refuse", "mark"]);
export type FailedChoice = z.infer<typeof FailedChoice>;

/** Query string of `GET …/chunks/:sequence`. */
export const ChunkQuery = z.object({ parameter_sets: ParameterSetsChoice.default("inline") });

/** Query string of `GET /eeg`. */
export const WindowQuery = z.object({
  patient_id: Code,
  recording_id: Code,
  /** Start of the window, inclusive, in the unit of `coordinate`. */
  start: z.string(),
  /** End of the window, exclusive. */
  end: z.string(),
  /** `seconds` from recording start, `clock` (civil time), or `sample` of one segment and stream. */
  coordinate: z.enum(["seconds", "clock", "sample"]).default("seconds"),
  segment_id: Hex16.optional(),
  stream: z.coerce.number().int().min(0).max(65535).optional(),
  /** Comma-separated unique names or positions (`@3`); all channels when absent. */
  channels: z.string().optional(),
  /** For answers of chunks only. */
  parameter_sets: ParameterSetsChoice.default("inline"),
  /** For answers of chunks only. */
  failed: FailedChoice.default("refuse"),
});
export type WindowQuery = z.infer<typeof WindowQuery>;

/** One sample of the plan's shape; value null when the channel has no usable calibration. */
export const TimedValue = z.object({ timestamp: z.number(), value: z.number().nullable() });

/** `GET /eeg` as the plan has it. */
export const WindowJson = z.object({
  channels: z.record(z.string(), z.array(TimedValue)),
  gaps: z.array(Hole),
  coordinate: z.object({
    kind: z.literal("seconds"),
    origin: z.literal("recording-start"),
    /** Civil start, when known. */
    started_at: CivilStart.nullable(),
    start: DecimalSeconds,
    end: DecimalSeconds,
  }),
  units: z.record(z.string(), z.string()),
  as_of: z.string(),
});
export type WindowJson = z.infer<typeof WindowJson>;

/** One uninterrupted run of samples of one stream. */
export const ColumnsRun = z.object({
  segment_id: Hex16,
  stream: z.int(),
  rate: RateText,
  first_sample: z.int(),
  sample_count: z.int(),
  start_seconds: DecimalSeconds,
  /** Unique channel name to the channel as it was in this segment: calibrations may differ. */
  channels: z.record(z.string(), Channel),
  /** Unique channel name to samples: digital integers, or physical values for float kinds (null: not finite). */
  columns: z.record(z.string(), z.array(z.number().nullable())),
});

/** `GET /eeg` as compact columns. */
export const WindowColumns = z.object({
  channels: z.array(z.object({ name: z.string(), channel: Channel })),
  runs: z.array(ColumnsRun),
  gaps: z.array(Hole),
  start: DecimalSeconds,
  end: DecimalSeconds,
  as_of: z.string(),
});
export type WindowColumns = z.infer<typeof WindowColumns>;

/** Query string of `GET /envelope`. */
export const EnvelopeQuery = z.object({
  patient_id: Code,
  recording_id: Code,
  /** Start of the window, inclusive, in seconds from recording start. */
  start: z.string(),
  /** End of the window, exclusive. */
  end: z.string(),
  /** Columns wanted, such as the pixels of a plot; fewer come where a column would be less than a chunk. */
  columns: z.coerce.number().int().min(1).max(ENVELOPE_COLUMNS_MAX),
  /** Comma-separated unique names or positions (`@3`); all channels when absent. */
  channels: z.string().optional(),
});
export type EnvelopeQuery = z.infer<typeof EnvelopeQuery>;

/** Counts by column; null where all are zero. */
const CountsByColumn = z.array(z.int()).nullable();

/** Least and greatest of one channel, column by column. */
export const EnvelopeChannel = z.object({
  name: z.string(),
  /** The channel as it was in this segment: calibrations may differ. */
  channel: Channel,
  /** Digital integers, or physical values for float kinds; null where no sample is finite. */
  least: z.array(z.number().nullable()),
  greatest: z.array(z.number().nullable()),
  /** Samples that are not finite, and, for voltages, those at a rail. */
  not_assessable: CountsByColumn,
});
export type EnvelopeChannel = z.infer<typeof EnvelopeChannel>;

/** The columns of one stream of one segment that lie on its samples. */
export const EnvelopeStream = z.object({
  segment_id: Hex16,
  stream: z.int(),
  rate: RateText,
  /** When sample 0 was taken, in seconds from recording start. */
  origin_seconds: DecimalSeconds,
  /** Sequences a bucket was made of; null when columns were made of the samples themselves. */
  bucket_sequences: z.int().nullable(),
  /** Column of the whole answer that the first one here is. */
  first_column: z.int(),
  column_count: z.int(),
  /** Sample indexes: column i here covers `bounds[i] <= sample && sample < bounds[i + 1]`. */
  bounds: z.array(z.int()),
  /** Samples a channel that are missing: not stored, though stored later ones or the stated end promise them. */
  holes: CountsByColumn,
  /** Samples a channel that are stored and in no number here, because it would have taken too long. */
  not_summarised: CountsByColumn,
  channels: z.array(EnvelopeChannel),
});
export type EnvelopeStream = z.infer<typeof EnvelopeStream>;

/** `GET /envelope` as JSON; core/summary/FORMAT.md has the binary form of the same. */
export const EnvelopeJson = z.object({
  start: DecimalSeconds,
  end: DecimalSeconds,
  /** Columns of equal time between start and end; each stream says which samples its own cover. */
  columns: z.int(),
  streams: z.array(EnvelopeStream),
  gaps: z.array(Hole),
  /** Nothing is `not_summarised`. */
  complete: z.boolean(),
  as_of: z.string(),
});
export type EnvelopeJson = z.infer<typeof EnvelopeJson>;

/** What the readers made of a mark's newest version. */
export const ReviewSummary = z.object({
  /** The newest verdict that stands. */
  verdict: Verdict,
  /** Another reader's verdict stands and says otherwise. */
  disputed: z.boolean(),
  author: z.string(),
  author_role: z.string(),
  received_at: z.string(),
});
export type ReviewSummary = z.infer<typeof ReviewSummary>;

/** A version of a mark as query tells it, with its place on the recording axis. */
export const AnnotationJson = z.object({
  annotation_id: Hex16,
  version: z.int(),
  kind: AnnotationKind,
  source: AnnotationSource,
  /** Who handed it in: the subject of the credential, opaque. */
  author: z.string(),
  author_role: z.string(),
  anchor: AnnotationAnchor,
  /** Seconds from recording start; null when it cannot be placed (clock anchor, unknown start). */
  onset_seconds: DecimalSeconds.nullable(),
  duration_seconds: DecimalDuration.nullable(),
  text: z.string(),
  channels: z.array(z.int()),
  status: z.enum(["active", "withdrawn"]),
  /** Id of a term in core/recording/event_terms.ts; a newer server may know more of them. */
  term: z.string().nullable(),
  detection: Detection.nullable(),
  /** Null: nobody has reviewed this version, or every verdict was taken back. */
  review: ReviewSummary.nullable(),
  received_at: z.string(),
});
export type AnnotationJson = z.infer<typeof AnnotationJson>;

/** `GET …/annotations`: the newest version of each mark. */
export const AnnotationList = z.object({
  annotations: z.array(AnnotationJson),
  as_of: z.string(),
  /** Asked with it, the list is the same for ever, whatever was being stored meanwhile. */
  snapshot: z.string().optional(),
});
export type AnnotationList = z.infer<typeof AnnotationList>;

/** One reader's statement about one version of a mark. */
export const ReviewJson = z.object({
  review_id: Hex16,
  annotation_version: z.int(),
  /** Null takes back what the same reader stated before. */
  verdict: Verdict.nullable(),
  author: z.string(),
  author_role: z.string(),
  received_at: z.string(),
});
export type ReviewJson = z.infer<typeof ReviewJson>;

/** `GET …/annotations/:annotation_id/versions`: all that was ever said of a mark. */
export const AnnotationVersions = z.object({
  /** From the first to the newest; each with what the readers made of it. */
  versions: z.array(AnnotationJson),
  /** In the order in which they were stored. */
  reviews: z.array(ReviewJson),
  as_of: z.string(),
});
export type AnnotationVersions = z.infer<typeof AnnotationVersions>;

/** Which transactions had committed, as PostgreSQL writes it; opaque to clients. */
const Snapshot = z.string().max(4_000).regex(/^\d{1,19}:\d{1,19}:(\d{1,19}(,\d{1,19})*)?$/);

/** Query string of `GET …/export.edf`. */
export const RangeQuery = z.object({
  /** Seconds from recording start. */
  start: DecimalSeconds.optional(),
  end: DecimalSeconds.optional(),
});
export type RangeQuery = z.infer<typeof RangeQuery>;

/** Query string of `GET …/annotations` and of the files made of marks. */
export const MarksQuery = RangeQuery.extend({
  /**
   * RFC 3339, UTC: the marks as they stood then. What was under way at that moment and committed up to half
   * a minute later counts as there; `snapshot` is exact.
   */
  as_of: Moment.optional(),
  /** The `snapshot` of an earlier answer: exactly the rows that it was made of. */
  snapshot: Snapshot.optional(),
  /**
   * RFC 3339, UTC: only marks of which a version or a review was stored since, or up to a minute before,
   * so that what was committed late is not missed.
   */
  changed_since: Moment.optional(),
});
export type MarksQuery = z.infer<typeof MarksQuery>;

/** Query string of `GET …/links`. */
export const LinksQuery = z.object({
  /** RFC 3339, UTC: the recording that had these codes then. Without it, the one that has them now. */
  as_of: Moment.optional(),
});
export type LinksQuery = z.infer<typeof LinksQuery>;

/** `GET …/links`: every version of whose a recording is, the first one first. */
export const RecordingLinks = z.object({
  /** As it is now. */
  patient_id: Code,
  recording_id: Code,
  links: z.array(z.object({
    /** 1 is the opening; one with the codes of the one before only wraps the recording's key anew. */
    version: z.int().min(1),
    patient_id: Code,
    recording_id: Code,
    /** RFC 3339, UTC. */
    since: z.string(),
    /** The site's own code of why, and who said so; null of the opening. */
    reason: Code.nullable(),
    actor: z.string().nullable(),
  })),
  as_of: z.string(),
});
export type RecordingLinks = z.infer<typeof RecordingLinks>;

/** Event `coverage` of `GET …/live`: where each stream ends now. */
export const CoverageEvent = z.object({
  as_of: z.string(),
  /** End of the newest sample on the recording axis. */
  end_seconds: DecimalSeconds,
  streams: z.array(z.object({
    segment_id: Hex16,
    stream: z.int(),
    end_sequence: z.int(),
    end_sample: z.int(),
  })),
  annotation_count: z.int(),
  /** Grows with every version of a mark and every review. */
  annotation_revision: z.int(),
  /** Civil wall clock of the server, UTC: what staleness is reckoned from. */
  server_time: z.string(),
});
export type CoverageEvent = z.infer<typeof CoverageEvent>;
