/**
 * What scrubbing reads and writes, as an interface with its promises.
 *
 * @module
 */

import type { Finding } from "./finding.ts";
import type { StreamSigning } from "./signature_walk.ts";

/** A recording whose rows are checked. */
export interface ScrubbedRecording {
  readonly siteId: number;
  readonly recordingId: string;
  readonly patientUuid: string;
  readonly wrappedKey: Uint8Array;
  /** 16 bytes. */
  readonly reference: Uint8Array;
  readonly startedAtSealed: Uint8Array | null;
}

/** Where a place is in its passes. */
export interface ScrubProgress {
  readonly passCount: number;
  /** Of the pass under way; 0 when none is. */
  readonly nextSequence: number;
  /** When the last finished pass began, ms since 1970; null when none has finished. */
  readonly verifiedAtMs: number | null;
}

/** A stream, and what its chunks must fit. */
export interface ScrubbedStream {
  readonly recording: ScrubbedRecording;
  readonly segmentNumber: number;
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  readonly segmentDigest: Uint8Array;
  /** Its chunks chain to the segment and not to each other. */
  readonly isImplicit: boolean;
  readonly stream: number;
  readonly rateSamples: bigint;
  readonly rateSeconds: bigint;
  /** 1 int32, 2 binary32, 3 binary64. */
  readonly kind: number;
  readonly channelCount: number;
  readonly descriptorDigest: Uint8Array;
  readonly signing: StreamSigning;
  readonly progress: ScrubProgress;
}

/** A chunk's row. */
export interface ChunkRow {
  readonly sequence: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  readonly leafSalt: Uint8Array | null;
  readonly leafHash: Uint8Array;
  readonly body: Uint8Array;
}

/** A row that the database itself could not read. */
export interface UnreadableRow {
  readonly sequence: number;
  readonly unreadable: unknown;
}

/** Everything of a recording that is no chunk. */
export interface NounRows {
  readonly segments: readonly {
    readonly segmentNumber: number;
    readonly segmentId: Uint8Array;
    readonly segmentDigest: Uint8Array;
    readonly record: Uint8Array;
    readonly clock: number;
    /** 0 none, 1 chunk, 2 run. */
    readonly policy: number;
    readonly keyId: Uint8Array | null;
    readonly signature: Uint8Array | null;
    /** Of the key, where it is enrolled. */
    readonly publicKey: Uint8Array | null;
  }[];
  readonly streams: readonly {
    readonly segmentNumber: number;
    readonly stream: number;
    readonly rateSamples: bigint;
    readonly rateSeconds: bigint;
    readonly kind: number;
    readonly channelCount: number;
    readonly descriptorDigest: Uint8Array;
    readonly descriptorSealed: Uint8Array;
  }[];
  readonly sets: readonly {
    readonly digest: Uint8Array;
    readonly body: Uint8Array;
    readonly copy: Uint8Array;
  }[];
  readonly annotations: readonly {
    readonly annotationId: string;
    readonly version: number;
    readonly kind: string | null;
    readonly source: string | null;
    readonly status: string;
    readonly bodySealed: Uint8Array;
    readonly contentDigest: Uint8Array;
  }[];
  readonly reviews: readonly {
    readonly reviewId: string;
    readonly annotationId: string;
    readonly annotationVersion: number;
    readonly bodySealed: Uint8Array;
    readonly contentDigest: Uint8Array;
  }[];
  readonly sources: readonly {
    readonly fileKey: string;
    readonly bodySealed: Uint8Array;
    readonly contentDigest: Uint8Array;
  }[];
}

/** What a place has come to. Counts are added to what is there. */
export interface ProgressUpdate {
  readonly nextSequence: number;
  /** When the pass began; with `isFinished` it becomes the moment everything is checked since. */
  readonly startedAtMs: number;
  readonly isFinished: boolean;
  readonly checkedCount: number;
  readonly findingCount: number;
}

/** How it goes at a site. */
export interface ScrubFigures {
  readonly oldestAtMs: number | null;
  readonly uncheckedCount: number;
  readonly checkedCount: number;
  readonly findingCount: number;
}

/** A place: a stream, or with −1 and −1 all of a recording that is no chunk. */
export interface ScrubPlace {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
}

/** Reads everything that is stored; writes findings, progress and figures. */
export interface ScrubStore {
  /** Numbers of all sites. */
  sites(): Promise<number[]>;
  /** Recordings of a site with the progress of what is no chunk, oldest check first. */
  recordings(
    siteId: number,
  ): Promise<{ readonly recording: ScrubbedRecording; readonly progress: ScrubProgress }[]>;
  /** Streams of a site, oldest check first; those that were never checked before all others. */
  streams(siteId: number): Promise<ScrubbedStream[]>;
  /** The sequence behind the last one stored; 0 when there is none. */
  endSequence(siteId: number, place: ScrubPlace): Promise<number>;
  /**
   * Rows from `start` on, in order, `limit` at most. A row that the database cannot read is told in its
   * place, and those beside it are there all the same.
   */
  chunks(
    siteId: number,
    place: ScrubPlace,
    range: { readonly start: number; readonly limit: number },
  ): Promise<(ChunkRow | UnreadableRow)[]>;
  /** Everything of a recording that is no chunk. */
  nouns(siteId: number, recordingId: string): Promise<NounRows>;
  /**
   * Writes findings down, each with its event row, once: what was found before is left alone.
   *
   * @returns Those that are new.
   */
  report(siteId: number, findings: readonly Finding[]): Promise<readonly Finding[]>;
  /** Where a place stands now. What a crash takes of it is checked once more. */
  saveProgress(siteId: number, place: ScrubPlace, update: ProgressUpdate): Promise<void>;
  /** Works the figures of a site out of what is stored, and keeps them for who asks. */
  saveFigures(siteId: number, chunksPerSecond: number): Promise<ScrubFigures>;
}
