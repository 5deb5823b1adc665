/**
 * What query reads, as an interface with its promises.
 *
 * Sole owner of the shape of stored rows on the reading side. Everything of a patient is still sealed in
 * here; `open_recording.ts` and `verify_chunk.ts` open it. Hazard: `recordingId` is a server's own UUID
 * and never leaves the process; answers speak of codes.
 *
 * @module
 */

import type { ViewingDisplay } from "@wavekeep/core/recording";
import type { SequenceRun, StoredLength } from "../window/timeline.ts";

/** A recording's row, with its patient's. */
export interface StoredRecording {
  /** UUIDv7; never leaves the server. */
  readonly recordingId: string;
  readonly siteId: number;
  /** Names its patient's key in the key store: the patient's own UUID until its key was replaced. */
  readonly patientUuid: string;
  readonly patientCode: string;
  readonly recordingCode: string;
  /** What a commit notification calls it. */
  readonly notifyNumber: string;
  /** Data key, wrapped by the patient's key. */
  readonly wrappedKey: Uint8Array;
  /** Sealed JSON `{civil, zone}`, or null. */
  readonly startedAtSealed: Uint8Array | null;
  readonly isClosed: boolean;
}

/** A version of whose a recording is. */
export interface StoredLink {
  /** 1 is the opening. */
  readonly version: number;
  readonly patientCode: string;
  readonly recordingCode: string;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** Null of the opening. */
  readonly reason: string | null;
  readonly actor: string | null;
}

/** Whose consent: a recording's patient's, or a patient's by its code. */
export type ConsentScope = { readonly recordingId: string } | { readonly patientCode: string };

/** What a patient allows now, and whether the asking person has broken the glass for it. */
export interface StoredConsent {
  readonly care: "allowed" | "restricted";
  readonly research: "allowed" | "denied";
  readonly isGlassOpen: boolean;
}

/** A segment's row. */
export interface StoredSegment {
  readonly segmentNumber: number;
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly segmentDigest: Uint8Array;
  /** 0 unknown, 1 free-running, 2 disciplined, 3 zone unknown. */
  readonly clock: number;
  /** Decimal text. */
  readonly startSeconds: string;
  readonly startUncertaintySeconds: string;
  readonly implicit: boolean;
}

/** A stream's row, and where it ends. */
export interface StoredStream {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly rateSamples: bigint;
  readonly rateSeconds: bigint;
  /** 1 int32, 2 binary32, 3 binary64. */
  readonly kind: number;
  readonly channelCount: number;
  readonly descriptorDigest: Uint8Array;
  readonly descriptorSealed: Uint8Array;
  /** The highest stored sequence; null when nothing has arrived. */
  readonly last: (StoredLength & { readonly receivedAt: string }) | null;
}

/** What the device stated of a stream. */
export interface StoredStatement {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly kind: "loss" | "end";
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly reason: number;
}

/** What a recording is made of: everything but its samples and its marks. */
export interface StoredShape {
  readonly segments: readonly StoredSegment[];
  /** By segment, then stream. */
  readonly streams: readonly StoredStream[];
  /** By segment, stream, first sample. */
  readonly statements: readonly StoredStatement[];
}

/** All of a recording that may change: rows are added, never changed. */
export interface RecordingStanding {
  /** RFC 3339: the moment that everything in one look is true of, or an earlier one. */
  readonly asOf: string;
  /** Raised by a restore from backup; what was learnt under another one may be gone. */
  readonly incarnation: number;
  readonly segmentCount: number;
  readonly statementCount: number;
  readonly isClosed: boolean;
  /** By segment, then stream: every stream, and where it ends. */
  readonly streams: readonly Pick<StoredStream, "segmentNumber" | "stream" | "last">[];
}

/** One look at a recording: where it stands, and what is stored inside some scopes. */
export interface RecordingLook {
  readonly standing: RecordingStanding;
  /** In the scopes' order. May be of a later moment than `standing`, never of an earlier one. */
  readonly scopes: readonly {
    readonly runs: readonly SequenceRun[];
    /** By sequence; undefined when bodies were not asked for. */
    readonly chunks: readonly StoredChunk[] | undefined;
  }[];
}

/** Some sequence numbers of one stream, `start <= sequence < end`. */
export interface SequenceScope {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly start: number;
  readonly end: number;
}

/** A chunk's row, its body still sealed. */
export interface StoredChunk {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly sequence: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly body: Uint8Array;
}

