/**
 * Bench, day. The day that several suites look at: taken in once, by whoever comes first, and timed.
 *
 * @module
 */

import { writeChunks } from "../baseline/store.ts";
import { settle } from "../baseline/tables.ts";
import { weigh, type Weight } from "../comparison/storage.ts";
import { physicalRows } from "../eeg_signal.ts";
import { processorMs } from "../load/process_sampler.ts";
import { CHANNEL_NAMES, PATIENT_ID } from "../plan_json.ts";
import type { RunContext } from "../suite.ts";
import type { Stage } from "../stage.ts";
import { durationName, RATE_HZ, type Workload } from "../workloads.ts";
import { type DayDevice, dayDevice } from "./device.ts";
import { dayBodies, openDay, sendBodies } from "./load_day.ts";
import { samplesOf } from "./pool.ts";
import { dayStreams, eegSeconds } from "./signal.ts";

/** A day that ingest has acknowledged, chunk by chunk. */
export interface LoadedDay {
  readonly stage: Stage;
  readonly device: DayDevice;
  readonly seconds: number;
  readonly samples: number;
  /** From the first request to the last acknowledgement. */
  readonly elapsedMs: number;
  /** Processor time of the processes meanwhile, what their threads and backends used included. */
  readonly processorMs: { readonly ingest: number; readonly postgres: number };
  /** Bytes on disk that it added, once what follows a commit had settled. */
  readonly storedBytes: number;
  /** Bytes of write-ahead log that it took. */
  readonly walBytes: number;
}

/** The same signal as rows of the baseline, by COPY alone: no HTTP, no JSON. */
export interface LoadedRows {
  readonly recordingId: string;
  readonly seconds: number;
  readonly samples: number;
  readonly elapsedMs: number;
  readonly storedBytes: number;
}

/** "24 h × 23 channels of CHB-MIT": the day, as rows name it. */
export function dayName(workload: Workload, seconds: number): string {
  const origin = workload.origin === "CHB-MIT" ? "CHB-MIT" : "synthetic EEG";
  return `${durationName(seconds)} × 23 channels of ${origin}`;
}

/** Recordings of up to a day are held ready, 330 MB; longer ones are stamped as they go. */
const BODIES_KEPT_SECONDS = 86_400;

/**
 * Requests of a day under way at a time: some wait for the disk while others are read and checked. With 4 a cold
 * ingest took 22.9 and 25.0 M samples/s, with 6 24.7, with 8 24.6, with 12 25.6, one after the other.
 */
const IN_FLIGHT = 8;

const days = new WeakMap<RunContext, Map<number, Promise<LoadedDay>>>();
const rows = new WeakMap<RunContext, Promise<LoadedRows>>();

/** The day of a length on the shared stage. */
export function loadedDay(context: RunContext, seconds: number): Promise<LoadedDay> {
  const ofRun = days.get(context) ?? new Map<number, Promise<LoadedDay>>();
  days.set(context, ofRun);
  const day = ofRun.get(seconds) ?? loadDay(context, seconds);
  ofRun.set(seconds, day);
  return day;
}

/** The baseline's rows on the shared stage. */
export function loadedRows(context: RunContext): Promise<LoadedRows> {
  const loaded = rows.get(context) ?? loadRows(context);
  rows.set(context, loaded);
  return loaded;
}

