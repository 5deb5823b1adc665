/**
 * Where accepted things live, as an interface with its promises.
 *
 * Sole owner of the shape of stored rows on the writing side. Everything of a patient reaches the store
 * sealed; the store never holds a key. Two implementations pass the same suite
 * (`core/testing/store_conformance.ts`): PostgreSQL and memory.
 *
 * @module
 */

import type { SignaturePolicy } from "@wavekeep/core/chunk";
import type { NewLeaf } from "@wavekeep/core/crypto";
import type { SampleRate } from "@wavekeep/core/time";

/** Who asks, for the event row that is written beside everything else. */
export interface Sender {
  readonly siteId: number;
  /** Subject of the credential. */
  readonly actor: string;
  readonly role: string;
  readonly requestId: string;
  /** The device key that the credential was signed with, hexadecimal; absent for credentials of the site. */
  readonly keyId?: string;
}

/** Under which key a segment's chunks are signed, and how. */
export interface SegmentSigning {
  readonly policy: Exclude<SignaturePolicy, "none">;
  /** H(public key), 32 bytes. */
  readonly keyId: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** What is stored with a leaf of its own, in the transaction that stores it. */
export interface Logged {
  /** µs since 1970 by the server's clock: the row and its leaf say the same. */
  readonly atMicros: bigint;
  /** Goes into the event row, from where the log's sequencer takes it. */
  readonly leaf: NewLeaf;
}

/** A patient, and which key its recordings are wrapped by now. */
export interface StoredPatient {
  readonly patientUuid: string;
  /** Names the key in the key store: the patient's own UUID until the key was replaced (decision 0037). */
  readonly keyUuid: string;
}

/**
 * A recording as ingest needs it. Immutable once stored, but for `isClosed` and, when it or a recording of its
 * patient was reassigned, for whose key it is wrapped by.
 */
export interface StoredRecording {
  readonly siteId: number;
  /** UUIDv7, minted by the server; never leaves it. */
  readonly recordingId: string;
  /** Names its patient's key in the key store: `StoredPatient.keyUuid`. */
  readonly patientUuid: string;
  /** Payload of NOTIFY, decimal text. */
  readonly notifyNumber: string;
  /** First 16 bytes of the reference hash; what segment records name. */
  readonly reference: Uint8Array;
  /** Data key, wrapped by the patient's key. */
  readonly wrappedKey: Uint8Array;
  readonly startedAtSealed: Uint8Array | null;
  /** Keyed digest of the facts it was opened with. */
  readonly contentDigest: Uint8Array | null;
  readonly isClosed: boolean;
  /** Who opened it; null for what was opened before that was kept. */
  readonly openedBy: string | null;
  /** It is, or was, another patient's or another recording than it was opened as; absent when not. */
  readonly isMoved?: true;
}

/** A recording about to be stored. */
export interface NewRecording extends Logged {
  readonly recordingId: string;
  readonly patientUuid: string;
  /** What `wrappedKey` was wrapped by, when that is not the patient's first key. */
  readonly keyUuid?: string;
  readonly recordingCode: string;
  readonly reference: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly startedAtSealed: Uint8Array | null;
  readonly idempotencyKey: Uint8Array | null;
  readonly contentDigest: Uint8Array;
  /** Of the civil start, beside the leaf that says whose it is. */
  readonly startLeaf: NewLeaf;
}

/** One stream of a stored segment. */
export interface StoredStream {
  readonly stream: number;
  readonly rate: SampleRate;
  /** 1 int32, 2 binary32, 3 binary64. */
  readonly kind: number;
  readonly channelCount: number;
  readonly descriptorDigest: Uint8Array;
}

/** A stream with what it is described by: a kilobyte, which only chunks in JSON are compared with. */
export interface DescribedStream extends StoredStream {
  readonly descriptorSealed: Uint8Array;
}

/** A stored segment with its streams. Immutable, so it may be kept in memory for ever. */
export interface StoredSegment {
  readonly siteId: number;
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly segmentId: Uint8Array;
  readonly segmentDigest: Uint8Array;
  /** 0 unknown, 1 free-running, 2 disciplined, 3 zone unknown. */
  readonly clock: number;
  readonly startSeconds: string;
  readonly startUncertaintySeconds: string;
  readonly implicit: boolean;
  /** Who opened it; only this sender's chunks are taken. */
  readonly actor: string | null;
  /** Null when the segment is unsigned. */
  readonly signing: SegmentSigning | null;
  readonly streams: readonly StoredStream[];
}

/** A segment whose streams are described. */
export interface DescribedSegment extends StoredSegment {
  readonly streams: readonly DescribedStream[];
}

/** A segment about to be stored. Its number is given by the store, and sealing needs the number. */
export interface NewSegment {
  readonly recordingId: string;
  readonly segmentId: Uint8Array;
  readonly segmentDigest: Uint8Array;
  readonly clock: number;
  readonly startSeconds: string;
  readonly startUncertaintySeconds: string;
  readonly implicit: boolean;
  /** With the signature of its record, 64 bytes. */
  readonly signing: (SegmentSigning & { readonly signature: Uint8Array }) | null;
  readonly streams: readonly StoredStream[];
  readonly atMicros: bigint;
  /**
   * Seals the record and the descriptors, in stream order, for the number that was given, and makes their
   * leaves: the segment's, then one for each descriptor.
   */
  seal(segmentNumber: number): {
    record: Uint8Array;
    descriptors: readonly Uint8Array[];
    leaves: readonly NewLeaf[];
  };
}

/** Permanent key of a chunk inside the server. */
export interface ChunkKey {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly sequence: number;
}

/** A chunk about to be stored. */
export interface NewChunk extends ChunkKey {
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly chunkDigest: Uint8Array;
  /** Digest of the whole chunk as it was sent. */
  readonly storedDigest: Uint8Array;
  /** µs since 1970: part of the leaf, so the server's clock gives it before the row exists. */
  readonly receivedAtMicros: bigint;
  /** 56 bytes: what the log shows of it. */
  readonly leafEntry: Uint8Array;
  /** H(0x00 ‖ entry), 32 bytes. */
  readonly leafHash: Uint8Array;
  readonly body: Uint8Array;
  /** The key whose signature it carries; absent when it carries none. */
  readonly keyId?: Uint8Array;
  /**
   * An unsigned chunk of a run: stored only when the next one, which is in the same request, is stored too
   * or was there before just so. Otherwise the whole transaction fails with `BrokenRunError`.
   */
  readonly needsNext?: boolean;
}

/** What a receipt is made of. */
export interface StoredChunk extends ChunkKey {
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  readonly incarnation: number;
  readonly leafHash: Uint8Array;
}

/**
 * What became of one chunk. `found` says that the position was taken before; whether by the same chunk
 * is for the caller to compare. `beyond-end` says that the stream was stated to end at `endSequence`.
 */
export type PutChunkResult =
  | { readonly outcome: "stored"; readonly chunk: StoredChunk }
  | { readonly outcome: "found"; readonly chunk: StoredChunk }
  | { readonly outcome: "beyond-end"; readonly endSequence: number };

/**
 * A parameter set about to be stored: sealed twice, with a nonce each, because one damaged set would take
 * every chunk that names it.
 */
export interface NewParameterSet extends StoredParameterSet, Logged {
  readonly recordingId: string;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Of the set itself. */
  readonly byteLength: number;
}

/** A set as it was stored, sealed. Whether either opens is for the caller to see. */
export interface StoredParameterSet {
  readonly body: Uint8Array;
  readonly copy: Uint8Array;
}

/** What one request wants stored: by whom, and which chunks with the parameter sets they need. */
export interface ChunkRequest {
  readonly sender: Sender;
  /** At least one, of the sender's site; keys differ from each other. */
  readonly chunks: readonly NewChunk[];
  readonly sets: readonly NewParameterSet[];
}

/** A second, different chunk for a taken position. */
export interface QuarantinedChunk extends ChunkKey {
  readonly quarantineId: string;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly byteLength: number;
  readonly body: Uint8Array;
}

/** One version of a mark, about to be stored. Ids are lower-case hexadecimal. */
export interface NewAnnotation extends Logged {
  readonly annotationId: string;
  readonly version: number;
  readonly status: string;
  /** With kind and source: nothing of what it says is in the clear. */
  readonly bodySealed: Uint8Array;
  readonly contentDigest: Uint8Array;
}

/** A statement about a version of a mark, about to be stored. Ids are lower-case hexadecimal. */
export interface NewReview extends Logged {
  readonly reviewId: string;
  readonly annotationId: string;
  readonly annotationVersion: number;
  readonly bodySealed: Uint8Array;
  readonly contentDigest: Uint8Array;
}

/** `unknown`: the version that it is about is not stored. */
export type ReviewOutcome = Repeatable | "unknown";

/** What became of something with a client-chosen id. */
export type Repeatable = "stored" | "repeated" | "conflict";

/** What a clock said beside what another said. */
export interface NewClockObservation extends Logged {
  readonly observationId: string;
  readonly segmentNumber: number | null;
  /** µs since 1970, decimal text. */
  readonly deviceTimeMicros: string;
  readonly monotonicNs: string;
  readonly referenceTimeMicros: string;
  readonly source: string;
  readonly uncertaintyMicros: string | null;
}

/** Samples that will never come, or the end of a stream. */
export interface NewStatement extends Logged {
  readonly statementId: string;
  readonly stream: number;
  readonly kind: "loss" | "end";
  readonly firstSequence: number;
  readonly sequenceCount: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly reason: number;
  /** Ed25519 of the record, 64 bytes; null in unsigned segments. */
  readonly signature: Uint8Array | null;
}

/** `contradiction`: another end is stated, or chunks lie beyond this one. */
export type StatementOutcome = Repeatable | "contradiction";

/** What a file held beside its samples. */
export interface NewSource extends Logged {
  /** Hexadecimal: what stands for the file in this recording. */
  readonly fileKey: string;
  /** Hexadecimal: rows from before are found by it. It never reaches SQL. */
  readonly fileSha256: string;
  readonly bodySealed: Uint8Array;
  readonly contentDigest: Uint8Array;
}

/** How far one stream has come. */
export interface StreamProgress {
  readonly stream: number;
  /** Runs of stored sequences in order, half-open, never touching. */
  readonly runs: readonly { readonly start: number; readonly end: number }[];
  readonly chunkCount: number;
  /** Chunk digest of the last sequence of the run that starts at 0; null when there is none. */
  readonly highWaterDigest: Uint8Array | null;
  readonly endSequence: number | null;
}

/** How far a segment has come, true of one moment. */
export interface SegmentProgress {
  readonly incarnation: number;
  readonly asOfMicros: bigint;
  readonly streams: readonly StreamProgress[];
}

/**
 * Where accepted things live. Safe for concurrent use, by any number of processes.
 *
 * What a method returned survives a crash of this process and of the database; the event row of each
 * write is in the same transaction as the write. Nothing is ever changed or removed. Implementations
 * retry deadlocks themselves; what they throw is final:
 *
 * - `StoreUnavailableError`: nothing was written. Trying again later makes sense.
 * - `CommitOutcomeUnknownError`: all of it was written, or nothing. The same request again finds out.
 * - `StorageViolationError`: a write vanished without an error. Never a success.
 * - `BrokenRunError`: an unsigned chunk would stand without the one that covers it. Nothing was written.
 */
export interface IngestStore {
  /** The recording of these codes, or undefined. */
  findRecording(
    siteId: number,
    codes: { patientCode: string; recordingCode: string },
  ): Promise<StoredRecording | undefined>;

