/**
 * Which rows of a long list are on screen, where all rows are equally high.
 *
 * @module
 */

/** What there is of a list and where it is scrolled to, CSS pixels. */
export interface ListView {
  readonly count: number;
  readonly rowHeight: number;
  readonly scrollTop: number;
  readonly height: number;
}

/** Rows beyond both edges, so that scrolling shows no blank. */
const SPARE = 6;

/**
 * The rows to put into the document: `[first, last)`.
 *
 * @example Ten thousand rows, of which sixteen are made
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { rowsInView } from "./virtual_list.ts";
 *
 * const view = { count: 10_000, rowHeight: 50, scrollTop: 5_000, height: 200 };
 * deepStrictEqual(rowsInView(view), { first: 94, last: 110 });
 * ```
 */
export function rowsInView(view: ListView): { readonly first: number; readonly last: number } {
  const { count, rowHeight, scrollTop, height } = view;
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight) - SPARE));
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + SPARE);
  return { first, last: Math.max(first, last) };
}

/** Where to scroll so that a row is wholly in view; where it is, when it is already. */
export function scrollToRow(row: number, { rowHeight, scrollTop, height }: ListView): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}
