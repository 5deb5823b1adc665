/**
 * What a book of marks is given, and what it tells of itself. Types only.
 *
 * @module
 */

import type { MarkClient } from "../api/mark_client.ts";
import type { MarkModel } from "../signal/recording_model.ts";
import type { QueueState } from "./save_queue.ts";

/** Members of a mark that a reader sets. */
export type MarkFields = Pick<
  MarkModel,
  "kind" | "term" | "text" | "onset" | "duration" | "rows"
>;

/** What is not saved, and when something was last. */
export interface SavingState extends QueueState {
  /** Milliseconds since 1970. */
  readonly lastSavedAt: number | undefined;
}

/** What a book needs from outside. */
export interface MarkBookOptions {
  /** By onset. */
  readonly marks: readonly MarkModel[];
  /** The moment that `marks` are true of. */
  readonly asOf: string;
  readonly rowOfPosition: readonly number[];
  readonly client: Pick<MarkClient, "changes" | "versions" | "saveMark" | "saveReview">;
  /** Where a mark at a moment holds on (`anchor_mark.ts`). */
  readonly anchorAt: (onset: number, rows: readonly number[] | null) => MarkModel["anchor"];
  /** A mark in a few words, for what is told about it. */
  readonly describe: (mark: MarkModel) => string;
  /** Who reads, as the server calls them; empty when it is not known. */
  readonly reader: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `ms`, or when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Sixteen random bytes, hexadecimal. */
  readonly newId: () => string;
}
