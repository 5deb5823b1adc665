/**
 * Channels that a mark is about, on the rows of a montage and back.
 *
 * A mark names channels as recorded. On a montage it stands on every row that is made of one of them;
 * rows of a montage that are selected mean the channels that they are made of.
 *
 * @module
 */

import type { MontageModel } from "./montage_model.ts";
import type { MarkModel, RecordingModel } from "./recording_model.ts";

/** Which rows of a montage each row of the recording is part of, and the other way round. */
export interface RowLinks {
  readonly shownBy: ReadonlyMap<number, ReadonlySet<number>>;
  readonly madeOf: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Works out the links of a montage; undefined where its rows are those of the recording. */
export function rowLinks(
  model: Pick<RecordingModel, "rows" | "segments">,
  montage: Pick<MontageModel, "rows" | "rowsOf">,
): RowLinks | undefined {
  if (montage.rows === model.rows) return undefined;
  const shownBy = new Map<number, Set<number>>();
  const madeOf = new Map<number, Set<number>>();
  for (const { id, streams } of model.segments) {
    for (const { stream, channels } of streams) {
      for (const { row, terms } of montage.rowsOf(id, stream)) {
        for (const { channel } of terms) {
          const recorded = channels[channel]!.row;
          add(shownBy, recorded, row);
          add(madeOf, row, recorded);
        }
      }
    }
  }
  return { shownBy, madeOf };
}

/** Rows of the recording as rows of the page; null, which means all, stays null. */
export function toShownRows(
  rows: readonly number[] | null,
  links: RowLinks | undefined,
): readonly number[] | null {
  return through(rows, links?.shownBy);
}

/** Rows of the page as rows of the recording. */
export function toRecordedRows(
  rows: readonly number[] | null,
  links: RowLinks | undefined,
): readonly number[] | null {
  return through(rows, links?.madeOf);
}

/**
 * Marks with their rows as the page has them. A mark whose channels the montage does not show has no
 * rows: it keeps its bar and stands on no trace.
 */
export function linkMarks(
  marks: readonly MarkModel[],
  links: RowLinks | undefined,
): readonly MarkModel[] {
  if (links === undefined || marks.every(({ rows }) => rows === null)) return marks;
  return marks.map((mark) =>
    mark.rows === null ? mark : { ...mark, rows: toShownRows(mark.rows, links) }
  );
}

function through(
  rows: readonly number[] | null,
  links: ReadonlyMap<number, ReadonlySet<number>> | undefined,
): readonly number[] | null {
  if (rows === null || links === undefined) return rows;
  return [...new Set(rows.flatMap((row) => [...links.get(row) ?? []]))].sort((a, b) => a - b);
}

function add(links: Map<number, Set<number>>, from: number, to: number): void {
  const known = links.get(from);
  if (known === undefined) links.set(from, new Set([to]));
  else known.add(to);
}