  /** The recording that was opened under these codes, whosever it is now, or undefined. */
  findOpened(
    siteId: number,
    codes: { patientCode: string; recordingCode: string },
  ): Promise<StoredRecording | undefined>;

  /** The patient's uuid and key, or undefined when the site has no such patient. */
  findPatient(siteId: number, patientCode: string): Promise<StoredPatient | undefined>;

  /**
   * Stores the patient under `patientUuid`, or confirms the one that has the code.
   *
   * @returns The uuid that holds from now on: the caller's, or the one another caller stored first.
   */
  putPatient(
    sender: Sender,
    patient: { patientUuid: string; patientCode: string },
  ): Promise<string>;

  /**
   * Makes the partition of its chunks, then stores the recording, or finds the one that has the codes.
   * No recording ever stands without a partition.
   *
   * `idempotency-conflict`: the key opened another recording of this site. `link-changed`: the patient's key
   * was replaced meanwhile, or the codes were given to another recording; nothing was written, look again.
   */
  putRecording(
    sender: Sender,
    recording: NewRecording,
  ): Promise<
    | { readonly outcome: "stored" | "found"; readonly recording: StoredRecording }
    | { readonly outcome: "idempotency-conflict" }
    | { readonly outcome: "link-changed" }
  >;

  /** Closes a recording. Closing again is a repeat, under whatever key. */
  closeRecording(
    sender: Sender,
    close: Logged & { readonly recordingId: string; readonly idempotencyKey: Uint8Array },
  ): Promise<"stored" | "repeated">;

