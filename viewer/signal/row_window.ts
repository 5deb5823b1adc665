/**
 * A part of the rows at a time, where all of them would be too small to read.
 *
 * @module
 */

/** How many rows a page may have; null is all of them. */
export const ROWS_ON_PAGE = [null, 32, 16, 8, 4] as const;

/** The part that is shown. */
export interface RowWindow {
  /** Rows on a page; null is all. */
  readonly count: number | null;
  /** Place of the first one among the rows that are shown at all. */
  readonly first: number;
}

/** The rows of a window; one that reaches beyond the last row shows the last ones. */
export function rowsInWindow(
  rows: readonly number[],
  { count, first }: RowWindow,
): readonly number[] {
  if (count === null || rows.length <= count) return rows;
  const from = Math.min(Math.max(first, 0), rows.length - count);
  return rows.slice(from, from + count);
}

/** The window moved by half of itself; the ends stay. */
export function moveWindow(window: RowWindow, steps: number, rowCount: number): RowWindow {
  if (window.count === null) return window;
  const last = Math.max(0, rowCount - window.count);
  const first = Math.min(window.first, last) + steps * Math.max(1, Math.floor(window.count / 2));
  return { ...window, first: Math.min(Math.max(first, 0), last) };
}
