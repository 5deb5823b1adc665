/**
 * Faults. The results file: what was broken how often, with which seed, and what came of it.
 *
 * It lies beside those of the benches (`bench/results/DATE_MACHINE_faults.json`), under the same head.
 *
 * @module
 */

import * as z from "zod";
import { findPostgresBinaries } from "@wavekeep/core/service";
import { machineFacts, resultsDate, ResultsHead } from "../../core/testing/machine.ts";

export const FaultRow = z.strictObject({
  /** The campaign. */
  name: z.string().min(1),
  /** How many of its unit were done. */
  value: z.number().nonnegative(),
  unit: z.string().min(1),
  must: z.string().min(1),
  /** All that was asked for was done, and nothing was violated. */
  met: z.boolean(),
  seed: z.int().nonnegative(),
  /** How many were asked for. */
  count: z.int().positive(),
  seconds: z.number().nonnegative(),
  figures: z.record(z.string(), z.number()),
  violations: z.array(z.string()),
});
export type FaultRow = z.infer<typeof FaultRow>;

export const FaultReport = ResultsHead.extend({
  /** What was asked for with --only; null when every campaign was run. */
  only: z.string().nullable(),
  /** Whether the campaigns had the length that tests give them. */
  small: z.boolean(),
  /** How many campaigns ran side by side. */
  at_once: z.int().positive(),
  elapsed_seconds: z.number().nonnegative(),
  rows: z.array(FaultRow),
});
export type FaultReport = z.infer<typeof FaultReport>;

/** Puts the head over the rows. */
export async function makeReport(run: {
  startedAt: Date;
  only: string | undefined;
  small: boolean;
  atOnce: number;
  rows: readonly FaultRow[];
}): Promise<FaultReport> {
  return {
    date: resultsDate(run.startedAt),
    ...await machineFacts(),
    postgres: await postgresVersion(),
    only: run.only ?? null,
    small: run.small,
    at_once: run.atOnce,
    elapsed_seconds: Math.round((Date.now() - run.startedAt.getTime()) / 100) / 10,
    rows: [...run.rows],
  };
}

/** One row a line, so that two results compare well. */
export function reportText({ rows, ...head }: FaultReport): string {
  const lines = Object.entries(head)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const body = rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
  return `{\n${lines.join("")}  "rows": [\n${body}\n  ]\n}\n`;
}

/**
 * Reads a results file.
 *
 * @throws {Error} It is not there, is not JSON, or has another shape; the message names the file.
 */
export async function readFaultReport(path: string): Promise<FaultReport> {
  try {
    return FaultReport.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new Error(`Cannot read results file ${path}: ${why}`, { cause });
  }
}

/** The rows as people read them. */
export function reportTable(rows: readonly FaultRow[]): string {
  const cells = rows.map((row) => [
    row.met ? "met" : "NOT MET",
    row.name,
    `${row.value.toLocaleString("en-US")} ${row.unit}`,
    `${row.seconds.toFixed(0)} s`,
    `seed ${row.seed}`,
    row.must,
  ]);
  const widths = cells[0]?.map((_, column) =>
    Math.max(...cells.map((line) => line[column]!.length))
  );
  return cells.map((line) =>
    line.map((cell, column) => cell.padEnd(widths![column]!)).join("  ").trimEnd()
  ).join("\n");
}

async function postgresVersion(): Promise<string> {
  const { stdout } = await new Deno.Command(findPostgresBinaries().postgres, {
    args: ["--version"],
    stderr: "null",
  }).output();
  return /\d+(\.\d+)*/.exec(new TextDecoder().decode(stdout))?.[0] ?? "unknown";
}
