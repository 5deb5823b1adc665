/**
 * Holes of the page that is drawn.
 *
 * While a backlog is delivered, samples reach the page before the next list of holes does. What can be
 * seen has arrived: nothing is called pending where a trace stands.
 *
 * @module
 */

import { holesOfPage, type PageHole } from "./holes.ts";
import type { PageData } from "./page_data.ts";
import type { RecordingModel } from "./recording_model.ts";

/** A stretch, seconds from recording start. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** {@link holesOfPage} without the pending stretches, and those after the newest sample, that have traces. */
export function holesOfDrawnPage(model: RecordingModel, page: PageData): PageHole[] {
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  return holesOfPage(model, viewport).flatMap((hole) =>
    hole.kind === "pending" || hole.kind === "beyond-end"
      ? without(hole, arrivedIn(hole, page)).map((rest) => ({ ...hole, ...rest }))
      : [hole]
  );
}

/** Where rows of the hole have samples, by start. */
function arrivedIn({ rows }: PageHole, page: PageData): Stretch[] {
  const inHole = page.rows.filter(({ row }) => rows === null || rows.has(row));
  return inHole.flatMap(({ runs }) =>
    runs.map(({ startSeconds, secondsPerSample, values }) => ({
      // Half a sample to either side: a run ends where the next sample would lie.
      start: page.start + startSeconds - secondsPerSample / 2,
      end: page.start + startSeconds + (values.length + 0.5) * secondsPerSample,
    }))
  ).sort((a, b) => a.start - b.start);
}

/** What is left of a stretch. `taken` are by start and may overlap. */
function without({ start, end }: Stretch, taken: readonly Stretch[]): Stretch[] {
  const rest: Stretch[] = [];
  let from = start;
  for (const piece of taken) {
    if (piece.start >= end) break;
    if (piece.start > from) rest.push({ start: from, end: piece.start });
    from = Math.max(from, piece.end);
  }
  if (from < end) rest.push({ start: from, end });
  return rest;
}
