/**
 * Faults. The README's table of what was broken and what came of it, written from the results files and
 * never by hand.
 *
 * A whole run takes hours, so a campaign whose judgement was mended is run again alone: of each campaign
 * the newest row counts, and a row that is not of the whole run says so. A campaign that has no row is named.
 *
 * @module
 */

import { headText } from "../../core/testing/machine.ts";
import type { Campaign } from "./campaign.ts";
import type { FaultReport, FaultRow } from "./report.ts";

/** Marks of the block in README.md. */
export const FAULTS_BLOCK = {
  start: "<!-- faults:start -->",
  end: "<!-- faults:end -->",
} as const;

/** A results file, and its name as the reader finds it from the repository's root. */
export interface FaultsFile {
  readonly file: string;
  readonly report: FaultReport;
}

/** Which rows are of full length, and in which order they are shown. */
type KnownCampaign = Pick<Campaign, "name" | "full">;

interface ShownRow extends FaultsFile {
  readonly row: FaultRow;
}

/** Figures worth a place in the table; the others are in the results files. */
const FIGURES = [
  "chunks acknowledged",
  "chunks confirmed",
  "chunks stored",
  "kills",
  "times real time",
  "memory slope MiB/h",
  "ingest memory peak, MB",
  "memory max MiB",
  "honest p99 before, ms",
  "honest p99 beside, ms",
  "slowest file, ms",
  "slowest answer ms",
  "own timers late p99 ms",
];

/**
 * The block: which run it is, the table in the order of `campaigns`, what was not run. Undefined without a
 * whole run.
 *
 * @param files Of any order; what was run at less than full length counts for nothing.
 */
export function faultsReadmeBlock(
  files: readonly FaultsFile[],
  campaigns: readonly KnownCampaign[],
): string | undefined {
  const inOrder = files.filter(({ report }) => !report.small)
    .toSorted((a, b) => a.report.date < b.report.date ? -1 : 1);
  const whole = inOrder.findLast(({ report }) => report.only === null);
  if (whole === undefined) return undefined;
  const since = inOrder.slice(inOrder.indexOf(whole));
  const fullOf = new Map(campaigns.map(({ name, full }) => [name, full]));
  const newest = new Map<string, ShownRow>();
  for (const each of since) {
    for (const row of each.report.rows) {
      if (row.count >= (fullOf.get(row.name) ?? Infinity)) newest.set(row.name, { ...each, row });
    }
  }
  const missing = campaigns.filter(({ name }) => !newest.has(name));
  return [
    runLine(whole),
    "",
    "| Campaign | Done | | Figures |",
    "|---|---|---|---|",
    ...campaigns.flatMap(({ name }) => newest.get(name) ?? []).map((row) => tableLine(row, whole)),
    "",
    ...(missing.length === 0
      ? []
      : [`Not run at full length: ${missing.map(({ name }) => name).join(", ")}.`, ""]),
  ].join("\n");
}

function runLine({ file, report }: FaultsFile): string {
  const { at_once: atOnce, rows } = report;
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const minutes = Math.max(1, Math.round(report.elapsed_seconds / 60));
  const flags = atOnce > 1 ? ` --at-once ${atOnce}` : "";
  return `${headText(report)}. One run of \`deno task faults${flags}\` with seed ` +
    `${seeds.join(", ")}, in ${minutes} minutes: [\`${file}\`](${file}).`;
}

function tableLine({ file, report, row }: ShownRow, whole: FaultsFile): string {
  const notes = FIGURES.filter((name) => row.figures[name] !== undefined)
    .map((name) => `${name} ${shown(row.figures[name]!)}`);
  const [violation] = row.violations;
  if (violation !== undefined) {
    const others = row.violations.length - 1;
    // Behind it stands the command that replays it, which the reader finds in the file.
    notes.push(
      cell(violation.split("; replay: ")[0]!) + (others > 0 ? ` (and ${others} more)` : ""),
    );
  } else if (!row.met) notes.push(`${shown(row.count)} were asked for`);
  if (report !== whole.report) {
    notes.push(
      `run again ${report.date.slice(0, 10)}, commit \`${report.commit}\`: [results](${file})`,
    );
  }
  const met = row.met ? "met" : "**not met**";
  return `| ${row.name} | ${shown(row.value)} ${row.unit} | ${met} | ${notes.join("; ")} |`;
}

/** One line, and no bar that would end the cell. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}

function shown(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
