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

/**
 * Sentences such as `Not recorded 10 s` and `Not assessable 4 s of 3 rows: EEG C3 is flat or at its rail`;
 * none where everything on the page can be judged.
 */
export function pageGaps(model: RecordingModel, page: PageData): string[] {
  const last = page.start + page.seconds;
  const cut = ({ start, end }: Stretch) => ({
    start: Math.max(start, page.start),
    end: Math.min(end, last),
  });
  const holes = new Map<string, Stretch[]>();
  for (const hole of holesOfDrawnPage(model, page)) {
    const name = holeName(hole.kind);
    holes.set(name, [...holes.get(name) ?? [], cut(hole)]);
  }
  const doubts = new Map<string, { parts: Stretch[]; rows: Set<number> }>();
  for (const { kind, text, start, end, rows } of page.notes) {
    if (kind !== "unassessable") continue;
    const known = doubts.get(text) ?? { parts: [], rows: new Set<number>() };
    known.parts.push(cut({ start: page.start + start, end: page.start + end }));
    for (const row of rows) known.rows.add(row);
    doubts.set(text, known);
  }
  return [
    ...[...holes].map(([name, parts]) => `${name} ${lengthText(lengthOf(parts))}`),
    ...[...doubts].map(([text, { parts, rows }]) =>
      `Not assessable ${lengthText(lengthOf(parts))} of ${rows.size} ${
        rows.size === 1 ? "row" : "rows"
      }: ${text}`
    ),
  ];
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