/** A parameter set's row: the same set twice, both sealed. */
export interface StoredParameterSet {
  readonly body: Uint8Array;
  readonly copy: Uint8Array;
}

/** What is wanted of a recording's marks. */
export interface MarkChoice {
  /** RFC 3339: as they stood then. */
  readonly asOf?: string | undefined;
  /** As they stood in the snapshot of an earlier answer: exact at the row. */
  readonly snapshot?: string | undefined;
  /** RFC 3339: marks of which a version or a review came then or later. */
  readonly changedSince?: string | undefined;
}

/** A reader's statement about a version of a mark, still sealed. */
export interface StoredReview {
  /** Hexadecimal. */
  readonly reviewId: string;
  readonly annotationId: string;
  readonly annotationVersion: number;
  readonly authorRole: string;
  readonly bodySealed: Uint8Array;
  readonly receivedAt: string;
}

/** Marks, and what readers made of them. */
export interface StoredMarks {
  readonly annotations: readonly StoredAnnotation[];
  /** In the order in which they were stored. */
  readonly reviews: readonly StoredReview[];
  /** Names exactly these rows: asked with it again, the answer is the same for ever. */
  readonly snapshot: string;
}

/** A version of a mark, its body still sealed. */
export interface StoredAnnotation {
  /** Hexadecimal. */
  readonly annotationId: string;
  readonly version: number;
  /** Kind and source: null but in rows from before they were sealed. */
  readonly kind: string | null;
  readonly authorRole: string;
  readonly source: string | null;
  readonly status: string;
  readonly bodySealed: Uint8Array;
  readonly receivedAt: string;
}

/** Where the streams of a recording end, and how many marks it has. */
export interface StoredCoverage {
  /** RFC 3339: the moment that the rest is true of, or an earlier one. */
  readonly asOf: string;
  /** By segment, then stream. */
  readonly streams: readonly {
    /** Hexadecimal. */
    readonly segmentId: string;
    /** Decimal text. */
    readonly startSeconds: string;
    readonly stream: number;
    readonly rateSamples: bigint;
    readonly rateSeconds: bigint;
    /** The highest stored sequence; null when nothing has arrived. */
    readonly last: StoredLength | null;
  }[];
  /** Marks whose newest version is not withdrawn. */
  readonly activeAnnotations: number;
  /** Versions of marks and reviews stored so far. */
  readonly annotationRevision: number;
}

/** Where a page of recordings begins: behind this pair of codes. */
export interface RecordingPosition {
  readonly patientCode: string;
  readonly recordingCode: string;
}

/** A row of the review ledger. */
export interface StoredViewing {
  /** Hexadecimal. */
  readonly viewingId: string;
  readonly actor: string;
  readonly login: string | null;
  readonly displayName: string | null;
  readonly role: string;
  /** RFC 3339, UTC. */
  readonly shownAt: string;
  readonly receivedAt: string;
  readonly shownMs: number;
  /** From recording start. */
  readonly startMs: number;
  readonly endMs: number;
  readonly liveLagMs: number | null;
  readonly display: ViewingDisplay;
}

/** What one reader has had on screen of a recording. */
export interface StoredViewingReader {
  readonly actor: string;
  readonly login: string | null;
  readonly displayName: string | null;
  readonly roles: readonly string[];
  readonly viewings: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** ms from recording start, sorted, none touching the next. */
  readonly stretches: readonly (readonly [number, number])[];
  readonly liveViewings: number;
}

/** Live looks of all readers. */
export interface StoredLiveLooks {
  readonly viewings: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly longestPauseMs: number;
}

/** A page of the review ledger, with what all of it comes to. */
export interface StoredLedger {
  readonly readers: readonly StoredViewingReader[];
  /** Undefined: there are none. */
  readonly live: StoredLiveLooks | undefined;
  /** The newest first. */
  readonly viewings: readonly StoredViewing[];
}

/** Which rows of the ledger. */
export interface LedgerPage {
  readonly limit: number;
  /** Older than this one. */
  readonly after: { readonly shownAt: string; readonly viewingId: string } | undefined;
  /** A look at what was at most so old is a live one, ms. */
  readonly liveLagMsMax: number;
}

/** Reads of one site inside one transaction. A view must not be used after its `read` has returned. */
export interface SiteView {
  /** RFC 3339: the moment that everything read through this view is true of, or an earlier one. */
  readonly asOf: string;
  /** Raised by a restore from backup; what was learnt under another one may be gone. */
  readonly incarnation: number;

