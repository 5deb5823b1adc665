/**
 * A table that scrolls sideways where it does not fit.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";

/** What the table needs. */
export interface ScrollTableProps {
  /** What its region is called; with it, or with `labelledBy`, the table can be scrolled by keys. */
  readonly label?: string;
  /** Id of the heading that says it. */
  readonly labelledBy?: string;
  /** Read aloud, and not seen. */
  readonly caption?: ComponentChildren;
  readonly class?: string;
  /** Heads of columns: texts, or whole cells; null is none. */
  readonly columns: readonly (string | VNode | null)[];
  /** The rows. */
  readonly children: ComponentChildren;
}

/** The table, with its heads. */
export function ScrollTable(props: ScrollTableProps): VNode {
  const { label, labelledBy, caption, columns, children } = props;
  const region = label === undefined && labelledBy === undefined ? {} : {
    role: "region",
    "aria-label": label,
    "aria-labelledby": labelledBy,
    tabIndex: 0,
  } as const;
  return (
    <div class="table-scroll" {...region}>
      <table class={props.class}>
        {caption === undefined ? null : <caption class="sr-only">{caption}</caption>}
        <thead>
          <tr>
            {columns.map((column) =>
              typeof column === "string" ? <th key={column} scope="col">{column}</th> : column
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Head of a column of numbers, which stand at its right. */
export function numberHead(text: string): VNode {
  return <th key={text} scope="col" class="number">{text}</th>;
}

/** Head of the column that the rows are in the order of. */
export function sortedHead(text: string, order: "ascending" | "descending"): VNode {
  return <th key={text} scope="col" aria-sort={order}>{text}</th>;
}

/** Head of a column whose cells say themselves what they are: read aloud, and not seen. */
export function unseenHead(text: string): VNode {
  return (
    <th key={text} scope="col">
      <span class="sr-only">{text}</span>
    </th>
  );
}
