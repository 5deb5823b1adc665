/**
 * Paging by itself: how fast, and where it stops.
 *
 * @module
 */

import { markIndex } from "./mark_index.ts";
import { needsReview } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";
import type { Viewport } from "./viewport.ts";

/** Seconds a page on offer. The fastest is two and a half pages a second: never three (WCAG 2.3.1). */
export const AUTOPLAY_SECONDS = [0.4, 0.5, 1, 2, 3, 5, 10] as const;

/** What autoplay begins with, seconds a page. */
export const AUTOPLAY_SECONDS_DEFAULT = 2;

/** The next turn, and why it is the last one. */
export type Turn =
  | { readonly kind: "turn" }
  | { readonly kind: "end" }
  | { readonly kind: "event"; readonly mark: MarkModel };

/** What turning from this page leads to: the end, an event that nobody has reviewed, or just a page. */
export function nextTurn(
  viewport: Viewport,
  marks: readonly MarkModel[],
  stopsAtEvents: boolean,
): Turn {
  const end = viewport.start + viewport.seconds;
  if (end >= viewport.end) return { kind: "end" };
  const mark = stopsAtEvents
    ? markIndex(marks).touching(end, end + viewport.seconds)
      .find((mark) => needsReview(mark) && mark.onset >= end)
    : undefined;
  return mark === undefined ? { kind: "turn" } : { kind: "event", mark };
}
