/**
 * Layer 6. What a spool promises: the durable queue between a device and ingest.
 *
 * @see core/decisions/0033-the-relay.md
 * @module
 */
import type { Problem } from "../problem/mod.ts";
import type { Receipt } from "../wire/mod.ts";

/** Who sent something, as its verified credential says. */
export interface SpoolSender {
  readonly siteId: number;
  readonly subject: string;
  /** Hexadecimal id of the device key that signed the credential; null when the site's issuer did. */
  readonly keyId: string | null;
}

/** A recording by the site's own codes. */
export interface SpoolRecording {
  readonly siteId: number;
  readonly patientId: string;
  readonly recordingId: string;
}

/** A request that is kept and sent on as it came. */
export interface HeldRequest {
  readonly method: string;
  /** With leading slash, no query. */
  readonly path: string;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/** A chunk to be held. */
export interface ChunkToHold {
  /** Of {@link Spool.recording}. */
  readonly recordingNo: number;
  /** 16 bytes. */
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly sequence: number;
  /** 32 bytes. */
  readonly chunkDigest: Uint8Array;
  /** Digest of the parameter set that it names, or null. */
  readonly setDigest: Uint8Array | null;
  /** It is unsigned and of a run: it has to travel with the chunk after it. */
  readonly needsNext: boolean;
  /** The whole chunk. */
  readonly bytes: Uint8Array;
}

/** A parameter set to be held. */
export interface SetToHold {
  readonly recordingNo: number;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Magic to checksum. */
  readonly record: Uint8Array;
}

/** What became of a chunk. */
export type HoldOutcome =
  /** It was not here before, and is on the disk now. */
  | { readonly outcome: "held" }
  /** The same chunk was here; with ingest's receipt once there is one. */
  | { readonly outcome: "repeated"; readonly receipt: Receipt | null }
  /** Another chunk has its place; this one is among the disputed. */
  | { readonly outcome: "conflict" }
  /** Ingest refused this very chunk for good. */
  | { readonly outcome: "disputed"; readonly problem: Problem };

/** A segment that was opened here. */
export interface HeldSegment {
  readonly recordingNo: number;
  readonly sender: SpoolSender;
  /** What {@link Spool.holdSegment} was given. */
  readonly facts: Uint8Array;
}

/** Sequences that are there without a hole, and the chunk digest of the last of them. */
export interface SpoolRun {
  readonly start: number;
  readonly end: number;
  readonly endDigest: Uint8Array;
}

/** How far one stream of a segment is. */
export interface SpoolProgress {
  readonly stream: number;
  /** Held here, or stored by ingest. */
  readonly held: readonly SpoolRun[];
  /** Stored by ingest: there are receipts. */
  readonly stored: readonly SpoolRun[];
}

/** What a batch is taken from. */
export type SpoolLane = "request" | "live" | "backlog";

/** One entry to be sent on. */
export interface SpoolEntry {
  readonly entryNo: number;
  readonly recordingNo: number;
  /** Undefined for a request. */
  readonly chunk?: {
    readonly segmentId: Uint8Array;
    readonly stream: number;
    readonly sequence: number;
    readonly chunkDigest: Uint8Array;
    readonly setDigest: Uint8Array | null;
    readonly needsNext: boolean;
    readonly bytes: Uint8Array;
    /** It has a receipt, and goes along because a chunk before it needs it. */
    readonly isRepeat: boolean;
  };
  readonly request?: HeldRequest;
}

/** What is sent on in one request: chunks of one sender, or a single request. */
export interface SpoolBatch {
  readonly sender: SpoolSender;
  readonly entries: readonly SpoolEntry[];
}

/** What to take next. */
export interface BatchWish {
  readonly lane: SpoolLane;
  /** Chunks up to this number are backlog, whatever lane they came in. */
  readonly liveAfter: number;
  /** Entries that are on their way, or were told to wait. */
  readonly isExcluded: (entryNo: number) => boolean;
  /** Entries that have to go alone. */
  readonly isAlone: (entryNo: number) => boolean;
  readonly chunksMax: number;
  readonly bytesMax: number;
  /** Told what is being opened, before anybody else can look; perhaps more than once. */
  readonly onTaken?: (entryNos: readonly number[]) => void;
}

/** One refused entry, for people. */
export interface DisputedEntry {
  readonly entryNo: number;
  /** What it is: `chunk`, `request`. */
  readonly kind: "chunk" | "request";
  /** Hexadecimal, of chunks. */
  readonly segmentId: string | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  readonly byteLength: number;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly heldAtMs: number;
  /** Type and title of the problem. */
  readonly problem: Problem;
}

/** The spool in numbers. */
export interface SpoolStatus {
  readonly waitingChunks: number;
  readonly waitingRequests: number;
  readonly waitingBytes: number;
  readonly storedEntries: number;
  readonly disputedEntries: number;
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** How long the oldest waiting entry has waited while this spool was running; null when none waits. */
  readonly oldestWaitMs: number | null;
  /** The incarnation of ingest that was heard of last; null when it never answered. */
  readonly incarnation: number | null;
  /** Files that were set aside because they were damaged. */
  readonly setAside: readonly string[];
}

/** The quota is used up: nothing was taken. */
export class SpoolFullError extends Error {
  override readonly name = "SpoolFullError";
}

/** The disk did not take it: nothing was promised. */
export class SpoolUnavailableError extends Error {
  override readonly name = "SpoolUnavailableError";
}

/**
 * A durable queue. Safe for concurrent use within one process; one process at a time.
 *
 * What a `hold…` or `note…` has returned survives a crash of this process and of this machine. Nothing is
 * deleted but what has a receipt with an equal digest, and that only after it was kept for a day more of
 * running time: a clock that jumps deletes nothing. Nothing is ever dropped to make room.
 */
export interface Spool {
  /** The number of a recording; its keys are made the first time. */
  recording(of: SpoolRecording): Promise<number>;
  /**
   * Holds a request, once however often it is repeated.
   *
   * @param options.opens It has to be stored before chunks: of its segment, or of the whole recording.
   */
  holdRequest(
    recordingNo: number,
    sender: SpoolSender,
    request: HeldRequest,
    options?: { readonly opens?: "recording" },
  ): Promise<"held" | "repeated">;
  /** Holds the request that opens a segment, and what is known of the segment. */
  holdSegment(
    recordingNo: number,
    sender: SpoolSender,
    segment: { readonly segmentId: Uint8Array; readonly facts: Uint8Array },
    request: HeldRequest,
  ): Promise<"held" | "repeated">;
  /** A segment that was opened here. */
  segment(segmentId: Uint8Array): Promise<HeldSegment | undefined>;
  /**
   * Holds chunks and the sets they name, all or none.
   *
   * @returns One outcome per chunk.
   * @throws {SpoolFullError | SpoolUnavailableError} None is held.
   */
  holdChunks(
    sender: SpoolSender,
    chunks: readonly ChunkToHold[],
    sets: readonly SetToHold[],
  ): Promise<HoldOutcome[]>;
  hasSet(recordingNo: number, digest: Uint8Array): boolean;
  /** How far the streams of a segment are; a stream of which nothing is known is left out. */
  progress(segmentId: Uint8Array): SpoolProgress[];

