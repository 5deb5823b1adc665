/**
 * Bench. What is measured, how much of it: every size of a run, named and seeded.
 *
 * The plan's recording is fixed: 23 bipolar channels at 256 Hz in one-second chunks, 5,888 samples a
 * second. Sizes differ in how many seconds are loaded; they stand in the name of every row.
 *
 * @module
 */

import type { DayOrigin } from "./day/signal.ts";

/** How long a synthetic recording is, and whether that is too long for a default run. */
export interface DayLength {
  readonly seconds: number;
  readonly isLong: boolean;
}

/** Seconds, repetitions and budgets of one run. */
export interface Workload {
  readonly name: "small" | "default" | "long" | "full";
  /** Which rows a run without `--only` measures, by how long they take. */
  readonly rows: "short" | "long" | "all";
  /** First seed; each recording adds its number. */
  readonly seed: number;
  /** What the EEG of synthetic days is made of: `main.ts` says "synthetic" where the recordings are not. */
  readonly origin: DayOrigin;
  /** Distinct minutes that synthetic days are drawn from. */
  readonly poolMinutes: number;
  /** Synthetic recordings that are taken in, weighed and read, each for itself. */
  readonly days: readonly DayLength[];
  /** Chunks a request of a day. */
  readonly dayChunksPerRequest: number;
  /** Seconds of the same signal as rows of the baseline. */
  readonly dayBaselineSeconds: number;
  /** Chunks on which promises are timed one by one, and how often. */
  readonly budgetChunks: number;
  readonly budgetRounds: number;
  /** What it costs to prove: `bench/proof/`. */
  readonly proof: {
    /** Rounds that count, of ingest with and without; even, so that each is first equally often. */
    readonly rounds: number;
    /** Chunks of a turn before the clock starts, and on the clock. */
    readonly leadChunks: number;
    readonly chunks: number;
    /** Proofs that are asked for. */
    readonly proofs: number;
    /** Leaves a second, and for how long. */
    readonly leafRate: number;
    readonly leafSeconds: number;
    readonly scrubChunks: number;
    readonly scrubRounds: number;
  };
  /** How long the database must not have grown before it is weighed. */
  readonly settleMs: number;
  /** Length of the recordings of other shapes. */
  readonly shapeSeconds: number;
  /** Rounds that count, of ingest with signatures and without; a multiple of three forms makes them equal. */
  readonly signatureRounds: number;
  /** Attempts to sign in with a known name, and as many with one that is nobody's. */
  readonly signIns: number;
  /** Length of the recording that is only looked at as a whole. */
  readonly weekSeconds: number;
  /** Looks at the whole of a recording. */
  readonly dayOverviews: number;
  /** Key presses of each kind that make the viewer's p95, and how many of them are not counted. */
  readonly viewerPresses: {
    readonly counted: number;
    readonly warmUp: number;
    readonly pauseMs: number;
  };
  /** Whether the viewer is measured on every recording and against its peers: minutes in a browser. */
  readonly viewerRecordings: "all" | "first";
  /** Pages turned while the viewer's heap is weighed. */
  readonly viewerPages: number;
  /** Length of the recording whose days the viewer shows in a strip. */
  readonly stripSeconds: number;
  /** Length of the recording of 128 channels × 512 Hz. */
  readonly denseSeconds: number;
  /** Ten-second windows that make p50 and p99. */
  readonly dayWindows: number;
  /** Length of the recording that is taken in as a file and read in windows: seconds, so chunks. */
  readonly recordingSeconds: number;
  /** Recordings loaded beside it for the rows "10 recordings". */
  readonly otherRecordings: number;
  /** Length of each of those, in seconds. */
  readonly otherSeconds: number;
  /** Window lengths of the plan, in seconds; none longer than the recording. */
  readonly windowSeconds: readonly number[];
  /** Chunks a request while a file is taken in. */
  readonly chunksPerRequest: number;
  /** Chunks of the plan's full file; the baseline takes it only in a full run. */
  readonly fullFileChunks: number;
  /** Single chunks of each design whose latencies make p50 and p99. */
  readonly singleChunks: number;
  /** At least and at most so many rounds a window, and how long before the minimum will do. */
  readonly windowRounds: { readonly min: number; readonly max: number; readonly budgetMs: number };
  /** Windows read before the first cell, so that no cell pays for a cold process. */
  readonly warmUpWindows: number;
  /** Seconds of signal that the codecs work on. */
  readonly codecSeconds: number;
  readonly codecRounds: number;
  /** Which of the real recordings are measured by all codecs, and in Chromium when all are. */
  readonly recordings: "none" | "some" | "all";
  /** How long a recording is coded and decoded at least, for its speed. */
  readonly recordingMs: number;
}

/** Channels of the plan's montage. */
export const CHANNEL_COUNT = 23;

/** Samples a second of each channel. */
export const RATE_HZ = 256;

/** A chunk of the plan, as row names say it. */
export const CHUNK_SHAPE = `${CHANNEL_COUNT} × ${RATE_HZ}`;

/** Samples of one chunk over all channels. */
export const SAMPLES_PER_CHUNK = CHANNEL_COUNT * RATE_HZ;

const PLAN_WINDOWS_SECONDS = [1, 5, 10, 30, 60];

