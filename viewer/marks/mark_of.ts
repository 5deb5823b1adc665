/**
 * A mark as query tells it, as the screen has it.
 *
 * Sole place where wire marks become marks of the screen, for the page's first model and for what comes
 * later. Types of the wire only: nothing of zod reaches the browser.
 *
 * @module
 */

import type { AnnotationJson } from "@wavekeep/core/wire";
import type { MarkModel } from "../signal/recording_model.ts";

/**
 * The mark, or undefined when its place on the recording axis is not known.
 *
 * @param rowOfPosition Of the recording's model.
 */
export function markOf(
  annotation: AnnotationJson,
  rowOfPosition: readonly number[],
): MarkModel | undefined {
  const { onset_seconds: onset, duration_seconds: duration, detection, review } = annotation;
  if (onset === null) return undefined;
  return {
    id: annotation.annotation_id,
    kind: annotation.kind,
    source: annotation.source,
    term: annotation.term,
    author: annotation.author,
    authorRole: annotation.author_role,
    onset: Number(onset),
    duration: duration === null ? null : Number(duration),
    text: annotation.text,
    rows: rowsOf(annotation.channels, rowOfPosition),
    method: detection && {
      name: detection.method,
      version: detection.version,
      score: detection.score,
    },
    review: review && {
      verdict: review.verdict,
      disputed: review.disputed,
      by: review.author,
      at: review.received_at,
    },
    version: annotation.version,
    recordedAt: annotation.received_at,
    saving: "saved",
    anchor: annotation.anchor,
    durationText: duration,
    channels: annotation.channels,
  };
}

/** Rows of channel positions; null when there are none, which means all. */
export function rowsOf(
  channels: readonly number[],
  rowOfPosition: readonly number[],
): number[] | null {
  const rows = channels.map((position) => rowOfPosition[position] ?? -1).filter((row) => row >= 0);
  return rows.length === 0 ? null : [...new Set(rows)].sort((a, b) => a - b);
}

/** Channel positions of rows; none means all. */
export function positionsOf(
  rows: readonly number[] | null,
  rowOfPosition: readonly number[],
): number[] {
  const positions = (rows ?? []).map((row) => rowOfPosition.indexOf(row));
  return positions.filter((position) => position >= 0).sort((a, b) => a - b);
}

/** By onset, then id: the order of every list of marks. */
export function compareMarks(
  a: Pick<MarkModel, "onset" | "id">,
  b: Pick<MarkModel, "onset" | "id">,
): number {
  return a.onset - b.onset || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export { needsReview } from "../signal/marks.ts";
