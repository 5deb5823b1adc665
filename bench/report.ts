/**
 * Bench. The results file: rows under a header that says where, when and with what they were measured.
 *
 * @module
 */

import * as z from "zod";
import { machineFacts, resultsDate, ResultsHead } from "../core/testing/machine.ts";
import { CodecResults } from "./codec_size/results.ts";
import { Curve } from "./curves.ts";
import { type Row, UNITS } from "./rows.ts";

export const RowSchema: z.ZodType<Row> = z.strictObject({
  name: z.string().min(1),
  value: z.number().nonnegative(),
  unit: z.enum(UNITS),
  baseline: z.number().positive().nullable(),
  ratio: z.number().positive().nullable(),
  must: z.number().nullable(),
  met: z.boolean().nullable(),
});

/** A results file. Every ratio in it comes from one run. */
export const Report = ResultsHead.extend({
  workload: z.enum(["small", "default", "long", "full"]),
  /** What was asked for with --only; null when everything was measured. */
  only: z.string().nullable(),
  elapsed_seconds: z.number().positive(),
  rows: z.array(RowSchema),
  /** Suites that ended early, whose rows are missing; absent where all was measured. */
  failures: z.array(z.string()).min(1).optional(),
  /** What single rows cannot say; absent where nothing was drawn. */
  curves: z.array(Curve).min(1).optional(),
  /** What codecs make of real recordings; absent where these were not measured. */
  codec: CodecResults.optional(),
});
export type Report = z.infer<typeof Report>;

/** What a run knows of itself, besides the machine. */
export interface RunFacts {
  readonly startedAt: Date;
  readonly elapsedSeconds: number;
  readonly workload: Report["workload"];
  readonly only: string | undefined;
  readonly postgres: string;
  readonly rows: readonly Row[];
  readonly failures?: readonly string[];
  readonly curves?: readonly Curve[] | undefined;
  readonly codec?: CodecResults | undefined;
}

/** Puts the header over the rows. */
export async function makeReport(run: RunFacts): Promise<Report> {
  const { machine, cpu, cores, memory_gib: memoryGib, os, deno, commit } = await machineFacts();
  return {
    date: resultsDate(run.startedAt),
    machine,
    cpu,
    cores,
    "memory_gib": memoryGib,
    os,
    deno,
    postgres: run.postgres,
    commit,
    workload: run.workload,
    only: run.only ?? null,
    "elapsed_seconds": Number(run.elapsedSeconds.toFixed(1)),
    rows: [...run.rows],
    ...(run.failures?.length ? { failures: [...run.failures] } : {}),
    ...(run.curves?.length ? { curves: [...run.curves] } : {}),
    ...(run.codec === undefined ? {} : { codec: run.codec }),
  };
}

/** The report as text: one row, curve or recording a line, so that two results compare well. */
export function reportText(report: Report): string {
  const { rows, curves, codec, ...header } = report;
  const head = Object.entries(header)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const body = [
    `  "rows": ${listText(rows, "  ")}`,
    ...(curves === undefined ? [] : [`  "curves": ${listText(curves, "  ")}`]),
    ...(codec === undefined ? [] : [codecText(codec)]),
  ];
  return `{\n${head.join("")}${body.join(",\n")}\n}\n`;
}

function codecText({ tools, recordings, ...rest }: CodecResults): string {
  const parts = [
    `    "tools": ${listText(tools, "    ")}`,
    `    "recordings": ${listText(recordings, "    ")}`,
    ...Object.entries(rest).map(([key, value]) =>
      `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`
    ),
  ];
  return `  "codec": {\n${parts.join(",\n")}\n  }`;
}

/** A list with one entry a line. */
function listText(entries: readonly unknown[], indent: string): string {
  if (entries.length === 0) return "[]";
  const lines = entries.map((entry) => `${indent}  ${JSON.stringify(entry)}`);
  return `[\n${lines.join(",\n")}\n${indent}]`;
}

/** What `--only` says for the recordings alone: such a run has a results file of its own. */
export const CODEC_SIZE_ONLY = "codec-size";

/**
 * "2026-11-21_amd-epyc-2-core.json", "…_codec.json" for the recordings alone, "…_long.json" or
 * "…_full.json": the name under which results are committed. In the order of names the newest is last, and of one day the one
 * that says most.
 */
export function reportFileName(report: Report): string {
  const suffix = report.only === CODEC_SIZE_ONLY
    ? "_codec"
    : report.workload === "default"
    ? ""
    : `_${report.workload}`;
  return `${report.date.slice(0, 10)}_${report.machine}${suffix}.json`;
}

/**
 * Reads a results file.
 *
 * @throws {Error} It is not there, is not JSON, or has another shape; the message names the file.
 */
export async function readReport(path: string): Promise<Report> {
  try {
    return Report.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new Error(`Cannot read results file ${path}: ${why}`, { cause });
  }
}

/** What the fault laboratory wrote (`simulator/faults/report.ts`) lies in the same folder. */
export function isOfFaults(name: string): boolean {
  return name.endsWith("_faults.json");
}

/** Whether a run measured all that its workload is for, or all of the recordings. */
export function isWhole({ only, failures }: Pick<Report, "only" | "failures">): boolean {
  return failures === undefined && (only === null || only === CODEC_SIZE_ONLY);
}

/** The results file with the latest date in a folder, of those that `fits` takes; undefined without one. */
export async function newestReport(
  folder: string,
  fits: (report: Report) => boolean,
): Promise<string | undefined> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".json") && !isOfFaults(entry.name)) names.push(entry.name);
  }
  for (const name of names.sort().reverse()) {
    const path = `${folder}/${name}`;
    if (fits(await readReport(path))) return path;
  }
  return undefined;
}
