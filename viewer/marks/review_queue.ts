/**
 * The queue of events: which one is next, how much of it has been reviewed.
 *
 * @module
 */

import { markIndex } from "../signal/mark_index.ts";
import type { MarkModel } from "../signal/recording_model.ts";
import type { Viewport } from "../signal/viewport.ts";

/**
 * The event after or before where the reader is. That is the event in focus while its onset is on the
 * page; else the left edge of the page, whose own events are then still to come.
 *
 * @param events By onset, as filtered.
 */
export function neighbourEvent(
  events: readonly MarkModel[],
  from: { readonly focusId: string | undefined; readonly viewport: Viewport },
  direction: "next" | "previous",
  isWanted: (mark: MarkModel) => boolean = () => true,
): MarkModel | undefined {
  const { focusId, viewport: { start, seconds } } = from;
  const index = markIndex(events);
  const first = index.firstFrom(start);
  const end = index.firstFrom(start + seconds);
  let here = -1;
  for (let i = first; i < end && here === -1; i++) if (events[i]!.id === focusId) here = i;
  if (direction === "next") {
    for (let i = here === -1 ? first : here + 1; i < events.length; i++) {
      if (isWanted(events[i]!)) return events[i];
    }
  } else {
    for (let i = (here === -1 ? first : here) - 1; i >= 0; i--) {
      if (isWanted(events[i]!)) return events[i];
    }
  }
  return undefined;
}

/** How many of the events that readers review have been. */
export interface ReviewProgress {
  readonly reviewed: number;
  readonly total: number;
}

/** Counts events that somebody else than a person has marked, and those of them with a verdict. */
export function reviewProgress(events: readonly MarkModel[]): ReviewProgress {
  let reviewed = 0, total = 0;
  for (const { source, review } of events) {
    if (source === "human") continue;
    total++;
    if (review !== null) reviewed++;
  }
  return { reviewed, total };
}
