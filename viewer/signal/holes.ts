/**
 * Holes on the page: which rows they are in, what they are called, how they look.
 *
 * Sole owner of the words. Pending may still come and is never called a gap; the other kinds are final
 * and each says what it is.
 *
 * @module
 */

import { lengthText } from "./clock_text.ts";
import { mayGrow } from "./live_status.ts";
import type { HoleModel, RecordingModel } from "./recording_model.ts";
import type { Viewport } from "./viewport.ts";

/** A hole that touches the page. */
export interface PageHole {
  readonly kind:
    | HoleModel["kind"]
    | "damaged"
    | "beyond-end"
    | "settling"
    | "unassessable"
    | "no-channel"
    | "not-eeg";
  /** Seconds from recording start; may reach beyond the page. */
  readonly start: number;
  readonly end: number;
  /** Rows it is in, by index into the model's rows; null for all. */
  readonly rows: ReadonlySet<number> | null;
  /** What stands in it. */
  readonly text: string;
}

const NAMES: Readonly<Record<PageHole["kind"], string>> = {
  "pending": "Pending: not delivered yet",
  "lost": "Lost: the device says these samples will not come",
  "refused": "Refused by the server",
  "erased": "Erased",
  "not-recorded": "Not recorded",
  "damaged": "Integrity failed: stored data is damaged, not shown",
  "beyond-end": "After the last sample",
  "settling": "Filter settling",
  "unassessable": "Not assessable",
  "no-channel": "Not recorded in this segment",
  "not-eeg": "Not EEG",
};

/** The words for a kind of hole. */
export function holeName(kind: PageHole["kind"]): string {
  return NAMES[kind];
}

/**
 * Holes that touch the page, and what lies beyond the newest sample.
 *
 * @param model As the server last told it.
 */
export function holesOfPage(model: RecordingModel, viewport: Viewport): PageHole[] {
  const pageEnd = viewport.start + viewport.seconds;
  const holes: PageHole[] = model.holes
    .filter((hole) => hole.start < pageEnd && hole.end > viewport.start)
    .map((hole) => ({
      kind: hole.kind,
      start: hole.start,
      end: hole.end,
      rows: rowsOfHole(model, hole),
      text: holeText(hole),
    }));
  if (model.endSeconds < pageEnd) {
    holes.push({
      kind: "beyond-end",
      start: model.endSeconds,
      end: pageEnd,
      rows: null,
      text: mayGrow(model) ? "Nothing newer has arrived" : "End of the recording",
    });
  }
  return holes;
}

function rowsOfHole(model: RecordingModel, hole: HoleModel): ReadonlySet<number> | null {
  if (hole.segmentId === null) return null;
  const segment = model.segments.find(({ id }) => id === hole.segmentId);
  const streams = segment?.streams.filter(({ stream }) =>
    hole.stream === null || stream === hole.stream
  );
  if (streams === undefined) return null;
  return new Set(streams.flatMap((stream) => stream.channels.map(({ row }) => row)));
}

/** The words in one hole, with its length and how well that is known. */
export function holeText(hole: HoleModel): string {
  const length = hole.uncertainty === 0
    ? lengthText(hole.end - hole.start)
    : `${lengthText(hole.end - hole.start)} ± ${lengthText(hole.uncertainty)}`;
  return `${NAMES[hole.kind]} · ${length}`;
}