  /** What to send next, or undefined when nothing waits. Entries that do not open any more become disputed. */
  nextBatch(wish: BatchWish): Promise<SpoolBatch | undefined>;
  /** The record of a set, or undefined when it is not here. */
  setRecord(recordingNo: number, digest: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Entries were stored by ingest. The receipts' digests were compared by whoever calls.
   *
   * @param sentIn The incarnation that was known when they were sent. What was confirmed in an older one than is
   * known by now waits still: the restore may have taken it.
   */
  noteStored(
    entries: readonly { readonly entryNo: number; readonly receipt: Receipt | null }[],
    sentIn: number | null,
  ): Promise<void>;
  /** A relay holds these chunks, which is no receipt: they wait, and {@link nextBatch} passes them over. */
  noteHanded(entryNos: readonly number[]): Promise<void>;
  /** Chunks that a relay holds are sent once more; all of them where none is named, as after a restart. */
  handBack(entryNos?: readonly number[]): Promise<void>;
  /** Ingest refused an entry for good. */
  noteDisputed(entryNo: number, problem: Problem): Promise<void>;
  /** Ingest has erased the patient of a recording: what is held of the patient is destroyed here as well. */
  eraseRecording(recordingNo: number): Promise<void>;
  /** What opened a recording and its segments is sent once more. */
  reopen(recordingNo: number): Promise<void>;
  /**
   * Ingest answered in this incarnation. When it was raised, all that older receipts cover waits again.
   *
   * @returns How many entries wait again.
   */
  noteIncarnation(incarnation: number): Promise<number>;
  /** Ingest holds a stream from its beginning up to `end`, whoever sent it. */
  noteUpstream(
    segmentId: Uint8Array,
    stream: number,
    run: { readonly end: number; readonly endDigest: Uint8Array },
  ): Promise<void>;
  /** Segments whose opening ingest has stored, the newest first. */
  openedSegments(limit: number): Uint8Array[];
  /** The incarnation of ingest that was heard of last; null when it never answered. */
  readonly incarnation: number | null;

  status(): SpoolStatus;
  disputed(limit: number): DisputedEntry[];
  /** How many chunks of a segment are disputed. */
  disputedOf(segmentId: Uint8Array): number;
  /** Disputed entries wait again, because somebody has mended the reason. @returns How many. */
  retryDisputed(): Promise<number>;
  /** The highest number given so far. */
  readonly lastEntryNo: number;
  /** Deletes what was kept long enough; to be called now and then. @returns How many entries. */
  tidy(): Promise<number>;
  /** A fact that somebody wants to find again. */
  fact(name: string): string | undefined;
  setFact(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}
