/**
 * The head of a column that a table can be sorted by: a link, and which way it is now.
 *
 * @module
 */

import type { VNode } from "preact";
import type { SortOrder } from "../admin/sort_rows.ts";

/** What a head needs. */
export interface SortHeaderProps {
  readonly column: string;
  readonly text: string;
  readonly order: SortOrder;
  /** The page's path. */
  readonly path: string;
}

/** The head: pressed again it sorts the other way round. */
export function SortHeader({ column, text, order, path }: SortHeaderProps): VNode {
  const isSorted = order.column === column;
  const next = isSorted && !order.isDown ? `-${column}` : column;
  return (
    <th
      scope="col"
      {...(isSorted ? { "aria-sort": order.isDown ? "descending" : "ascending" } : {})}
    >
      <a class="sort" href={`${path}?sort=${next}`}>
        {text}
        {isSorted ? <span class={`sort-arrow ${order.isDown ? "down" : "up"}`} /> : null}
      </a>
    </th>
  );
}
