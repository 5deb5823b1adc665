/**
 * What is said of saving: plainly, at every moment.
 *
 * @module
 */

import type { SavingState } from "./mark_book_options.ts";

/** One line; empty when there was nothing to save yet. */
export function savingText({ pending, failed, lastSavedAt, error }: SavingState): string {
  if (failed > 0) {
    const what = failed === 1 ? "1 change is" : `${failed} changes are`;
    const why = error === undefined || error === "" ? "" : ` (${error})`;
    return `${what} not saved, kept here${why}`;
  }
  if (pending > 0) return "Saving…";
  return lastSavedAt === undefined ? "" : `Saved ${timeOfDay(lastSavedAt)}`;
}

/** The reader's own clock: when it was saved, not where it stands in the recording. */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
}
