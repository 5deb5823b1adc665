/**
 * Epochs of sleep scoring: thirty seconds each, counted from the start of the recording, never across it.
 *
 * @module
 */

import type { MarkModel } from "./recording_model.ts";
import { markIndex } from "./mark_index.ts";
import type { Viewport } from "./viewport.ts";

/** Seconds of an epoch. */
export const EPOCH_SECONDS = 30;

/** Number of the epoch that holds a moment, from 1. */
export function epochAt(seconds: number): number {
  return Math.floor(seconds / EPOCH_SECONDS) + 1;
}

/** How many epochs a recording has; the last may be cut short. */
export function epochCount(end: number): number {
  return Math.max(1, Math.ceil(end / EPOCH_SECONDS));
}

/**
 * The page that begins with the epoch of a moment. The last one reaches beyond the end of the recording.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { showEpoch } from "./epochs.ts";
 *
 * strictEqual(showEpoch({ start: 0, seconds: 30, end: 95 }, 93).start, 90);
 * ```
 */
export function showEpoch(viewport: Viewport, moment: number): Viewport {
  const epoch = Math.min(epochAt(Math.max(0, moment)), epochCount(viewport.end));
  return { ...viewport, start: (epoch - 1) * EPOCH_SECONDS };
}

/** Whether a page can begin and end with epochs. */
export function holdsEpochs(seconds: number): boolean {
  return seconds % EPOCH_SECONDS === 0;
}

/** An epoch on the page. */
export interface Epoch {
  readonly number: number;
  readonly start: number;
  /** `W`, `N1`, `N2`, `N3`, `R`, or another word for its stage; empty when nobody has scored it. */
  readonly stage: string;
}

/** Epochs of which any part is on a page. */
export function epochsOfPage(marks: readonly MarkModel[], { start, seconds }: Viewport): Epoch[] {
  const first = epochAt(start);
  const last = epochAt(start + seconds - 1e-6);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const number = first + index;
    const from = (number - 1) * EPOCH_SECONDS;
    return { number, start: from, stage: stageOf(marks, from) };
  });
}

/** The stage that lasts through the middle of an epoch; of several the newest. */
function stageOf(marks: readonly MarkModel[], start: number): string {
  const middle = start + EPOCH_SECONDS / 2;
  const mark = markIndex(marks).touching(start, start + EPOCH_SECONDS).findLast((mark) =>
    mark.kind === "sleep-stage" && mark.review?.verdict !== "rejected" &&
    // A stage without a length is that of the epoch it stands in.
    (mark.duration === null ? mark.onset >= start : mark.onset + mark.duration > middle) &&
    mark.onset <= middle
  );
  return mark === undefined ? "" : stageLetters(mark);
}

/** A stage as hypnograms write it, from `Sleep stage N2`, `REM`, `2`, `Wach`…; else its own words. */
export function stageLetters({ text, term }: Pick<MarkModel, "text" | "term">): string {
  const words = `${text} ${term ?? ""}`.trim();
  const found = /(?:^|[\s:_-])(W(?:ake)?|N[1-3]|REM|R|S?[1-4]|M(?:T)?)(?=$|[\s,.;_-])/i.exec(words)
    ?.[1]?.toUpperCase();
  if (found === undefined) return words.slice(0, 12);
  if (found.startsWith("W")) return "W";
  if (found.startsWith("R")) return "R";
  if (found.startsWith("N")) return found;
  if (found.startsWith("M")) return "M";
  // Older scoring has four stages; its 3 and 4 are N3.
  return `N${Math.min(3, Number(found.replace("S", "")))}`;
}
