/**
 * Bench, load. How much of what: the sizes of every load, by workload.
 *
 * @module
 */

import type { Workload } from "../workloads.ts";

/** Devices that stream, each with one chunk a second, and for how long that is measured. */
export interface LiveSize {
  readonly deviceCount: number;
  readonly seconds: number;
  readonly isLong: boolean;
  /** Instead of the load's own. */
  readonly warmUpSeconds?: number;
  /**
   * Of the warm-up: devices come in one after the other. Two thousand at the same moment, on a process that
   * has just started and compiled nothing, are seconds of backlog, and a minute until it is gone.
   */
  readonly rampSeconds?: number;
}

export interface LoadSizes {
  /** Between two chunks of one device. */
  readonly devicePeriodMs: number;
  /** Between two pages of one reader: somebody who looks for something, half a second a page. */
  readonly pagePeriodMs: number;
  /** Clients at work before anything is counted. */
  readonly warmUpSeconds: number;
  /** Few devices first. */
  readonly live: readonly LiveSize[];
  /** Readers who turn pages, beside devices. */
  readonly together: {
    readonly readerCount: number;
    readonly deviceCount: number;
    readonly seconds: number;
  };
  readonly events: {
    readonly viewerCount: number;
    readonly recordingCount: number;
    readonly deviceCount: number;
    readonly seconds: number;
  };
  /** Recordings that are read, and seconds that are loaded of each in batches. */
  readonly history: { readonly recordingCount: number; readonly seconds: number };
  /** Numbers of clients, each for so long. */
  readonly growth: {
    readonly devices: readonly number[];
    readonly readers: readonly number[];
    readonly seconds: number;
  };
  /** Files of the write-ahead log that are there before a long load begins (`prepareLog` in `../stage.ts`). */
  readonly logFileCount: number;
  /** Bytes of the two EDF files whose memory is compared. */
  readonly files: { readonly smallBytes: number; readonly largeBytes: number };
}

export const PAGE_SECONDS = 10;

/** As devices send their backlog, and as many at a time. */
export const BATCH = { chunksPerRequest: 100, inFlight: 8 } as const;

/** Opening two thousand recordings takes longer than a default run may. */
const SOME_DEVICES: LiveSize = { deviceCount: 400, seconds: 4, isLong: false };
const DEVICES: LiveSize = { deviceCount: 2_000, seconds: 8, isLong: true };
const TEN_MINUTES: LiveSize = { ...DEVICES, seconds: 600, warmUpSeconds: 30, rampSeconds: 20 };

const DEFAULT_SIZES: LoadSizes = {
  devicePeriodMs: 1_000,
  pagePeriodMs: 500,
  warmUpSeconds: 1,
  live: [SOME_DEVICES, DEVICES, TEN_MINUTES],
  together: { readerCount: 50, deviceCount: 50, seconds: 4 },
  events: { viewerCount: 50, recordingCount: 10, deviceCount: 50, seconds: 4 },
  history: { recordingCount: 10, seconds: 600 },
  growth: {
    devices: [1, 10, 100, 500, 1_000, 2_000, 3_000, 4_000],
    readers: [1, 2, 4, 8, 16, 32, 64],
    seconds: 10,
  },
  // Seven gigabytes: about what ten minutes of 2,000 devices write.
  logFileCount: 440,
  files: { smallBytes: 200e6, largeBytes: 2e9 },
};

const SIZES: Readonly<Record<Workload["name"], LoadSizes>> = {
  default: DEFAULT_SIZES,
  long: {
    ...DEFAULT_SIZES,
    warmUpSeconds: 2,
    live: [TEN_MINUTES],
    growth: {
      devices: [1, 10, 100, 500, 1_000, 2_000],
      readers: DEFAULT_SIZES.growth.readers,
      seconds: 5,
    },
  },
  full: {
    ...DEFAULT_SIZES,
    warmUpSeconds: 5,
    live: [TEN_MINUTES],
    together: { ...DEFAULT_SIZES.together, seconds: 60 },
    events: { ...DEFAULT_SIZES.events, seconds: 60 },
    history: { recordingCount: 50, seconds: 1_728 },
  },
  small: {
    devicePeriodMs: 100,
    pagePeriodMs: 50,
    warmUpSeconds: 0.2,
    live: [{ deviceCount: 3, seconds: 0.5, isLong: false }],
    together: { readerCount: 2, deviceCount: 2, seconds: 0.5 },
    events: { viewerCount: 2, recordingCount: 1, deviceCount: 1, seconds: 0.5 },
    history: { recordingCount: 2, seconds: 30 },
    growth: { devices: [1, 2], readers: [1, 2], seconds: 0.3 },
    logFileCount: 2,
    files: { smallBytes: 0.3e6, largeBytes: 1e6 },
  },
};

export function loadSizes(workload: Workload): LoadSizes {
  return SIZES[workload.name];
}
