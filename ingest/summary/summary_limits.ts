/**
 * When and how much of the summaries is written, as numbers.
 *
 * @module
 */

/** When and how much is written. */
export interface SummaryLimits {
  /** Chunks of a stream that never fills a block, because some of its chunks come late. */
  readonly streamChunksMax: number;
  /** How long nothing must have come. */
  readonly idleMs: number;
  /** Streams in one transaction. */
  readonly streamsPerFlush: number;
  /** Time for each stream, over which those that filled their blocks together are spread. */
  readonly streamMs: number;
  /** Pause after a flush, as a multiple of its time, and at least. */
  readonly pauseShare: number;
  readonly pauseMsMin: number;
  /** The same when memory is short: summaries may take half of the time then, never all. */
  readonly shortPauseShare: number;
  /** Memory that is short when it is reached: nobody waits for a moment; twice as much is given up. */
  readonly pendingBytesMax: number;
  /** Blocks before a stream's first chunk that are counted, and made up where they lack something. */
  readonly repairBlocks: number;
  /** How often idle streams are looked for. */
  readonly tickMs: number;
  /** Pause after a failure, longer each time up to sixteen times this. */
  readonly retryMs: number;
}

export const DEFAULT_SUMMARY_LIMITS: SummaryLimits = {
  streamChunksMax: 192,
  idleMs: 5_000,
  streamsPerFlush: 32,
  streamMs: 32,
  pauseShare: 3,
  pauseMsMin: 250,
  shortPauseShare: 1,
  pendingBytesMax: 24 * 1024 * 1024,
  repairBlocks: 16,
  tickMs: 250,
  retryMs: 1_000,
};
