/**
 * What an erasure reads and writes, as an interface with its promises.
 *
 * @module
 */

import type { NewLeaf } from "@wavekeep/core/crypto";
import type { ErasedRange } from "@wavekeep/core/log";

/** A recording of the patient. */
export interface ErasableRecording {
  readonly siteId: number;
  readonly recordingId: string;
  /** 16 bytes. */
  readonly reference: Uint8Array;
  readonly wrappedKey: Uint8Array;
  /** Of the patient's key that `wrappedKey` was wrapped by. */
  readonly keyUuid: string;
  /** What the log calls it, once its erasure was written; null before. */
  readonly pseudonym: Uint8Array | null;
}

/** A patient with everything that there is of it. */
export interface ErasablePatient {
  readonly patientUuid: string;
  /** Of the key that it has now. Nothing but an erasure destroys that one. */
  readonly currentKeyUuid: string;
  /**
   * Every key that opens something of the patient: its own, those that were replaced (decision 0037), and those
   * of whom its recordings were taken for before. No other patient's key of now is among them.
   */
  readonly keyUuids: readonly string[];
  /** Nothing is left to do. */
  readonly isDone: boolean;
  /** Nothing may be erased until somebody takes that back. */
  readonly isHeld: boolean;
  readonly recordings: readonly ErasableRecording[];
}

/** Writes that have returned survive a crash; each may be repeated. */
export interface EraseStore {
  /** Undefined: the site has no such patient. */
  findPatient(siteId: number, patientCode: string): Promise<ErasablePatient | undefined>;
  /** Stored chunks, ascending by segment id, stream and sequence. */
  storedRanges(recording: ErasableRecording): Promise<ErasedRange[]>;
  /** What leaves of its erasure cover already; in no order. */
  coveredRanges(recording: ErasableRecording): Promise<ErasedRange[]>;
  /** The recording's erasure and its leaves, in one transaction; more leaves when it has one already. */
  recordErasure(
    recording: ErasableRecording,
    erasure: {
      readonly pseudonym: Uint8Array;
      readonly erasedAtMicros: bigint;
      readonly leaves: readonly NewLeaf[];
      readonly actor: string;
    },
  ): Promise<void>;
  /** Deletes what was derived from the recordings, their marks, reviews, and which files they came from. */
  deleteRows(siteId: number, recordingIds: readonly string[]): Promise<void>;
  /** Says that nothing is left to do, with an event, once. */
  finish(siteId: number, patientUuid: string, actor: string): Promise<void>;
}
