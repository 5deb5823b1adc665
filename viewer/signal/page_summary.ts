/**
 * A page in words, for people who hear it: time, channels, scale, marks, holes.
 *
 * @module
 */

import { civilText, elapsedText } from "./clock_text.ts";
import { marksOfPage, markText, sourceName } from "./marks.ts";
import { damagedStretches } from "./damaged_stretches.ts";
import type { PageData } from "./page_data.ts";
import { doubtsOfPage } from "./page_gaps.ts";
import { holesOfDrawnPage } from "./page_holes.ts";
import { filterSummary, MONTAGE_NAMES } from "./page_view.ts";
import type { RecordingModel } from "./recording_model.ts";

/** Marks that are read out; the list has the others. */
const MARKS_READ = 6;

/** What is read out when a page has settled. */
export function pageSummary(
  model: RecordingModel,
  page: PageData,
  options: {
    readonly shownRowCount: number;
    readonly sensitivity: number;
    readonly isPositiveUp?: boolean;
    /** Rows that are drawn or filtered by settings of their own. */
    readonly ownRows?: readonly string[];
  },
): string {
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  const end = page.start + page.seconds;
  const from = civilText(model.startedAt, page.start);
  const until = civilText(model.startedAt, end);
  const clock = from === undefined || until === undefined
    ? ""
    : `, clock ${from.time} to ${until.time} on ${from.date}`;
  const holes = holesOfDrawnPage(model, page).map((hole) => hole.text);
  const onPage = marksOfPage(model.marks, viewport);
  const marks = onPage.slice(0, MARKS_READ).map((mark) =>
    `${markText(mark)} (${sourceName(mark)})`
  );
  if (onPage.length > MARKS_READ) marks.push(`and ${onPage.length - MARKS_READ} more`);
  const gaps = doubtsOfPage(page);
  const { bad } = page.view.montage;
  const { ownRows = [] } = options;
  return [
    `${page.seconds} seconds from ${elapsedText(page.start)} to ${elapsedText(end)}${clock}.`,
    `${options.shownRowCount} of ${model.rows.length} channels at ${options.sensitivity} microvolts per millimetre, ${
      options.isPositiveUp ? "positive" : "negative"
    } up.`,
    `Montage ${MONTAGE_NAMES[page.view.montage.kind]}, ${filterSummary(page.view.filters)}.`,
    bad.length === 0 ? "" : `Bad: ${bad.join(", ")}.`,
    ownRows.length === 0 ? "" : `Settings of their own: ${ownRows.join(", ")}.`,
    marks.length > 0
      ? `Marks: ${marks.join("; ")}.`
      : holes.length + gaps.length === 0
      ? "No marks on this page."
      : "No marks in what can be judged of this page.",
    holes.length === 0 ? "No holes on this page." : `Holes: ${holes.join("; ")}.`,
    page.damagedChunkCount === 0 ? "" : `Integrity failed, not shown: ${damagedText(page)}.`,
    ...gaps.map((gap) => `${gap}.`),
  ].filter((sentence) => sentence !== "").join(" ");
}

function damagedText(page: PageData): string {
  return damagedStretches(page).map(({ start, end }) =>
    `${elapsedText(start)} to ${elapsedText(end)}`
  ).join(", ");
}
