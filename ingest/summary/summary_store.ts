/**
 * Where summaries live, as an interface with its promises.
 *
 * Sole owner of the shape of their rows on the writing side. Blocks reach the store sealed. What is here
 * can be made again from the chunks, so a promise that chunks have is missing: after a crash of the server
 * the last updates may be gone.
 *
 * @module
 */

/** A stream inside the server. */
export interface StreamPlace {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
}

/** Permanent key of a block. */
export interface BlockKey extends StreamPlace {
  readonly level: number;
  readonly block: number;
}

/** A block's row. */
export interface StoredBlock extends BlockKey {
  /** Counts the updates of the row. */
  readonly revision: number;
  /** Sealed; null when the row is of other rules, and so as good as absent. */
  readonly body: Uint8Array | null;
}

/** A block about to be stored. */
export interface NewBlock extends BlockKey {
  /** One more than that of the row it was made from; 1 when there was none. */
  readonly revision: number;
  readonly chunkCount: number;
  readonly body: Uint8Array;
}

/** A block of level 0 that does not have all the chunks that are stored. */
export interface LackingBlock {
  readonly block: number;
  readonly storedCount: number;
  readonly summarisedCount: number;
}

/** A stored chunk, sealed. */
export interface SealedChunk {
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** Rows of summaries, and the chunks they derive from. Safe for concurrent use, by several processes. */
export interface SummaryStore {
  /**
   * Reads blocks and writes what `merge` makes of them, in one transaction.
   *
   * @param keys Those that may change.
   * @param merge Given the rows that are there; returns those that changed.
   * @returns False when somebody else changed one of them meanwhile: nothing was written, do it again.
   */
  update(
    siteId: number,
    keys: readonly BlockKey[],
    merge: (found: readonly StoredBlock[]) => Promise<readonly NewBlock[]>,
  ): Promise<boolean>;

  /** Blocks of level 0 with fewer chunks than are stored, among the sequences `start <= k < end`. */
  lacking(
    siteId: number,
    stream: StreamPlace,
    sequences: { readonly start: number; readonly end: number },
  ): Promise<LackingBlock[]>;

  /** The stored chunks among the sequences `start <= k < end`, by sequence. */
  chunks(
    siteId: number,
    stream: StreamPlace,
    sequences: { readonly start: number; readonly end: number },
  ): Promise<SealedChunk[]>;

  /** Makes all blocks of a stream count as absent. */
  discard(siteId: number, stream: StreamPlace): Promise<void>;
}
