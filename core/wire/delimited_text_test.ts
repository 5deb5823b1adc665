import { strictEqual } from "node:assert/strict";
import { type Cell, csvText, tsvText } from "./delimited_text.ts";

function checkCell(cell: Cell, { csv, tsv }: { csv: string; tsv: string }): void {
  strictEqual(csvText(["a"], [[cell]]), `a\r\n${csv}\r\n`);
  strictEqual(tsvText(["a"], [[cell]]), `a\n${tsv}\n`);
}

Deno.test("a text that a spreadsheet would take for a formula has an apostrophe before it", () => {
  for (
    const text of ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "+49 30 1234", "-", "=", "-1.5.2", "-1e5x"]
  ) {
    checkCell(text, { csv: `'${text}`, tsv: `'${text}` });
  }
});

Deno.test("so has one that begins with such a sign in full width", () => {
  for (const sign of ["\uff1d", "\uff0b", "\uff0d", "\uff20"]) {
    checkCell(`${sign}1+1`, { csv: `'${sign}1+1`, tsv: `'${sign}1+1` });
  }
});

Deno.test("csvText() guards what begins with white space that a spreadsheet skips; tsvText() has none to give", () => {
  checkCell("\t=1+1", { csv: "'\t=1+1", tsv: " =1+1" });
  checkCell("\n=1+1", { csv: `"'\n=1+1"`, tsv: " =1+1" });
  checkCell("\r=1+1", { csv: `"'\r=1+1"`, tsv: " =1+1" });
});

Deno.test("a number is itself, as a number and as a text", () => {
  for (const number of [-1.5, 2, 0, -2e-7]) {
    checkCell(number, { csv: String(number), tsv: String(number) });
  }
  for (const text of ["-1.5", "+2", "-0.000001"]) checkCell(text, { csv: text, tsv: text });
});

Deno.test("nothing is an empty cell of CSV, and n/a in the tables of BIDS", () => {
  checkCell(null, { csv: "", tsv: "n/a" });
  checkCell("", { csv: "", tsv: "n/a" });
});

Deno.test("a cell cannot end its column or row", () => {
  checkCell('a,"b"', { csv: '"a,""b"""', tsv: 'a,"b"' });
  checkCell("a\r\nb\tc", { csv: '"a\r\nb\tc"', tsv: "a b c" });
  checkCell("a\u2028b", { csv: "a\u2028b", tsv: "a b" });
});
