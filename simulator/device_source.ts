/**
 * What a device has to say, wherever it comes from: a file or the generator.
 *
 * A source is deterministic: asked again from the same sequence it gives the same samples and times, so
 * a chunk that is sent twice is the same chunk.
 *
 * @module
 */

import type { AnnotationInput, CivilStart, ClockStatus } from "@wavekeep/core/recording";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import type { ExactSeconds } from "@wavekeep/core/time";
import type { SourceRequest } from "@wavekeep/core/wire";
import type * as z from "zod";

/** The samples of one chunk. */
export interface SourceChunk {
  readonly stream: number;
  readonly sequence: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  /** Shape (channelCount, sampleCount), channel-major. */
  readonly samples: Int32Array;
}

/** The device's clock next to another. */
export interface SourceClockObservation {
  /** µs since 1970, as the samples count. */
  readonly deviceTimeMicros: bigint;
  /** Since the segment opened. */
  readonly monotonicNs: bigint;
  /** µs since 1970, by the other clock. */
  readonly referenceTimeMicros: bigint;
  readonly reference: "file" | "server" | "relay";
  readonly uncertaintyMicros: bigint | null;
}

/** An uninterrupted stretch of one channel table. */
export interface SourceSegment {
  /** Names the segment for the upload memory: the same after a restart, unlike its random id. */
  readonly key: string;
  /** Whether `key` names stored content, so that id and salt follow from it. */
  readonly isContent?: boolean;
  /** Where sample 0 lies, in seconds from recording start. */
  readonly start: ExactSeconds;
  /** Decimal seconds. */
  readonly startUncertainty: string;
  readonly clock: ClockStatus;
  /** Device time of sample 0, µs since 1970 (as if UTC when the zone is unknown); null when unknown. */
  readonly openedMicros: bigint | null;
  readonly streams: readonly StreamDescriptor[];
  /** What the source says about its own clock, sent once the samples are away. */
  readonly clockObservation?: SourceClockObservation;
  /** Samples in each stream, or null while nobody knows the end. */
  readonly sampleCounts: readonly number[] | null;
  /**
   * Chunks in order of time, each stream from its own first wanted sequence on.
   *
   * @param from First sequence wanted of each stream.
   */
  chunks(from: readonly number[]): AsyncIterable<SourceChunk>;
}

/** An annotation, and the moment of the recording at which a device would know of it. */
export interface SourceMark {
  /** Seconds from recording start. */
  readonly dueSeconds: number;
  readonly annotation: z.input<typeof AnnotationInput>;
}

/** What a file held beside its samples, once the segments made of it have ids. */
export type SourceArtifact = Omit<SourceRequest, "segment_ids"> & {
  readonly segmentKeys: readonly string[];
};

/** A whole device's worth. */
export interface DeviceSource {
  readonly startedAt: CivilStart | null;
  readonly segments: readonly SourceSegment[];
  /** Marks due in the seconds [start, end) of the recording, in that order. */
  marks(start: number, end: number): SourceMark[];
  /** Read when the samples are away: a file's header and annotation bytes. */
  artifacts(): AsyncIterable<SourceArtifact>;
  /** Seconds of signal in all segments, or null while nobody knows. */
  readonly totalSeconds: number | null;
  /** What was odd, in words, for the person who started this. */
  readonly notices: readonly string[];
  close(): void;
}
