/**
 * Bench, load. What the run and its generator tell each other: one JSON object a line.
 *
 * @module
 */

import type { HistogramData } from "./histogram.ts";
import type { TallyData } from "./tally.ts";
import type { DayShape } from "../day/signal.ts";

/** The first line that a generator reads. */
export interface GeneratorSetup {
  readonly ingestUrl: string;
  readonly queryUrl: string;
  /** Bearer tokens of devices: device n sends with number n, modulo how many there are. */
  readonly deviceTokens: readonly string[];
  readonly readerToken: string;
  readonly seed: number;
  /** Names of its recordings begin with this: several generators may use one database. */
  readonly prefix: string;
  readonly pool: {
    readonly shape: DayShape;
    readonly minutes: number;
    /** Folder of the real recordings; null makes the synthetic signal. */
    readonly dataFolder: string | null;
  };
}

/** Opens recordings, and fills each with seconds sent in batches. */
export interface OpenCommand {
  readonly do: "open";
  /** Devices to open beside those that are. */
  readonly deviceCount: number;
  /** Seconds of each that are sent at once, in batches; the first one comes with the opening. */
  readonly historySeconds: number;
  readonly chunksPerRequest: number;
  /** Requests under way at a time. */
  readonly inFlight: number;
}

/** What several kinds of clients do at the same time. */
export interface RunCommand {
  readonly do: "run";
  /** Clients at work before anything is counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** The first `count` of the open devices, each with a chunk a period. */
  readonly devices?: {
    readonly count: number;
    readonly periodMs: number;
    /** As of `periodicArrivals`. */
    readonly moments?: number;
    /** They come in one after the other, this long, from the start; all at once when absent. */
    readonly rampSeconds?: number;
  };
  /** Each turns a page a period, going through one of the first `recordingCount` recordings. */
  readonly readers?: {
    readonly count: number;
    readonly periodMs: number;
    readonly windowSeconds: number;
    readonly recordingCount: number;
  };
  /** Each looks at one of the first `recordingCount` recordings live. */
  readonly viewers?: { readonly count: number; readonly recordingCount: number };
}

export type Command = OpenCommand | RunCommand;

export interface OpenResult {
  readonly elapsedMs: number;
  /** Recordings, each with its first chunk. */
  readonly openedCount: number;
  /** Opening requests, without the batches. */
  readonly requestCount: number;
  readonly batches: {
    readonly chunkCount: number;
    readonly sampleCount: number;
    readonly elapsedMs: number;
    /** Of each request, from its first byte to its answer. */
    readonly latency: HistogramData;
  } | null;
  readonly cpuMs: number;
}

export interface RunResult {
  readonly devices?: TallyData;
  readonly readers?: TallyData;
  readonly viewers?: ViewersResult;
  /** Processor time of the generator while it measured, and the requests that it was for. */
  readonly cpuMs: number;
  readonly requestCount: number;
  readonly elapsedMs: number;
}

export interface ViewersResult {
  /** From the writing of a chunk's request to each viewer's event that covers it: commit and all. */
  readonly sentToEvent: HistogramData;
  /** From the receipt at the device to the event: less than from the commit, by the receipt's way. */
  readonly receiptToEvent: HistogramData;
  readonly eventCount: number;
  readonly errorCount: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** What a generator says. "measuring" and "measured" enclose the time that counts. */
export type Reply =
  | { readonly said: "ready"; readonly origin: string }
  | { readonly said: "measuring" | "measured" }
  | { readonly said: "progress"; readonly text: string }
  | { readonly said: "opened"; readonly result: OpenResult }
  | { readonly said: "ran"; readonly result: RunResult }
  | { readonly said: "failed"; readonly message: string };