  /**
   * Recordings by patient code, then recording code, after `after`; at most `limit`. Those of restricted
   * patients are left out, but for whom the person has broken the glass.
   */
  recordings(page: {
    readonly patientCode?: string;
    readonly after?: RecordingPosition;
    readonly limit: number;
    readonly personId?: string | null;
  }): Promise<StoredRecording[]>;

  /** The recording of these codes, or undefined: unknown and another site's look the same. */
  recording(codes: RecordingPosition): Promise<StoredRecording | undefined>;

  /** The recording that had these codes at a moment (RFC 3339), with the codes that it has now. */
  recordingAt(codes: RecordingPosition, moment: string): Promise<StoredRecording | undefined>;

  /** Every version of whose a recording is, the first one first. */
  links(recordingId: string): Promise<StoredLink[]>;

  /** The recording and number of a segment, by its hexadecimal id. */
  segment(
    segmentId: string,
  ): Promise<{ recording: StoredRecording; segmentNumber: number } | undefined>;

  /** The shape of each recording, by id. Reads no body. */
  shapes(recordingIds: readonly string[]): Promise<Map<string, StoredShape>>;

  /** Runs of stored sequences inside each scope, in the scopes' order. Reads the key's index only. */
  runs(scopes: readonly SequenceScope[]): Promise<SequenceRun[][]>;

  /** Every stored chunk's length inside a scope, by sequence. Reads the key's index only. */
  lengths(scope: SequenceScope): Promise<StoredLength[]>;

  /** Chunks inside a scope by sequence, bodies included; at most `limit`. */
  chunks(scope: SequenceScope, limit: number): Promise<StoredChunk[]>;

  /** The newest version of every mark of each recording, withdrawn ones included, by recording id. */
  annotations(recordingIds: readonly string[]): Promise<Map<string, StoredAnnotation[]>>;

  /** The newest version of every mark, withdrawn ones included, and all reviews of these marks. */
  marks(recordingId: string, choice?: MarkChoice): Promise<StoredMarks>;

  /** The review ledger of a recording. */
  ledger(recordingId: string, page: LedgerPage): Promise<StoredLedger>;

  /** Every version of a mark, the first one first, and all its reviews; empty when there is none. */
  markVersions(
    recordingId: string,
    annotationId: string,
  ): Promise<Omit<StoredMarks, "snapshot">>;
}

/**
 * Where recordings are read from. Safe for concurrent use.
 *
 * Reads never see rows of another site. Rows are never changed, so that what one view saw, a later view
 * sees, too. A failure of the database is thrown as it is; nothing is retried here.
 */
export interface QueryStore {
  /** Runs `fn` on one site's rows. */
  read<T>(siteId: number, fn: (view: SiteView) => Promise<T>): Promise<T>;

  /**
   * Looks at a recording, all in one transaction and one round trip; undefined when there is no such
   * recording in this site.
   *
   * @param scopes Of this recording.
   * @param options.bodies Also reads every chunk inside the scopes, bodies included: the caller keeps the
   * scopes small.
   */
  look(
    siteId: number,
    recordingId: string,
    scopes: readonly SequenceScope[],
    options: { readonly bodies: boolean },
  ): Promise<RecordingLook | undefined>;

  /**
   * Chunks inside a scope by sequence, bodies included; at most `limit`. A transaction of its own, so that
   * a long answer holds none open while its client is slow.
   */
  chunkPage(siteId: number, scope: SequenceScope, limit: number): Promise<StoredChunk[]>;

  /** Where a recording's streams end now. A transaction of its own; opens nothing that is sealed. */
  coverage(siteId: number, recordingId: string): Promise<StoredCoverage>;

  /** The row of a parameter set, or undefined; a transaction of its own. */
  parameterSet(
    siteId: number,
    recordingId: string,
    digest: Uint8Array,
  ): Promise<StoredParameterSet | undefined>;

  /**
   * What a patient allows now; a transaction of its own. Undefined: the site has no such recording or patient.
   *
   * @param personId Who asks; null where nobody is asked for.
   */
  consent(
    siteId: number,
    scope: ConsentScope,
    personId: string | null,
  ): Promise<StoredConsent | undefined>;

  /** Codes of the patients who allow research and are not restricted, in order. */
  researchPatients(siteId: number): Promise<string[]>;

  /** Resolves when reads work with the right role and schema; throws with the reason otherwise. */
  checkReady(): Promise<void>;
}
