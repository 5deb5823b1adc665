/**
 * Layer 5. Tables as text: comma-separated (RFC 4180) and tab-separated (BIDS).
 *
 * Sole owner of what a cell looks like. Hazard: a spreadsheet takes a cell that begins with `=`, `+`, `-`
 * or `@` for a formula and runs it when the file is opened; such a text gets an apostrophe in front. Numbers
 * do not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://bids-specification.readthedocs.io/en/stable/common-principles.html#tabular-files
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 * @module
 */

/** A value; null is nothing. */
export type Cell = string | number | null;

/** What begins a formula, in full width, too. */
const FORMULA_START = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * Lines ended by CR LF, the first one the names of the columns.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { csvText } from "@wavekeep/core/wire";
 *
 * strictEqual(csvText(["onset", "text"], [["-1.5", "=1+1"], [-2e-7, 'say "ah", twice']]),
 *   'onset,text\r\n-1.5,\'=1+1\r\n-2e-7,"say ""ah"", twice"\r\n');
 * ```
 */
export function csvText(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows].map((row) =>
    row.map((cell) => {
      const text = cell === null ? "" : typeof cell === "number" ? String(cell) : harmless(cell);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }).join(",") + "\r\n"
  );
  return lines.join("");
}

/**
 * Lines ended by LF, the first one the names of the columns; nothing is `n/a`. The format has no quoting:
 * a tab or line end within a text becomes a blank.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { tsvText } from "@wavekeep/core/wire";
 *
 * strictEqual(tsvText(["onset", "text"], [[1, null], [2, "two\nlines"]]),
 *   "onset\ttext\n1\tn/a\n2\ttwo lines\n");
 * ```
 */
export function tsvText(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows].map((row) =>
    row.map((cell) => {
      if (cell === null || cell === "") return "n/a";
      if (typeof cell === "number") return String(cell);
      return harmless(cell.replace(/[\t\r\n\v\f\u0085\u2028\u2029\0]+/g, " "));
    }).join("\t") + "\n"
  );
  return lines.join("");
}

function harmless(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}
