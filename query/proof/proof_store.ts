/**
 * What query reads of the transparency log and of what its leaves are about, as an interface.
 *
 * Rows are given as they are stored: contents sealed, tiles unproven. `leaf_of_row.ts` opens, and every
 * proof that is made of tiles is checked against the signed root before it is shown. Hazard: the log's
 * tables hold entries of every site; a leaf is only ever looked up by a recording that was found in the
 * asker's site.
 *
 * @module
 */

import type { TileId } from "@wavekeep/core/log";
import type { SequenceScope, StoredRecording } from "../store/query_store.ts";
import type { RecordingFactRows } from "./recording_facts.ts";

/** The current log. */
export interface LogHead {
  /** Which log: a new one begins after a restore. */
  readonly logNumber: number;
  readonly origin: string;
  /** The published checkpoint: a signed note, with the cosignatures that have come. */
  readonly checkpoint: Uint8Array;
  /** The newest one that a witness has signed; null when none has. */
  readonly witnessedCheckpoint: Uint8Array | null;
}

/** Where a chunk's leaf is, and what it commits to besides its key. */
export interface ChunkLeafRow {
  readonly sequence: number;
  /** Null when the sequencer has not got to it. */
  readonly leafIndex: number | null;
  readonly chunkDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  /** Of rows from before salts were derived. */
  readonly leafSalt: Uint8Array | null;
}

/** A chunk by its name. */
export interface ChunkPosition {
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly stream: number;
  readonly sequence: number;
}

/** All that the proof of one chunk is made of, but for tiles; of one moment. */
export interface FoundChunk {
  readonly recording: StoredRecording;
  readonly segmentNumber: number;
  /** Sealed. */
  readonly record: Uint8Array;
  readonly signature: Uint8Array | null;
  /** Whether the segment has the stream. */
  readonly hasStream: boolean;
  /** Undefined before its first checkpoint. */
  readonly head: Pick<LogHead, "logNumber" | "checkpoint"> | undefined;
  /** Undefined when no such chunk is stored, and before there is a log. */
  readonly leaf: ChunkLeafRow | undefined;
}

/** A leaf that is no chunk's. */
export interface NounLeafRow {
  readonly leafIndex: number;
  /** 56 bytes. */
  readonly entry: Uint8Array;
  /** Sealed under the data key when there is no salt; null for what was never opened. */
  readonly content: Uint8Array | null;
  readonly salt: Uint8Array | null;
}

/** A segment's row as its device sent it. */
export interface SegmentProofRow {
  readonly segmentNumber: number;
  /** Sealed. */
  readonly record: Uint8Array;
  readonly signature: Uint8Array | null;
}

/** What a device stated, whole. */
export interface StatementProofRow {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly kind: "loss" | "end";
  readonly firstSequence: number;
  readonly sequenceCount: number;
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly reason: number;
  readonly signature: Uint8Array | null;
}

/** What was kept beside the samples of a file. */
export interface SourceRow {
  /** Hexadecimal, part of the place that the body is sealed at: `sourceFileKey`, or the file's SHA-256. */
  readonly fileKey: string;
  /** Null but in rows from before it was sealed. */
  readonly byteLength: number | null;
  /** `SourceRequest`, sealed. */
  readonly bodySealed: Uint8Array;
}

/** Reads the log. Safe for concurrent use; nothing is retried. */
export interface ProofStore {
  /** The current log; undefined before its first checkpoint. */
  head(): Promise<LogHead | undefined>;

  /** Bytes of tiles by their path, cut to the width that is asked for; what is not there is left out. */
  tiles(logNumber: number, tiles: readonly TileId[]): Promise<Map<string, Uint8Array>>;

  /** A chunk with its leaf, the head and what it is of, in one round trip; undefined without its segment. */
  chunk(siteId: number, position: ChunkPosition): Promise<FoundChunk | undefined>;

  /** Leaves of stored chunks inside a scope, by sequence; at most `limit`. */
  chunkLeaves(
    siteId: number,
    scope: SequenceScope & { readonly logNumber: number },
    limit: number,
  ): Promise<ChunkLeafRow[]>;

  /** Every leaf of a recording that is no chunk's, by index. */
  nounLeaves(siteId: number, recordingId: string, logNumber: number): Promise<NounLeafRow[]>;

  /** Leaves of the site's device keys, by index. */
  keyLeaves(siteId: number, logNumber: number): Promise<NounLeafRow[]>;

  /** By number. */
  segments(siteId: number, recordingId: string): Promise<SegmentProofRow[]>;

  /** By segment, stream, first sequence. */
  statements(siteId: number, recordingId: string): Promise<StatementProofRow[]>;

  /** What is logged and signed of a recording by a checkpoint, counted; log 0 is none. */
  recordingFacts(
    siteId: number,
    of: { readonly recordingId: string; readonly logNumber: number; readonly size: number },
  ): Promise<RecordingFactRows>;

  /** Files that the recording came from. Identity scope: only for who may have originals. */
  sources(siteId: number, recordingId: string): Promise<SourceRow[]>;

  /** Public keys of devices by their key ids, hexadecimal; 32 bytes each. */
  publicKeys(siteId: number, keyIds: readonly Uint8Array[]): Promise<Map<string, Uint8Array>>;
}
