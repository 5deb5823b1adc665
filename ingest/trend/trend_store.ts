/**
 * Where trends live on the writing side, as an interface with its promises.
 *
 * Blocks reach the store sealed. What is here can be made again from the chunks: after a crash of the server
 * the last writes may be gone.
 *
 * @module
 */

import type { SealedChunk, StreamPlace } from "../summary/summary_store.ts";
import type { RepairedStream } from "../summary/repair.ts";

/** A stream, and what tells whether it has grown. */
export interface FollowedStream extends RepairedStream {
  readonly patientCode: string;
  readonly recordingCode: string;
  readonly rateSamples: string;
  readonly rateSeconds: string;
  /** 1 int32, 2 binary32, 3 binary64. */
  readonly kind: number;
  /** Sequence after the last one stored; 0 when nothing is. */
  readonly endSequence: number;
  /** Since the last one was stored. */
  readonly idleSeconds: number;
}

/** A block's row without its body. */
export interface TrendRow {
  readonly level: number;
  readonly block: number;
  readonly chunkCount: number;
  readonly revision: number;
}

/** A block about to be stored. */
export interface NewTrendBlock extends TrendRow {
  /** One more than that of the row it was made from; 1 when there was none. */
  readonly revision: number;
  readonly body: Uint8Array;
}

/** Rows of trends of this build's algorithm, and the chunks they derive from. Safe for concurrent use. */
export interface TrendStore {
  /** Numbers of all sites. */
  sites(): Promise<number[]>;

  /** The streams of a site, or of some of its recordings. */
  streams(
    siteId: number,
    only?: { readonly patientCode?: string; readonly recordingCode?: string },
  ): Promise<FollowedStream[]>;

  /** The sealed descriptor of a stream: kilobytes, which nobody needs of streams that wait. */
  descriptor(siteId: number, stream: StreamPlace): Promise<Uint8Array>;

  /** Every row of a stream. */
  rows(siteId: number, stream: StreamPlace): Promise<TrendRow[]>;

  /** Bodies of some blocks of one level; those that are there, in any order. */
  bodies(
    siteId: number,
    stream: StreamPlace,
    places: { readonly level: number; readonly blocks: readonly number[] },
  ): Promise<{ block: number; revision: number; body: Uint8Array }[]>;

  /** How many chunks are stored in each of some ranges of sequences, each `size` long. */
  counts(
    siteId: number,
    stream: StreamPlace,
    ranges: { readonly starts: readonly number[]; readonly size: number },
  ): Promise<number[]>;

  /** How many chunks are stored in each block of `size` sequences that holds any, ascending by block. */
  blockCounts(
    siteId: number,
    stream: StreamPlace,
    blocks: { readonly size: number; readonly except: readonly number[] },
  ): Promise<Map<number, number>>;

  /** The stored chunks among the sequences `start <= k < end`, by sequence. */
  chunks(
    siteId: number,
    stream: StreamPlace,
    sequences: { readonly start: number; readonly end: number },
  ): Promise<SealedChunk[]>;

  /**
   * Writes blocks in one transaction.
   *
   * @returns False when somebody else changed one of them meanwhile: nothing was written.
   */
  write(siteId: number, stream: StreamPlace, blocks: readonly NewTrendBlock[]): Promise<boolean>;

  /** Makes all blocks of a stream count as absent. */
  discard(siteId: number, stream: StreamPlace): Promise<void>;
}
