/**
 * `deno task bench`: measures, prints the table, writes the results file.
 *
 * Ctrl-C ends a run with the rows that it has by then.
 *
 * Exit codes: 0 fine, 1 refused, failed or stopped, 2 usage.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedDataDir } from "@wavekeep/core/testing";
import { CAMPAIGNS } from "../simulator/faults/campaigns.ts";
import { FAULTS_BLOCK, faultsReadmeBlock } from "../simulator/faults/readme_block.ts";
import { readFaultReport } from "../simulator/faults/report.ts";
import { CODEC_BLOCK, codecReadmeBlock, codecTextTable } from "./codec_size/readme_block.ts";
import { type Options, parseOptions, USAGE, UsageError } from "./options.ts";
import { resultsPage } from "./page/results_page.ts";
import { progressBar } from "./progress.ts";
import {
  isOfFaults,
  isWhole,
  makeReport,
  newestReport,
  readReport,
  type Report,
  reportText,
} from "./report.ts";
import { NoSuchRowError, run } from "./run.ts";
import {
  BENCH_BLOCK,
  type BlockMarks,
  LONG_BLOCK,
  readmeBlock,
  readmeLongBlock,
  replaceBlock,
  textTable,
} from "./table.ts";
import { DEFAULT_WORKLOAD, FULL_WORKLOAD, LONG_WORKLOAD, type Workload } from "./workloads.ts";

const WORKLOADS = { default: DEFAULT_WORKLOAD, long: LONG_WORKLOAD, full: FULL_WORKLOAD };

const ROOT = fileURLToPath(new URL("..", import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  const aborter = new AbortController();
  // Under npx one Ctrl-C arrives twice: the second finds it aborted already and changes nothing.
  const onSignal = () => aborter.abort(new Error("Stopped before anything was measured"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  try {
    const options = parseOptions(args);
    if (options.command === "help") await print(USAGE);
    else if (options.command === "readme") await writeReadme(options.json);
    else if (options.command === "page") await writePage(options.page, options.from);
    else return await measure(options, aborter.signal);
    return 0;
  } catch (error) {
    const reason = aborter.signal.aborted ? aborter.signal.reason : error;
    await Deno.stderr.write(new TextEncoder().encode(`${(reason as Error).message}\n`));
    if (reason instanceof UsageError) await print(`\n${USAGE}`);
    return reason instanceof UsageError || reason instanceof NoSuchRowError ? 2 : 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, onSignal);
    }
  }
}

/** Measures, and answers with the exit code. */
async function measure(
  options: Extract<Options, { command: "run" }>,
  signal: AbortSignal,
): Promise<number> {
  // Found out now, not after a minute of measuring.
  for (const file of [options.json, options.page]) {
    if (file !== undefined) await refuseMissingFolder(file);
  }
  const dataFolder = sharedDataDir();
  const workload: Workload = {
    ...WORKLOADS[options.workload],
    ...(dataFolder === undefined ? { origin: "synthetic" } : {}),
  };
  const startedAt = new Date();
  const notices: string[] = [];
  const { rows, curves, postgres, codec, failures } = await run(workload, {
    ...(options.only === undefined ? {} : { only: options.only }),
    progress: progressBar,
    signal,
    dataFolder,
    // Behind the bar, which would tear them.
    notice: (line) => void notices.push(line),
  });
  const report = await makeReport({
    startedAt,
    elapsedSeconds: (Date.now() - startedAt.getTime()) / 1000,
    workload: workload.name,
    only: options.only,
    postgres,
    rows,
    failures,
    curves,
    codec,
  });
  if (rows.length > 0) await print(textTable(rows));
  if (codec !== undefined) await print(`${rows.length > 0 ? "\n" : ""}${codecTextTable(codec)}`);
  notices.push(...failures.map((failure) => `Not measured to its end: ${failure}`));
  for (const line of notices) await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
  if (options.json !== undefined) await Deno.writeTextFile(options.json, reportText(report));
  if (options.page !== undefined) await Deno.writeTextFile(options.page, resultsPage(report));
  return failures.length === 0 ? 0 : 1;
}

async function writePage(page: string, from: string): Promise<void> {
  await refuseMissingFolder(page);
  await Deno.writeTextFile(page, resultsPage(await readReport(from)));
}

async function refuseMissingFolder(file: string): Promise<void> {
  const folder = dirname(file);
  const isFolder = await Deno.stat(folder).then((stat) => stat.isDirectory, () => false);
  if (!isFolder) throw new Error(`Cannot write ${file}: ${folder} is not a folder`);
}

async function writeReadme(json: string | undefined): Promise<void> {
  const folder = `${ROOT}bench/results`;
  const readme = `${ROOT}README.md`;
  let text = await Deno.readTextFile(readme);
  for (const { holds, marks, block } of README_BLOCKS) {
    const path = json ?? await newestReport(folder, (report) => isWhole(report) && holds(report));
    const report = path === undefined ? undefined : await readReport(path);
    if (path === undefined || report === undefined || !holds(report)) continue;
    text = replaceBlock(text, block(report, shownPath(path)), marks);
  }
  const faults = json === undefined ? await faultsBlock(folder) : undefined;
  if (faults !== undefined) text = replaceBlock(text, faults, FAULTS_BLOCK);
  await Deno.writeTextFile(readme, text);
}

/** The table of the fault laboratory, out of all of its results: it has rows of several runs. */
async function faultsBlock(folder: string): Promise<string | undefined> {
  const files = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!isOfFaults(name)) continue;
    const path = `${folder}/${name}`;
    files.push({ file: shownPath(path), report: await readFaultReport(path) });
  }
  return faultsReadmeBlock(files, CAMPAIGNS);
}

/** The tables of the README, each out of the newest results file that holds what it shows. */
const README_BLOCKS: readonly {
  readonly holds: (report: Report) => boolean;
  readonly marks: BlockMarks;
  readonly block: (report: Report, file: string) => string;
}[] = [
  {
    holds: ({ rows, workload }) => rows.length > 0 && workload !== "long",
    marks: BENCH_BLOCK,
    block: readmeBlock,
  },
  {
    holds: ({ rows, workload }) => rows.length > 0 && workload === "long",
    marks: LONG_BLOCK,
    block: readmeLongBlock,
  },
  {
    holds: ({ codec }) => codec !== undefined,
    marks: CODEC_BLOCK,
    block: (report, file) => codecReadmeBlock(report, report.codec!, file),
  },
];

/** A file elsewhere is named, not located: the path of a machine does not belong into a README. */
function shownPath(path: string): string {
  const whole = resolve(path);
  return whole.startsWith(ROOT) ? whole.slice(ROOT.length) : basename(whole);
}

async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  let offset = 0;
  while (offset < bytes.length) offset += await Deno.stdout.write(bytes.subarray(offset));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