  /**
   * Stores a segment with its streams under the next free number of the recording, or finds the one of
   * the same id. Opening and closing of one recording happen one after the other, so that no segment
   * slips in behind a close.
   */
  putSegment(
    sender: Sender,
    segment: NewSegment,
  ): Promise<
    | { readonly outcome: "stored" | "found"; readonly segment: StoredSegment }
    | { readonly outcome: "recording-closed" }
  >;

  /** A segment by its id, with the recording it belongs to, or undefined. */
  findSegment(
    siteId: number,
    segmentId: Uint8Array,
  ): Promise<{ segment: StoredSegment; recording: StoredRecording } | undefined>;

  /** All segments of a recording in order of their numbers. */
  listSegments(siteId: number, recordingId: string): Promise<DescribedSegment[]>;

  /**
   * Stores chunks, each with its event row, in one transaction; or finds what holds their positions.
   * The first encoding of a chunk stays. Keys must differ from each other.
   *
   * @param chunks At least one, of one site.
   * @param sets Parameter sets that chunks name and that were not stored before, each once: they are
   * stored in the same transaction, before the chunks and with an event row each. One that another
   * writer stored meanwhile stays as it is.
   * @returns One result per chunk, in the order of `chunks`.
   */
  putChunks(
    sender: Sender,
    chunks: readonly NewChunk[],
    sets?: readonly NewParameterSet[],
  ): Promise<PutChunkResult[]>;

