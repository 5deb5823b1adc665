/**
 * Layer 6, tests only. Tables of BIDS, by its rules for tabular files.
 *
 * @see https://bids-specification.readthedocs.io/en/v1.9.0/common-principles.html#tabular-files
 * @module
 */

/** Names of columns, and cells. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Cuts a table, and says what is against the rules. */
export function parseTable(text: string): { table: Table; findings: string[] } {
  const findings: string[] = [];
  if (text.includes("\r")) findings.push("has a carriage return");
  if (text.startsWith("\ufeff")) findings.push("begins with a byte order mark");
  if (!text.endsWith("\n")) findings.push("its last line does not end");
  const [columns = [], ...rows] = text.replace(/\n$/, "").split("\n").map((line) =>
    line.split("\t")
  );
  if (new Set(columns).size !== columns.length) findings.push("a column comes twice");
  for (const [index, row] of [columns, ...rows].entries()) {
    if (row.length !== columns.length) {
      findings.push(`line ${index + 1} has ${row.length} cells, not ${columns.length}`);
    }
    for (const cell of row) {
      if (cell.trim() === "") findings.push(`line ${index + 1} has an empty cell, not n/a`);
      else if (cell !== cell.trim()) findings.push(`line ${index + 1} has blanks about a cell`);
      else if (/^(na|nan|null|none)$/i.test(cell)) {
        findings.push(`${cell} is not how BIDS spells n/a`);
      }
    }
  }
  return { table: { columns, rows }, findings };
}
