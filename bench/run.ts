/**
 * Bench. One run from start to end: what is loaded when, and which rows are measured at that moment.
 *
 * The order is part of the result: windows are read with one recording loaded, then with all; storage is
 * weighed before single chunks are added; the full file comes last, since it enlarges only our tables.
 *
 * @module
 */

import { copyIn } from "./baseline/store.ts";
import { copyRows } from "./baseline/copy_rows.ts";
import { settle, withoutIndexes } from "./baseline/tables.ts";
import { baselineClient } from "./baseline_client.ts";
import { benchCodecs } from "./codec_bench.ts";
import { benchCodecSizes } from "./codec_size/bench_codec_size.ts";
import { type Recording, wantedRecordings } from "./codec_size/recordings.ts";
import type { CodecResults } from "./codec_size/results.ts";
import { benchEdf } from "./edf_bench.ts";
import { eegSignal, physicalRows } from "./eeg_signal.ts";
import { benchFullFile, benchSingleChunks, ingestFile } from "./ingest_bench.ts";
import { CHANNEL_NAMES, PATIENT_ID } from "./plan_json.ts";
import type { Progress } from "./progress.ts";
import {
  codecRow,
  CODECS,
  edfRow,
  fileRow,
  fullFileRow,
  planRows,
  type Row,
  storageRow,
} from "./rows.ts";
import type { RunContext } from "./run_context.ts";
import { openStage, type Stage } from "./stage.ts";
import { benchStorage, weigh } from "./storage_bench.ts";
import { wavekeepClient } from "./wavekeep_client.ts";
import { benchWindows } from "./window_bench.ts";
import { RATE_HZ, type Workload } from "./workloads.ts";

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

/** No row has such a name. */
export class NoSuchRowError extends Error {
  override readonly name = "NoSuchRowError";
}

/**
 * Measures.
 *
 * @returns The rows in the order of the table, the server's version when one was needed, and what the
 * codecs make of real recordings when these were asked for and are there.
 * @throws {NoSuchRowError} `only` matches no row; nothing was started.
 */
export async function run(
  workload: Workload,
  options: RunOptions,
): Promise<{ rows: Row[]; postgres: string; codec: CodecResults | undefined }> {
  const wanted = new Set(
    planRows(workload).map(({ name }) => name)
      .filter((name) => name.toLowerCase().includes((options.only ?? "").toLowerCase())),
  );
  const recordings = wantedRecordings({ only: options.only, share: workload.recordings });
  if (wanted.size === 0 && recordings.length === 0) {
    throw new NoSuchRowError(`Cannot measure "${options.only}": no row has it in its name`);
  }
  const notice = options.notice ?? (() => {});
  const rows = new Map<string, Row>();
  const loads = loadsFor(workload, wanted);
  const steps = countSteps(workload, wanted, loads) +
    (recordings.length > 0 ? recordings.length + 1 : 0);
  const progress = options.progress(steps);
  const context: RunContext = {
    workload,
    isWanted: ({ name }) => wanted.has(name),
    report: (row) => void rows.set(row.name, row),
    progress,
    signal: options.signal,
  };
  let postgres = "not used";
  let codec: CodecResults | undefined;
  try {
    codec = await benchRecordings(context, recordings, { ...options, notice });
    await benchCodecs(context);
    await benchEdf(context);
    if (loads.stage) {
      progress.step("start the database and the services");
      await using stage = await openStage(options.signal, options.tempRoot);
      postgres = stage.postgresVersion;
      await runOnStage(context, stage, loads);
    }
  } finally {
    progress.stop();
  }
  const inOrder = planRows(workload).flatMap(({ name }) => rows.get(name) ?? []);
  return { rows: inOrder, postgres, codec };
}

