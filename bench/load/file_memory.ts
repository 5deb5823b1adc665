/**
 * Bench, load. Whether a file's size shows in memory: simulator and export as their tasks run them, with a
 * small file and a large one, on a stage of their own.
 *
 * What comes out is compared with what went in. Memory is the kernel's account of the most that a process
 * ever had (VmHWM), looked at until it ends.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openFileByteSource } from "../../simulator/file_byte_source.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { Workload } from "../workloads.ts";
import { requireSameSamples, writeEdfFile } from "./edf_file.ts";
import { memoryMb } from "./process_sampler.ts";
import { loadSizes } from "./sizes.ts";

type Rows = Readonly<
  Record<"simulator" | "simulatorGrowth" | "export" | "exportGrowth" | "query", RowPlan>
>;

/**
 * More than this is growth. Two runs of the same file differ by some percent: garbage is collected when
 * there is time. The small file is large enough that a heap has found its size.
 */
const CONSTANT_MAX = 1.25;

function fileRows(workload: Workload): Rows {
  const { files } = loadSizes(workload);
  const large = `${bytesName(files.largeBytes)} of EDF`;
  const growth = `${large} against ${bytesName(files.smallBytes)}`;
  const isLong = true;
  return {
    simulator: rowPlan(`simulator with ${large}: memory at most`, "MB", { isLong }),
    simulatorGrowth: rowPlan(`simulator with ${growth}: memory at most`, "×", {
      must: CONSTANT_MAX,
      isLong,
    }),
    export: rowPlan(`export of ${large}: memory at most`, "MB", { isLong }),
    exportGrowth: rowPlan(`export of ${growth}: memory at most`, "×", {
      must: CONSTANT_MAX,
      isLong,
    }),
    query: rowPlan(`export of ${large}: memory of query at most`, "MB", { must: 256, isLong }),
  };
}

/** "2 GB" */
function bytesName(byteLength: number): string {
  return byteLength >= 1e9 ? `${byteLength / 1e9} GB` : `${byteLength / 1e6} MB`;
}

export const fileMemorySuite: Suite = {
  name: "file memory",
  plans: (workload) => Object.values(fileRows(workload)),
  async run(context) {
    const { workload, progress } = context;
    const { smallBytes, largeBytes } = loadSizes(workload).files;
    const rows = fileRows(workload);
    progress.step("files: start the database and the services");
    await using stage = await context.openStage();
    await using folder = await tempFolder(stage);
    const small = await throughAndBack(context, stage, folder.path, smallBytes);
    const large = await throughAndBack(context, stage, folder.path, largeBytes);
    const report = (plan: RowPlan, value: number) => {
      if (context.isWanted(plan)) context.report(measuredRow(plan, value, null));
    };
    report(rows.simulator, large.simulatorMb);
    report(rows.simulatorGrowth, large.simulatorMb / small.simulatorMb);
    report(rows.export, large.exportMb);
    report(rows.exportGrowth, large.exportMb / small.exportMb);
    report(rows.query, memoryMb(stage.pids.query).peak);
  },
};

/** A folder beside the database: it goes when the stage does, whatever happens here. */
async function tempFolder(stage: Stage): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ dir: stage.folder, prefix: "files-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** One file in by the simulator, out by export, and compared. */
async function throughAndBack(
  { workload, progress, signal }: RunContext,
  stage: Stage,
  folder: string,
  byteLength: number,
): Promise<{ simulatorMb: number; exportMb: number }> {
  const name = bytesName(byteLength);
  const codes = { patient: "files", recording: `file-${byteLength}` };
  const sent = join(folder, `${byteLength}.edf`);
  const exported = join(folder, `${byteLength}_out.edf`);
  progress.step(`files: write ${name}`);
  await writeEdfFile(sent, { byteLength, seed: workload.seed + 950, signal });
  const common = ["--patient", codes.patient, "--recording", codes.recording, "--data", folder];
  progress.step(`files: simulator with ${name}`);
  const simulatorMb = await peakOf(signal, {
    module: "simulator/main.ts",
    // As the task has it.
    flags: ["--v8-flags=--max-semi-space-size=4"],
    args: ["--edf", sent, "--speed", "max", "--ingest", stage.ingestUrl, ...common],
    token: await stage.signToken("device", `files-${byteLength}`),
  });
  progress.step(`files: export of ${name}`);
  const exportMb = await peakOf(signal, {
    module: "simulator/export.ts",
    args: ["--out", exported, "--query", stage.queryUrl, ...common],
    token: await stage.signToken("clinician", `files-${byteLength}`),
  });
  progress.step(`files: compare ${name}`);
  const [one, other] = [await openFileByteSource(sent), await openFileByteSource(exported)];
  try {
    await requireSameSamples(one, other);
  } finally {
    one.close();
    other.close();
  }
  await Deno.remove(sent);
  await Deno.remove(exported);
  return { simulatorMb, exportMb };
}

const SAMPLE_EVERY_MS = 100;

/**
 * Runs a tool with the permissions of its task, to its end.
 *
 * @returns The most memory it ever had, in MB.
 * @throws {Error} It failed: with the end of what it said.
 */
async function peakOf(
  signal: AbortSignal,
  tool: {
    readonly module: string;
    readonly flags?: readonly string[];
    readonly args: readonly string[];
    readonly token: string;
  },
): Promise<number> {
  signal.throwIfAborted();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      ...tool.flags ?? [],
      tool.module,
      ...tool.args,
    ],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { WAVEKEEP_TOKEN: tool.token },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(child.pid).peak);
  }, SAMPLE_EVERY_MS);
  // What it has not delivered is lost with the stage: there is nothing to drain for.
  const onAbort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort);
  try {
    const said = Promise.all([tail(child.stdout), tail(child.stderr)]);
    const { success, code } = await child.status;
    const [output, errors] = await said;
    signal.throwIfAborted();
    if (!success) {
      throw new Error(`Cannot measure ${tool.module}: it ended with ${code}:\n${errors || output}`);
    }
    if (peakMb === 0) throw new Error(`Cannot measure ${tool.module}: it ended too soon to see it`);
    return peakMb;
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

const TAIL_LENGTH = 2_000;

/** The end of what a process says; the rest is dropped as it comes. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of stream) {
    text = (text + decoder.decode(part, { stream: true })).slice(-TAIL_LENGTH);
  }
  return text;
}
