/**
 * Bench. Results as tables: plain text for the terminal, Markdown for the README.
 *
 * The README's block is the only place that shows numbers of a run; it is written from a results file,
 * never by hand.
 *
 * @module
 */

import { headText } from "../core/testing/machine.ts";
import type { Report } from "./report.ts";
import type { Row } from "./rows.ts";

/** Marks around a block of the README that is written by this task. */
export interface BlockMarks {
  readonly start: string;
  readonly end: string;
}

/** Marks of the tables of rows. */
export const BENCH_BLOCK: BlockMarks = {
  start: "<!-- bench:start -->",
  end: "<!-- bench:end -->",
};

/** Marks of the tables of rows that take long. */
export const LONG_BLOCK: BlockMarks = {
  start: "<!-- bench-long:start -->",
  end: "<!-- bench-long:end -->",
};

/** Rows as aligned text, for a terminal. */
export function textTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${display(row.value)} ${row.unit}`,
    row.baseline === null ? "" : `${display(row.baseline)} ${row.unit}`,
    row.ratio === null ? "" : `${display(row.ratio)} ×`,
    row.must === null ? "" : `must ${display(row.must)}: ${row.met ? "met" : "NOT MET"}`,
  ]);
  const table = [["row", "Wavekeep", "baseline", "better", ""], ...cells];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((line) => line[column]!.length))
  );
  return table.map(([name, value, baseline, ratio, must]) =>
    [
      name!.padEnd(widths[0]!),
      value!.padStart(widths[1]!),
      baseline!.padStart(widths[2]!),
      ratio!.padStart(widths[3]!),
      must!,
    ].join("  ").trimEnd() + "\n"
  ).join("");
}

/**
 * The README's block: machine first, then what must hold, what is done beside the other design, queries in
 * both forms, codecs and files.
 *
 * @param file Name of the results file, as the reader finds it from the repository's root.
 */
export function readmeBlock(report: Report, file: string): string {
  const { rows } = report;
  const bounded = rows.filter(({ must }) => must !== null);
  const windows = rows.filter(({ name }) => /^window .*, (JSON|chunks)$/.test(name));
  const libraries = rows.filter(({ name }) => /^(codec|read an EDF file) /.test(name));
  const pipeline = rows.filter((row) =>
    ![...bounded, ...windows, ...libraries].some(({ name }) => name === row.name)
  );
  return [
    machineLine(report, file),
    "",
    ...boundTable(bounded),
    "",
    ...operationTable("Operation", "Row per sample", pipeline),
    "",
    "| Query | Row per sample, JSON | Wavekeep, JSON | Better | Wavekeep, chunks | Better |",
    "|---|--:|--:|--:|--:|--:|",
    ...pairForms(windows).map(({ name, json, chunks }) =>
      `| ${name} | ${baselineCell(json ?? chunks)} | ${valueCells(json)} | ${valueCells(chunks)} |`
    ),
    "",
    ...operationTable("Codec, file", "zstd, edfdecoder", libraries),
    "",
  ].join("\n");
}

/**
 * The README's block of rows that take long: what must hold, then the rest.
 *
 * @param file As for {@link readmeBlock}.
 */
export function readmeLongBlock(report: Report, file: string): string {
  const minutes = Math.max(1, Math.round(report.elapsed_seconds / 60));
  return [
    `At full length, in ${minutes} minutes. ${machineLine(report, file)}`,
    "",
    ...boundTable(report.rows.filter(({ must }) => must !== null)),
    "",
    ...operationTable(
      "Operation",
      "Row per sample",
      report.rows.filter(({ must }) => must === null),
    ),
    "",
  ].join("\n");
}

/** Where, when and by which command the numbers came about. */
function machineLine(report: Report, file: string): string {
  const flags = report.workload === "default" ? "" : ` --${report.workload}`;
  return `${headText(report)}. One run of \`deno task bench${flags}\`: [\`${file}\`](${file}).`;
}

function boundTable(rows: readonly Row[]): string[] {
  return [
    "| What must hold | Must | Wavekeep | | Row per sample | Better |",
    "|---|--:|--:|---|--:|--:|",
    ...rows.map((row) => {
      const [value, ratio] = valueCells(row).split(" | ");
      return `| ${row.name} | ${display(row.must!)} ${row.unit} | ${value} | ` +
        `${row.met ? "met" : "**missed**"} | ${baselineCell(row)} | ${ratio} |`;
    }),
  ];
}

function operationTable(heading: string, baseline: string, rows: readonly Row[]): string[] {
  return [
    `| ${heading} | ${baseline} | Wavekeep | Better |`,
    "|---|--:|--:|--:|",
    ...rows.map((row) => `| ${row.name} | ${baselineCell(row)} | ${valueCells(row)} |`),
  ];
}

/**
 * Replaces what stands between the two marks of a README.
 *
 * @throws {Error} A mark is missing, or the marks are not in order.
 */
export function replaceBlock(readme: string, block: string, marks: BlockMarks): string {
  const start = readme.indexOf(marks.start);
  const end = readme.indexOf(marks.end);
  if (start < 0 || end < start) {
    throw new Error(
      `Cannot write the benchmark table: README.md needs the lines ${marks.start} and ${marks.end}`,
    );
  }
  return `${readme.slice(0, start + marks.start.length)}\n\n${block}\n${readme.slice(end)}`;
}

interface WindowLine {
  readonly name: string;
  json?: Row;
  chunks?: Row;
}

/** Brings the JSON row and the chunk row of one window together. */
function pairForms(rows: readonly Row[]): WindowLine[] {
  const lines = new Map<string, WindowLine>();
  for (const row of rows) {
    const comma = row.name.lastIndexOf(", ");
    const name = row.name.slice("window ".length, comma);
    const line = lines.get(name) ?? { name };
    lines.set(name, line);
    if (row.name.slice(comma + 2) === "JSON") line.json = row;
    else line.chunks = row;
  }
  return [...lines.values()];
}

function baselineCell(row: Row | undefined): string {
  return row === undefined || row.baseline === null ? "–" : `${display(row.baseline)} ${row.unit}`;
}

function valueCells(row: Row | undefined): string {
  if (row === undefined) return "– | –";
  return `${display(row.value)} ${row.unit} | ${
    row.ratio === null ? "–" : `${display(row.ratio)} ×`
  }`;
}

/** Three significant digits, thousands grouped: 1,234,000 · 12.3 · 0.714. */
export function display(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}
