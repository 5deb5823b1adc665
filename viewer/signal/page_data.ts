/**
 * The samples of one page, ready to draw: runs of physical values per row.
 *
 * Types only; what the worker sends to the page. A run never spans a hole.
 *
 * @module
 */

import type { PageView } from "./page_view.ts";

/** Uninterrupted samples of one row. Never changed once made: what is derived from it is kept. */
export interface Run {
  /** Seconds from the start of the page to the first sample; may be negative by one sample. */
  readonly startSeconds: number;
  readonly secondsPerSample: number;
  /** In the row's unit; binary32, for drawing only. */
  readonly values: Float32Array;
}

/** A stretch that was asked for and holds no samples, seconds from the page's start. */
export interface Blank {
  readonly start: number;
  readonly end: number;
  /** Rows it is in. */
  readonly rows: readonly number[];
  /** `absent`: the server has none. `damaged`: a chunk failed its check and is not shown. */
  readonly kind: "absent" | "damaged";
}

/** A stretch of rows that needs a word, seconds from the page's start. */
export interface PageNote {
  /** `settling`: filters have just started. `unassessable`: a channel of the derivation says nothing. */
  readonly kind: "settling" | "unassessable";
  readonly start: number;
  readonly end: number;
  readonly rows: readonly number[];
  readonly text: string;
}

/** One row's part of a page. */
export interface PageRow {
  readonly row: number;
  readonly runs: readonly Run[];
}

/** One page of samples. */
export interface PageData {
  /** Seconds from recording start. */
  readonly start: number;
  readonly seconds: number;
  readonly rows: readonly PageRow[];
  readonly blanks: readonly Blank[];
  readonly notes: readonly PageNote[];
  /** What the rows were made with: row indexes are those of its montage. */
  readonly view: PageView;
  /** Chunks that failed CRC-32C, digest or decoding on this page. */
  readonly damagedChunkCount: number;
  /** Chunks drawn here, each verified in this browser. */
  readonly verifiedChunkCount: number;
}
