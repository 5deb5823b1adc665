/**
 * Where the log lives, as an interface with its promises.
 *
 * @module
 */

import type { TileRow } from "./growing_log.ts";

/** The last event that is in the log. */
export interface LogCursor {
  /** Decimal text of an xid8. */
  readonly xid: string;
  /** Decimal text. */
  readonly eventId: string;
}

/** The newest log, as it stands. */
export interface LogHead {
  readonly logNumber: number;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed checkpoint of this size, without cosignatures. */
  readonly note: Uint8Array;
  readonly cursor: LogCursor;
  /** Size of the checkpoint that is served; 0 before the first. */
  readonly publishedSize: number;
  /** Of the newest checkpoint that a witness has signed; 0 when none has. */
  readonly witnessedSize: number;
  /** Counts updates. */
  readonly revision: number;
}

/** Leaves that wait, in the order of the log. */
export interface LogBatch {
  /** 56 bytes each. */
  readonly entries: readonly Uint8Array[];
  /** Of the last one. */
  readonly cursor: LogCursor;
  /** Age of the oldest, by the database's clock. */
  readonly oldestMs: number;
  /** There may be more. */
  readonly isFull: boolean;
}

/** A new log, with its first entry. */
export interface LogStart {
  readonly logNumber: number;
  readonly origin: string;
  readonly startSalt: Uint8Array;
  readonly startContent: Uint8Array;
  readonly root: Uint8Array;
  readonly note: Uint8Array;
  readonly tiles: readonly TileRow[];
}

/** What follows a head. */
export interface LogAppend {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: Uint8Array;
  readonly cursor: LogCursor;
  readonly tiles: readonly TileRow[];
}

/** A checkpoint to be served. */
export interface LogPublication {
  readonly size: number;
  readonly checkpoint: Uint8Array;
  /** How many witnesses have signed it. */
  readonly witnessCount: number;
}

/** Somebody else has written the log meanwhile: whoever hears this stops. */
export class LogTakenError extends Error {
  override readonly name = "LogTakenError";
}

/**
 * The log of one database, for one sequencer. Used by one caller at a time.
 *
 * What a write returned is durable. A write that throws {@link LogTakenError} changed nothing; any other
 * error leaves it open whether it was persisted, and the caller reads the head again before it goes on.
 */
export interface LogStore {
  /** Takes the log for this connection's life; false when another has it. */
  takeLock(): Promise<boolean>;

  /** The current log, or undefined when there is none. */
  head(): Promise<LogHead | undefined>;

  /** Tiles of a log by level and index, in that order; undefined where there is none. */
  tiles(
    logNumber: number,
    ids: readonly { readonly level: number; readonly index: number }[],
  ): Promise<(TileRow | undefined)[]>;

  /**
   * Leaves behind a cursor whose transactions, and all with lower numbers, have ended: a transaction that
   * stays open holds back everything after it, so that nothing is ever skipped.
   */
  waiting(cursor: LogCursor, countMax: number): Promise<LogBatch | undefined>;

  /** The same leaves once more: those between two cursors. */
  between(after: LogCursor, last: LogCursor): Promise<readonly Uint8Array[]>;

  /** Age of the oldest leaf that is not in the log, in ms, held back or not; 0 when there is none. */
  oldestWaitingMs(cursor: LogCursor): Promise<number>;

  /** Begins a log. @throws {LogTakenError} There is one of this number. */
  start(start: LogStart): Promise<void>;

  /**
   * Appends in one transaction: head, tiles, and where each row's leaf is.
   *
   * @throws {LogTakenError} The head is not `head` any more.
   */
  append(head: LogHead, append: LogAppend): Promise<void>;

  /** Serves a checkpoint of the head's size. @throws {LogTakenError} As {@link append}. */
  publish(head: LogHead, publication: LogPublication): Promise<void>;
}
