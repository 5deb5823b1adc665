/**
 * Bench, comparison. Both designs side by side: what is loaded when, and which rows are measured then.
 *
 * The order is part of the result: windows are read with one recording loaded, then with all; storage is
 * weighed before single chunks are added; the full file comes last, since it enlarges only our tables.
 *
 * @module
 */

import { copyIn } from "../baseline/store.ts";
import { copyRows } from "../baseline/copy_rows.ts";
import { settle, withoutIndexes } from "../baseline/tables.ts";
import { baselineClient } from "../baseline_client.ts";
import { eegSignal, physicalRows } from "../eeg_signal.ts";
import { CHANNEL_NAMES, PATIENT_ID } from "../plan_json.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import { wavekeepClient } from "../wavekeep_client.ts";
import { RATE_HZ } from "../workloads.ts";
import { benchFullFile, benchSingleChunks, ingestFile } from "./ingest.ts";
import { comparisonPlans, fileRow, fullFileRow } from "./rows.ts";
import { benchStorage, weigh } from "./storage.ts";
import { benchWindows } from "./windows.ts";

export const comparisonSuite: Suite = {
  name: "comparison",
  plans: comparisonPlans,
  async run(context) {
    const { workload, progress } = context;
    const loads = loadsFor(context);
    progress.step("start the database and the services");
    const stage = await context.stage();
    const contestants = {
      baseline: baselineClient(await stage.baselineUrl(), stage.http),
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
  },
};

/** What has to be loaded for the rows that are wanted. */
interface Loads {
  readonly firstRecording: boolean;
  readonly allRecordings: boolean;
  readonly singleChunks: boolean;
  /** The full file into Wavekeep alone; when the first recording is that long, it is the full file. */
  readonly fullFile: boolean;
}

function loadsFor({ workload, isWanted }: RunContext): Loads {
  const wanted = comparisonPlans(workload).filter(isWanted).map(({ name }) => name);
  const hasRow = (part: string) => wanted.some((name) => name.includes(part));
  const isFullFile = wanted.includes(fullFileRow(workload).name);
  const isFullFirst = workload.recordingSeconds === workload.fullFileChunks;
  const singleChunks = hasRow("ingest one chunk");
  return {
    firstRecording: hasRow("window ") || hasRow("storage ") || hasRow("ingest a file") ||
      isFullFile && isFullFirst,
    allRecordings: hasRow(` ${workload.otherRecordings + 1} recordings`),
    singleChunks,
    fullFile: isFullFile && !isFullFirst,
  };
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