  /**
   * Stores the chunks of several requests in one transaction, each event row under the sender of its
   * request; otherwise as {@link putChunks}.
   *
   * @param requests At least one, all of one site. Keys differ over all of them; sets may repeat.
   * @returns One result per chunk, request by request.
   */
  putChunkGroup(requests: readonly ChunkRequest[]): Promise<PutChunkResult[][]>;

  /** Stores a parameter set with its event row, or finds the one of the same digest, which stays. */
  putParameterSet(sender: Sender, set: NewParameterSet): Promise<"stored" | "repeated">;

  /** A parameter set of a recording, or undefined. */
  findParameterSet(
    siteId: number,
    recordingId: string,
    digest: Uint8Array,
  ): Promise<StoredParameterSet | undefined>;

  /**
   * How many of `wanted` more parameter sets a recording may have (`limits.ts`). A snapshot: requests at
   * the same moment may each use the same room.
   */
  parameterSetRoom(siteId: number, recordingId: string, wanted: number): Promise<number>;

  /**
   * Keeps a conflicting chunk aside, with an event: the first 3 bodies of a position and 64 MiB of a
   * sender, then digests only. A body that is there already is counted by its event alone.
   */
  quarantineChunk(sender: Sender, chunk: QuarantinedChunk): Promise<void>;

  /** Stores versions of marks in one transaction. One outcome per mark, in order. */
  putAnnotations(
    sender: Sender,
    recordingId: string,
    annotations: readonly NewAnnotation[],
  ): Promise<Repeatable[]>;

  /**
   * Stores statements about marks in one transaction, in their order. One outcome per statement; what is
   * unknown or conflicts is not stored and keeps none of the others back.
   */
  putReviews(
    sender: Sender,
    recordingId: string,
    reviews: readonly NewReview[],
  ): Promise<ReviewOutcome[]>;

  /** Stores observations in one transaction: all, or none when one conflicts. */
  putClockObservations(
    sender: Sender,
    recordingId: string,
    observations: readonly NewClockObservation[],
  ): Promise<Repeatable[]>;

  /** Stores statements in one transaction: all, or none when one conflicts or contradicts. */
  putStatements(
    sender: Sender,
    segment: StoredSegment,
    statements: readonly NewStatement[],
  ): Promise<StatementOutcome[]>;

  putSource(sender: Sender, recordingId: string, source: NewSource): Promise<Repeatable>;

  /** What has arrived of a segment, in one snapshot. */
  segmentProgress(siteId: number, segment: StoredSegment): Promise<SegmentProgress>;

  /**
   * Tells readers that recordings have grown. Best effort: a reader that misses it asks later.
   *
   * @param notifyNumbers Numbers of recordings whose commit has returned.
   */
  announce(notifyNumbers: readonly string[]): Promise<void>;
}
