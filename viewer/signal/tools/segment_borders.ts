/**
 * Where a recording changes: another set of channels, another rate, another calibration.
 *
 * A reader must not take a row that ends for a brain that fell silent. So the border between two segments
 * that differ is a line with words, and rows that a segment does not have are named blank, not flat.
 *
 * @module
 */

import type { PageHole } from "../holes.ts";
import type { RecordingModel, SegmentModel } from "../recording_model.ts";

/** A border between two segments that differ. */
export interface SegmentBorder {
  /** Seconds from recording start: where the later one begins. */
  readonly moment: number;
  readonly text: string;
}

/** Names listed at a border; more are counted. */
const NAMES_MAX = 4;

/** Segments whose starts and ends are this close follow each other; closer ones of two devices overlap. */
const OVERLAP_SECONDS = 2;

/**
 * The borders of a recording. Segments of two devices that run at the same time have none.
 *
 * @param model As recorded: what changes is told of channels, not of a montage's rows.
 */
export function segmentBorders(model: RecordingModel): SegmentBorder[] {
  const ordered = [...model.segments].sort((a, b) => Number(a.start) - Number(b.start));
  return ordered.slice(1).flatMap((segment, index): SegmentBorder[] => {
    const before = ordered[index]!;
    if (Number(segment.start) < before.end - OVERLAP_SECONDS) return [];
    const text = changeText(before, segment, model);
    return text === "" ? [] : [{ moment: Number(segment.start), text }];
  });
}

/** Rows that a segment on the page cannot give, as stretches that are blank and say so. */
export function rowsNotThere(
  model: RecordingModel,
  page: { readonly start: number; readonly seconds: number },
  shownRows: readonly number[],
): PageHole[] {
  const pageEnd = page.start + page.seconds;
  const onPage = model.segments.filter((segment) =>
    Number(segment.start) < pageEnd && segment.end > page.start
  );
  return onPage.flatMap((segment): PageHole[] => {
    // Another device may have what this one has not.
    const beside = onPage.filter((other) =>
      Number(other.start) < segment.end && other.end > Number(segment.start)
    );
    const there = new Set(beside.flatMap(rowsOfSegment));
    const rows = shownRows.filter((row) => !there.has(row));
    return rows.length === 0 ? [] : [{
      kind: "no-channel",
      start: Number(segment.start),
      end: segment.end,
      rows: new Set(rows),
      text: "Not recorded in this segment",
    }];
  });
}

function changeText(before: SegmentModel, after: SegmentModel, model: RecordingModel): string {
  const [old, now] = [rowsOfSegment(before), rowsOfSegment(after)];
  const names = (rows: readonly number[]) => rows.map((row) => model.rows[row]?.name ?? "");
  const added = names(now.filter((row) => !old.includes(row)));
  const gone = names(old.filter((row) => !now.includes(row)));
  if (added.length + gone.length > 0) {
    const parts = [listText("+", added), listText("−", gone)].filter((part) => part !== "");
    return `Channels change: ${parts.join("; ")}`;
  }
  const rates = [before, after].map((segment) =>
    segment.streams.map(({ rate }) => rateText(rate)).join(", ")
  );
  if (rates[0] !== rates[1]) return `Sample rate changes: ${rates[0]} to ${rates[1]}`;
  return calibrationText(before) === calibrationText(after) ? "" : "Calibration changes";
}

function listText(sign: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length - NAMES_MAX;
  const listed = names.slice(0, NAMES_MAX).join(", ");
  return `${sign} ${listed}${more > 0 ? ` and ${more} more` : ""}`;
}

function rateText({ samples, seconds }: SegmentModel["streams"][number]["rate"]): string {
  return `${Number((Number(samples) / Number(seconds)).toPrecision(6))} Hz`;
}

function calibrationText({ streams }: SegmentModel): string {
  const channels = streams.flatMap((stream) => stream.channels);
  return JSON.stringify([...channels].sort((a, b) => a.row - b.row));
}

function rowsOfSegment({ streams }: SegmentModel): number[] {
  return streams.flatMap(({ channels }) => channels.map(({ row }) => row));
}
