/**
 * What the screen knows about a recording: rows, segments, holes and marks.
 *
 * Types only. The server builds a model from query's answers (`viewer/build_model.ts`), the page and
 * the worker read it. Times for drawing are numbers, seconds from recording start; times that select
 * samples stay decimal text. Hazard: a model is true of `asOf` and of no later moment.
 *
 * @module
 */

import type {
  AnnotationAnchor,
  AnnotationKind,
  AnnotationSource,
  Calibration,
  ChannelType,
  HoleKind,
  Verdict,
} from "@wavekeep/core/recording";

/** Which half of the head a row looks at. It gives colour and nothing else. */
export type Side = "left" | "right" | "midline" | "other";

/** One row of the page: a channel, followed through all segments that have it. */
export interface RowModel {
  /** Unique on the page: `T8-P8#2` for the second of a label. */
  readonly name: string;
  readonly label: string;
  readonly type: ChannelType;
  /** As written. */
  readonly unit: string;
  readonly side: Side;
  /** µV in one unit; null when the row is not a voltage. */
  readonly microvoltsPerUnit: number | null;
  /** The declared physical range, or the digital one where no physical value can be given. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** False when values are digital steps, because the calibration is degenerate. */
  readonly isPhysical: boolean;
  /** What the recorder filtered, as written. */
  readonly prefilter?: string;
}

/** One channel of a stream: its row on the page and how its integers become values. */
export interface ChannelModel {
  readonly row: number;
  readonly calibration: Calibration | null;
}

/** One stream of a segment. */
export interface StreamModel {
  readonly stream: number;
  /** Samples per seconds, decimal integers. */
  readonly rate: { readonly samples: string; readonly seconds: string };
  /** Sample after the last one stored. */
  readonly endSample: number;
  /** In the row order of the stream's chunks. */
  readonly channels: readonly ChannelModel[];
}

/** One segment on the recording axis. */
export interface SegmentModel {
  readonly id: string;
  readonly number: number;
  /** Exact, decimal seconds from recording start. */
  readonly start: string;
  readonly end: number;
  readonly clock: string;
  readonly streams: readonly StreamModel[];
}

/** A stretch without samples, and why. */
export interface HoleModel {
  readonly kind: HoleKind;
  readonly start: number;
  readonly end: number;
  readonly uncertainty: number;
  readonly segmentId: string | null;
  readonly stream: number | null;
}

/** A mark on the recording axis: its newest version. */
export interface MarkModel {
  readonly id: string;
  readonly kind: AnnotationKind;
  readonly source: AnnotationSource;
  /** Id of a term in core/recording/event_terms.ts; null: none. */
  readonly term: string | null;
  /** Who made this version, an opaque name; empty when nobody knows yet. */
  readonly author: string;
  readonly authorRole: string;
  readonly onset: number;
  /** Null: absent, which differs from zero. */
  readonly duration: number | null;
  readonly text: string;
  /** Rows of the recording it is linked to; null for all. */
  readonly rows: readonly number[] | null;
  /** How an algorithm came to it. */
  readonly method:
    | { readonly name: string; readonly version: string; readonly score: number | null }
    | null;
  /** What readers made of this version; null: nobody has reviewed it. */
  readonly review: MarkReview | null;
  readonly version: number;
  /** When this version was stored, RFC 3339; null while it is not. */
  readonly recordedAt: string | null;
  readonly saving: "saved" | "saving" | "failed";
  /** Where it holds on, exactly, and how long: what an undo restores. */
  readonly anchor: AnnotationAnchor;
  readonly durationText: string | null;
  readonly channels: readonly number[];
}

/** The newest verdict about a mark that stands. */
export interface MarkReview {
  readonly verdict: Verdict;
  /** Another reader's verdict says otherwise. */
  readonly disputed: boolean;
  readonly by: string;
  readonly at: string;
}

/** Everything the recording page needs beside samples. */
export interface RecordingModel {
  readonly patientId: string;
  readonly recordingId: string;
  readonly status: "open" | "closed";
  readonly startedAt: { readonly civil: string; readonly zone: string | null } | null;
  /** End of the last sample; of the last mark where there is no stream. */
  readonly durationSeconds: number;
  /** End of the newest sample. */
  readonly endSeconds: number;
  readonly rows: readonly RowModel[];
  readonly segments: readonly SegmentModel[];
  readonly holes: readonly HoleModel[];
  /** Row of each channel position; -1 where a position has none. */
  readonly rowOfPosition: readonly number[];
  /** By onset; only marks that can be placed and are not withdrawn. */
  readonly marks: readonly MarkModel[];
  /** Marks whose place on the axis is not known. */
  readonly unplacedMarkCount: number;
  /** Seconds from the newest commit to `asOf`; null when nothing has arrived. */
  readonly ageSeconds: number | null;
  readonly asOf: string;
}
