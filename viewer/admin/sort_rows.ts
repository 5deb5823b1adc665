/**
 * The order of a table, as its address says: `?sort=name`, `?sort=-name` the other way round.
 *
 * @module
 */

/** What a row is sorted by, for each column that can be sorted. */
export type SortKeys<T> = Readonly<Record<string, (row: T) => string | number>>;

/** A column, and which way. */
export interface SortOrder {
  readonly column: string;
  readonly isDown: boolean;
}

/** The order an address asks for; `fallback` where it asks for none that there is. */
export function readOrder(
  text: string | undefined,
  keys: SortKeys<never>,
  fallback: SortOrder,
): SortOrder {
  const isDown = text?.startsWith("-") === true;
  const column = isDown ? text!.slice(1) : text ?? "";
  return Object.hasOwn(keys, column) ? { column, isDown } : fallback;
}

/**
 * The rows in that order; equal ones stay as they came.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sortRows } from "./sort_rows.ts";
 *
 * const keys = { size: (row: number) => row };
 * deepStrictEqual(sortRows([1, 3, 2], keys, { column: "size", isDown: true }), [3, 2, 1]);
 * ```
 */
export function sortRows<T>(rows: readonly T[], keys: SortKeys<T>, order: SortOrder): T[] {
  const key = keys[order.column]!;
  const sign = order.isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [first, second] = [key(a), key(b)];
    if (typeof first === "string" && typeof second === "string") {
      return sign * first.localeCompare(second, "en");
    }
    return sign * (Number(first) - Number(second));
  });
}