async function loadDay(context: RunContext, seconds: number): Promise<LoadedDay> {
  const { workload, progress, signal } = context;
  progress.step("day: encode the minutes it is made of");
  const pool = await context.dayPool("scalp");
  const device = dayDevice(pool, {
    patientId: PATIENT_ID,
    recordingId: `day-${seconds}`,
    seed: workload.seed + 600,
  });
  const stage = await context.stage();
  progress.step(`day: stamp ${durationName(seconds)} of chunks`);
  // Made before the clock starts: a device has all day for it. A week would not fit into memory.
  const stamped = dayBodies(device, seconds, workload.dayChunksPerRequest);
  const bodies = seconds <= BODIES_KEPT_SECONDS ? [...stamped] : stamped;
  await warmUp(context, stage);
  await openDay(stage, device);
  const before = await weigh(stage);
  const walBefore = await walPosition(stage);
  const used = () => ({
    ingest: processorMs(stage.pids.ingest),
    postgres: processorMs(stage.pids.postgres),
  });
  const usedBefore = used();
  const startedMs = performance.now();
  await sendBodies(stage, bodies, {
    inFlight: IN_FLIGHT,
    signal,
    onSent(count) {
      const percent = Math.round(100 * count * workload.dayChunksPerRequest / seconds);
      progress.step(`day: ${Math.min(100, percent)} % of ${dayName(workload, seconds)}`);
    },
  });
  const elapsedMs = performance.now() - startedMs;
  const usedAfter = used();
  progress.step("day: settle");
  const after = await settledWeight(context, stage);
  const walBytes = await walPosition(stage) - walBefore;
  await stage.wavekeepPool.query("vacuum (analyze)");
  return {
    stage,
    device,
    seconds,
    samples: samplesOf(pool, seconds),
    elapsedMs,
    processorMs: {
      ingest: usedAfter.ingest - usedBefore.ingest,
      postgres: usedAfter.postgres - usedBefore.postgres,
    },
    storedBytes: after.wavekeep - before.wavekeep,
    walBytes,
  };
}

const warm = new WeakSet<Stage>();

/** Half an hour of another recording, once: ingest compiles what it runs, as it would within a minute. */
async function warmUp(context: RunContext, stage: Stage): Promise<void> {
  if (warm.has(stage)) return;
  warm.add(stage);
  const { workload, signal } = context;
  const device = dayDevice(await context.dayPool("scalp"), {
    patientId: PATIENT_ID,
    recordingId: "warm-up",
    seed: workload.seed + 650,
  });
  await openDay(stage, device);
  const seconds = Math.min(1_800, workload.days[0]!.seconds);
  const bodies = dayBodies(device, seconds, workload.dayChunksPerRequest);
  await sendBodies(stage, bodies, { inFlight: IN_FLIGHT, signal });
}

async function loadRows(context: RunContext): Promise<LoadedRows> {
  const { workload, progress, signal } = context;
  const seconds = workload.dayBaselineSeconds;
  const stage = await context.stage();
  progress.step(`day: COPY of ${durationName(seconds)} as rows`);
  const [stream] = dayStreams(
    "scalp",
    await eegSeconds(workload.origin === "CHB-MIT" ? context.dataFolder : undefined),
    workload.seed + 500,
  );
  const recordingId = "day-rows";
  const chunks = Array.from({ length: seconds }, (_, second) => ({
    patientId: PATIENT_ID,
    recordingId,
    channels: CHANNEL_NAMES,
    start: second,
    sampleRateHz: RATE_HZ,
    samples: physicalRows(stream!.second(second)),
  }));
  const before = await weigh(stage);
  let elapsedMs = 0;
  for (let first = 0; first < chunks.length; first += workload.chunksPerRequest) {
    signal.throwIfAborted();
    const batch = chunks.slice(first, first + workload.chunksPerRequest);
    const startedMs = performance.now();
    await writeChunks(stage.baselinePool, batch, "0");
    elapsedMs += performance.now() - startedMs;
  }
  const after = await weigh(stage);
  const client = await stage.baselinePool.connect();
  await settle(client).finally(() => client.release());
  return {
    recordingId,
    seconds,
    samples: samplesOf({ streams: [{ descriptor: stream!.descriptor }] }, seconds),
    elapsedMs,
    storedBytes: after.baseline - before.baseline,
  };
}

/** Bytes once they have not grown for as long as the workload says: derived rows follow the commits. */
export async function settledWeight(
  { workload, signal }: Pick<RunContext, "workload" | "signal">,
  stage: Stage,
): Promise<Weight> {
  let last = await weigh(stage);
  for (let quiet = 0; quiet < workload.settleMs / 250;) {
    signal.throwIfAborted();
    await new Promise((resume) => setTimeout(resume, 250));
    const now = await weigh(stage);
    quiet = now.wavekeep === last.wavekeep ? quiet + 1 : 0;
    last = now;
  }
  return last;
}

async function walPosition(stage: Stage): Promise<number> {
  const { rows: [row] } = await stage.wavekeepPool.query<{ position: string }>(
    "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as position",
  );
  return Number(row!.position);
}
