/**
 * What of a page cannot be judged, in words: beside any count of what was found on it.
 *
 * @module
 */

import { lengthText } from "./clock_text.ts";
import { holeName } from "./holes.ts";
import type { PageData } from "./page_data.ts";
import { holesOfDrawnPage } from "./page_holes.ts";
import type { RecordingModel } from "./recording_model.ts";

/** A stretch, seconds from recording start. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What of a page has no samples, such as `Not recorded 10 s`, and what {@link doubtsOfPage} says of it. */
export function pageGaps(model: RecordingModel, page: PageData): string[] {
  const holes = new Map<string, Stretch[]>();
  for (const hole of holesOfDrawnPage(model, page)) {
    const name = holeName(hole.kind);
    holes.set(name, [...holes.get(name) ?? [], onPage(page, hole)]);
  }
  return [
    ...[...holes].map(([name, parts]) => `${name} ${lengthText(lengthOf(parts))}`),
    ...doubtsOfPage(page),
  ];
}

/** What has samples and cannot be judged: `Not assessable: EEG C3 is flat or at its rail, 4 s of 3 rows`. */
export function doubtsOfPage(page: PageData): string[] {
  const doubts = new Map<string, { parts: Stretch[]; rows: Set<number> }>();
  for (const { kind, text, start, end, rows } of page.notes) {
    if (kind !== "unassessable") continue;
    const known = doubts.get(text) ?? { parts: [], rows: new Set<number>() };
    known.parts.push(onPage(page, { start: page.start + start, end: page.start + end }));
    for (const row of rows) known.rows.add(row);
    doubts.set(text, known);
  }
  return [...doubts].map(([text, { parts, rows }]) => {
    const length = lengthText(lengthOf(parts));
    return `${holeName("unassessable")}: ${text}, ${length} of ${rows.size} ${
      rows.size === 1 ? "row" : "rows"
    }`;
  });
}

function onPage({ start, seconds }: PageData, stretch: Stretch): Stretch {
  return {
    start: Math.max(stretch.start, start),
    end: Math.min(stretch.end, start + seconds),
  };
}

/** Seconds that any of the stretches covers. */
function lengthOf(stretches: readonly Stretch[]): number {
  let sum = 0, until = -Infinity;
  for (const { start, end } of stretches.toSorted((a, b) => a.start - b.start)) {
    sum += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return sum;
}
