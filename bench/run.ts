/**
 * Bench. One run from start to end: which rows are wanted, and the suites that measure them.
 *
 * @module
 */

import { benchCodecSizes } from "./codec_size/bench_codec_size.ts";
import { type Recording, wantedRecordings } from "./codec_size/recordings.ts";
import type { CodecResults } from "./codec_size/results.ts";
import type { Curve } from "./curves.ts";
import { type DayPool, dayPool } from "./day/pool.ts";
import type { DayShape } from "./day/signal.ts";
import type { Progress } from "./progress.ts";
import type { Row } from "./rows.ts";
import { sharedStage } from "./shared_stage.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";
import type { RunContext } from "./suite.ts";
import { planRows, SUITES } from "./suites.ts";
import type { Workload } from "./workloads.ts";

/** What to run, and whom to tell. */
export interface RunOptions {
  /** Only rows whose name contains this, whatever the case. */
  readonly only?: string;
  readonly progress: (stepCount: number) => Progress;
  readonly signal: AbortSignal;
  /** Where the temporary folder is made; the system's place for such when absent. */
  readonly tempRoot?: string;
  /** Folder of the real recordings; they are not measured without it. */
  readonly dataFolder?: string | undefined;
  /** Takes lines about what is left out. */
  readonly notice?: (line: string) => void;
}

/** What a run found. */
export interface RunResult {
  /** In the order of the report. */
  readonly rows: Row[];
  readonly curves: Curve[];
  /** The server's version, or "not used". */
  readonly postgres: string;
  /** Suites that ended early, and why: their rows are missing. The others were measured all the same. */
  readonly failures: readonly string[];
  /** What the codecs make of real recordings, when these were asked for and are there. */
  readonly codec: CodecResults | undefined;
}

/** No row has such a name. */
export class NoSuchRowError extends Error {
  override readonly name = "NoSuchRowError";
}

/**
 * Measures.
 *
 * Stopped by the signal, it keeps what was measured until then, and says in `failures` what is missing.
 *
 * @throws {NoSuchRowError} `only` matches no row; nothing was started.
 * @throws {Error} It was stopped by the signal before anything was measured.
 */
export async function run(workload: Workload, options: RunOptions): Promise<RunResult> {
  const plans = planRows(workload, options.only);
  const wanted = new Set(plans.map(({ name }) => name));
  const recordings = wantedRecordings({ only: options.only, share: workload.recordings });
  if (wanted.size === 0 && recordings.length === 0) {
    throw new NoSuchRowError(`Cannot measure "${options.only}": no row has it in its name`);
  }
  const notice = options.notice ?? (() => {});
  const rows = new Map<string, Row>();
  const curves: Curve[] = [];
  const failures: string[] = [];
  const progress = options.progress(wanted.size + recordings.length);
  let postgres = "not used";
  const open = async (ofStage?: StageOptions): Promise<Stage> => {
    const stage = await openStage(options.signal, options.tempRoot, ofStage);
    postgres = stage.postgresVersion;
    return stage;
  };
  let codec: CodecResults | undefined;
  {
    using _ended = { [Symbol.dispose]: () => progress.stop() };
    await using shared = sharedStage(open);
    const pools = new Map<DayShape, Promise<DayPool>>();
    const report = (row: Row) => {
      if (!wanted.has(row.name) || rows.has(row.name)) {
        throw new Error(`Cannot report "${row.name}": it was not asked for, or is there already`);
      }
      rows.set(row.name, row);
      progress.advance();
    };
    const context: RunContext = {
      workload,
      dataFolder: options.dataFolder,
      isWanted: ({ name }) => wanted.has(name),
      report,
      reportWanted: (row) => void (wanted.has(row.name) && report(row)),
      curve: (curve) => void curves.push(curve),
      notice,
      progress,
      signal: options.signal,
      stage: shared.open,
      openStage: open,
      dayPool(shape) {
        const pool = pools.get(shape) ?? dayPool({
          shape,
          seed: workload.seed + 500,
          minutes: workload.poolMinutes,
          dataFolder: workload.origin === "CHB-MIT" ? options.dataFolder : undefined,
        });
        pools.set(shape, pool);
        return pool;
      },
    };
    codec = await benchRecordings(context, recordings, options);
    for (const suite of SUITES) {
      const own = suite.plans(workload).filter(context.isWanted);
      if (own.length === 0) continue;
      if (options.signal.aborted) {
        failures.push(`${suite.name}: the run was stopped before`);
        continue;
      }
      progress.step(suite.name);
      try {
        if (suite.isAlone) await shared[Symbol.asyncDispose]();
        await suite.run(context);
        const missing = own.find(({ name }) => !rows.has(name));
        if (missing) throw new Error(`"${missing.name}" was not measured`);
      } catch (error) {
        // Half an hour of other rows is not thrown away for one suite, nor for whoever stops the run in its last.
        const why = options.signal.aborted ? "stopped" : (error as Error).message;
        failures.push(`${suite.name}: ${why}`);
      }
    }
  }
  if (rows.size === 0) options.signal.throwIfAborted();
  const measured = plans.map(({ name }) => rows.get(name)).filter((row) => row !== undefined);
  return { rows: measured, curves, postgres, codec, failures };
}

/** Real recordings, where they are kept. */
async function benchRecordings(
  { workload, progress, signal, notice }: RunContext,
  recordings: readonly Recording[],
  { dataFolder, tempRoot, only }: RunOptions,
): Promise<CodecResults | undefined> {
  if (recordings.length === 0) return undefined;
  if (dataFolder === undefined) {
    notice(
      "codec-size: not measured, no real recordings at ../shared/data or WAVEKEEP_SHARED_DATA",
    );
    return undefined;
  }
  return await benchCodecSizes({
    dataFolder,
    recordings,
    // The browser takes as long as the recordings of a default run.
    chromium: workload.recordings === "all" || only !== undefined,
    // Asked for by name, it may take its time.
    timedMsMin: only === undefined ? workload.recordingMs : Math.max(2_000, workload.recordingMs),
    progress,
    signal,
    notice,
    ...(tempRoot === undefined ? {} : { tempRoot }),
  });
}