/** Real recordings, where they are kept. */
async function benchRecordings(
  { workload, progress, signal }: RunContext,
  recordings: readonly Recording[],
  options: RunOptions & { readonly notice: (line: string) => void },
): Promise<CodecResults | undefined> {
  if (recordings.length === 0) return undefined;
  const { dataFolder, notice, tempRoot, only } = options;
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

/** What has to be loaded for the rows that are wanted. */
interface Loads {
  readonly stage: boolean;
  readonly firstRecording: boolean;
  readonly allRecordings: boolean;
  readonly singleChunks: boolean;
  /** The full file into Wavekeep alone; when the first recording is that long, it is the full file. */
  readonly fullFile: boolean;
}

function loadsFor(workload: Workload, wanted: ReadonlySet<string>): Loads {
  const hasRow = (part: string) => [...wanted].some((name) => name.includes(part));
  const isFullFile = wanted.has(fullFileRow(workload).name);
  const isFullFirst = workload.recordingSeconds === workload.fullFileChunks;
  const singleChunks = hasRow("ingest one chunk");
  const firstRecording = hasRow("window ") || hasRow("storage ") || hasRow("ingest a file") ||
    isFullFile && isFullFirst;
  return {
    stage: [...wanted].some((name) => /^(ingest|storage|window) /.test(name)),
    firstRecording,
    allRecordings: singleChunks || hasRow(` ${workload.otherRecordings + 1} recordings`),
    singleChunks,
    fullFile: isFullFile && !isFullFirst,
  };
}

async function runOnStage(context: RunContext, stage: Stage, loads: Loads): Promise<void> {
  const { workload, progress } = context;
  const contestants = {
    baseline: baselineClient(stage.baselineUrl, stage.http),
    wavekeep: wavekeepClient(stage),
  };
  const empty = await weigh(stage);

  const first = eegSignal(workload.seed, workload.recordingSeconds).chunks;
  const windows = { ...contestants, recordingId: "recording-1", chunks: first };
  if (loads.firstRecording) {
    progress.step(fileRow(workload).name);
    await ingestFile(context, contestants, windows.recordingId, first);
    await settleBoth(stage);
    await benchWindows(context, { ...windows, recordingCount: 1 });
  }
  if (loads.allRecordings) {
    progress.step(`load ${workload.otherRecordings} more recordings`);
    await loadOthers(context, stage, contestants.wavekeep);
    await settleBoth(stage);
    await benchStorage(context, stage, empty);
    await benchWindows(context, { ...windows, recordingCount: workload.otherRecordings + 1 });
  }
  if (loads.singleChunks) {
    // The round of warming up takes a chunk as well.
    const singles = eegSignal(workload.seed + 100, workload.singleChunks + 1).chunks;
    await benchSingleChunks(
      context,
      contestants,
      { chunks: "single", json: "single-json" },
      singles,
    );
  }
  if (loads.fullFile) {
    // One minute over and over: making an hour of signal would take as long as sending it.
    const minute = eegSignal(workload.seed + 200, Math.min(60, workload.fullFileChunks)).chunks;
    const full = Array.from(
      { length: workload.fullFileChunks },
      (_, i) => minute[i % minute.length]!,
    );
    await benchFullFile(context, contestants.wavekeep, "full-file", full);
  }
}

/** The same recordings into both: ours through ingest, the baseline's by COPY without its indexes. */
async function loadOthers(
  context: RunContext,
  stage: Stage,
  wavekeep: ReturnType<typeof wavekeepClient>,
): Promise<void> {
  const { workload, signal } = context;
  const client = await stage.baselinePool.connect();
  try {
    await withoutIndexes(client, async () => {
      for (let n = 2; n <= workload.otherRecordings + 1; n++) {
        const recordingId = `recording-${n}`;
        const { chunks } = eegSignal(workload.seed + n, workload.otherSeconds);
        const segment = await wavekeep.openSegment(recordingId);
        for (let i = 0; i < chunks.length; i += workload.chunksPerRequest) {
          signal.throwIfAborted();
          const batch = chunks.slice(i, i + workload.chunksPerRequest);
          await segment.send(i, batch);
          const rows = batch.map((chunk, k) => ({
            patientId: PATIENT_ID,
            recordingId,
            channels: CHANNEL_NAMES,
            start: i + k,
            sampleRateHz: RATE_HZ,
            samples: physicalRows(chunk),
          }));
          await copyIn(client, copyRows(rows));
        }
      }
    });
  } finally {
    client.release();
  }
}

/** Statistics and visibility of both, as autovacuum would see to within minutes. */
async function settleBoth(stage: Stage): Promise<void> {
  const client = await stage.baselinePool.connect();
  try {
    await settle(client);
  } finally {
    client.release();
  }
  await stage.wavekeepPool.query("vacuum (analyze)");
}

function countSteps(workload: Workload, wanted: ReadonlySet<string>, loads: Loads): number {
  const codecs = CODECS.filter((codec) =>
    (["size", "encode", "decode"] as const)
      .some((what) => wanted.has(codecRow(workload, codec, what).name))
  );
  const cells = new Set(
    [...wanted].filter((name) => name.startsWith("window "))
      .map((name) => name.slice(0, name.lastIndexOf(", "))),
  );
  const single = [edfRow(workload), storageRow(workload)].map(({ name }) => wanted.has(name));
  return codecs.length + cells.size + [...Object.values(loads), ...single].filter(Boolean).length;
}