/** 55 s on two quiet cores: rows are loaded sparingly, since loading them is the slow part. */
export const DEFAULT_WORKLOAD: Workload = {
  name: "default",
  rows: "short",
  seed: 20_761_106,
  origin: "CHB-MIT",
  poolMinutes: 10,
  days: [{ seconds: 7_200, isLong: false }, { seconds: 86_400, isLong: true }],
  dayChunksPerRequest: 100,
  dayBaselineSeconds: 25,
  budgetChunks: 300,
  budgetRounds: 3,
  proof: {
    rounds: 4,
    leadChunks: 1_200,
    chunks: 3_600,
    proofs: 400,
    leafRate: 2_000,
    leafSeconds: 10,
    scrubChunks: 10_000,
    scrubRounds: 3,
  },
  settleMs: 1_000,
  shapeSeconds: 1_200,
  signatureRounds: 9,
  signIns: 1_000,
  weekSeconds: 604_800,
  dayOverviews: 40,
  viewerPresses: { counted: 20, warmUp: 4, pauseMs: 170 },
  viewerRecordings: "all",
  viewerPages: 720,
  stripSeconds: 259_200,
  denseSeconds: 240,
  dayWindows: 600,
  recordingSeconds: 60,
  otherRecordings: 9,
  otherSeconds: 10,
  windowSeconds: [10],
  chunksPerRequest: 20,
  fullFileChunks: 3_600,
  singleChunks: 30,
  windowRounds: { min: 3, max: 15, budgetMs: 250 },
  warmUpWindows: 25,
  codecSeconds: 60,
  codecRounds: 2,
  recordings: "none",
  recordingMs: 600,
};

/**
 * What a default run leaves out, at the lengths that the issues name, in 37 minutes: growth ends at ten
 * recordings of 24 hours, and the baseline's rows stay as few as in a default run.
 */
export const LONG_WORKLOAD: Workload = {
  ...DEFAULT_WORKLOAD,
  name: "long",
  rows: "long",
  viewerPresses: { counted: 40, warmUp: 6, pauseMs: 400 },
  dayWindows: 2_000,
};

/** The plan's hour: 21.2 million rows of the measured recording, 3.2 million of the others. */
export const FULL_WORKLOAD: Workload = {
  ...DEFAULT_WORKLOAD,
  name: "full",
  rows: "all",
  windowSeconds: PLAN_WINDOWS_SECONDS,
  recordingSeconds: 3_600,
  otherSeconds: 60,
  dayBaselineSeconds: 60,
  viewerPresses: { counted: 40, warmUp: 6, pauseMs: 400 },
  dayWindows: 2_000,
  singleChunks: 200,
  windowRounds: { min: 5, max: 30, budgetMs: 2_000 },
  codecSeconds: 600,
  recordings: "all",
  recordingMs: 3_000,
};

/** Seconds of everything, so that the tests can run each bench and none can rot. */
export const SMALL_WORKLOAD: Workload = {
  ...DEFAULT_WORKLOAD,
  name: "small",
  rows: "all",
  origin: "synthetic",
  poolMinutes: 1,
  days: [{ seconds: 25, isLong: false }, { seconds: 61, isLong: true }],
  dayChunksPerRequest: 10,
  dayBaselineSeconds: 12,
  budgetChunks: 2,
  budgetRounds: 1,
  proof: {
    rounds: 1,
    leadChunks: 10,
    chunks: 30,
    proofs: 3,
    leafRate: 100,
    leafSeconds: 1,
    scrubChunks: 100,
    scrubRounds: 1,
  },
  settleMs: 0,
  // Of the smallest shape: more than the pages at hand have room for.
  shapeSeconds: 30,
  signatureRounds: 1,
  signIns: 2,
  weekSeconds: 70,
  dayOverviews: 2,
  viewerPresses: { counted: 3, warmUp: 1, pauseMs: 60 },
  viewerRecordings: "first",
  viewerPages: 4,
  stripSeconds: 40,
  denseSeconds: 12,
  dayWindows: 3,
  recordingSeconds: 3,
  otherRecordings: 1,
  otherSeconds: 1,
  windowSeconds: [1, 2],
  chunksPerRequest: 2,
  fullFileChunks: 4,
  singleChunks: 2,
  windowRounds: { min: 1, max: 1, budgetMs: 0 },
  warmUpWindows: 1,
  codecSeconds: 2,
  codecRounds: 1,
  recordings: "none",
  recordingMs: 1,
};

/** "1 recording (60 s)", "10 recordings (60 s + 9 × 20 s)": what is loaded, as rows name it. */
export function loadedName(workload: Workload, recordingCount: number): string {
  const first = `${thousands(workload.recordingSeconds)} s`;
  if (recordingCount === 1) return `1 recording (${first})`;
  const others = `${recordingCount - 1} × ${thousands(workload.otherSeconds)} s`;
  return `${recordingCount} recordings (${first} + ${others})`;
}

/** "24 h", "10 min", "25 s", "7 days": the largest unit that leaves no rest. */
export function durationName(seconds: number): string {
  const units = [["days", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;
  const [unit, length] = units.find(([, each]) => seconds % each === 0 && seconds > each)!;
  return `${thousands(seconds / length)} ${unit}`;
}

/** 3600 as "3,600". */
export function thousands(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
