/**
 * Rows as CSV (RFC 4180) that a spreadsheet opens without running anything.
 *
 * @module
 */

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One row, ended.
 *
 * Text that begins like a formula gets an apostrophe before it: names are typed by people.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { csvRow } from "./csv.ts";
 *
 * strictEqual(csvRow(["a,b", 3, null, "=1+1"]), '"a,b",3,,\'=1+1\r\n');
 * ```
 */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: string | number | null): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
