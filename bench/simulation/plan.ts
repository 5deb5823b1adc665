/**
 * What happens in one simulated world, drawn from its seed.
 *
 * Each kind of trouble is there in some worlds and not in others, and how often is drawn too: a world where
 * everything fails all the time finds less than many worlds that each fail in their own way.
 *
 * @module
 */

import { type Prng, prng } from "@wavekeep/core/testing";
import type { UploaderLimits } from "../../simulator/uploader.ts";

/** How likely a thing goes wrong, 0 to 1. */
export interface NetworkTrouble {
  /** A request or an answer is lost: the sender hears a reset, or nothing. */
  readonly lost: number;
  /** A request is delivered twice, the second time whenever. */
  readonly doubled: number;
  /** A body ends before its end. */
  readonly cut: number;
  /** One bit of a request's body is another one. */
  readonly flipped: number;
  /** Something between answers instead: a sign-in page, a proxy without an upstream. */
  readonly foreign: number;
  /** Longest way of a message, in milliseconds; large against the pauses of a sender means reordering. */
  readonly delayMsMax: number;
}

/** How likely a call of the store or the key folder fails, 0 to 1. */
export interface StoreTrouble {
  /** Nothing was written, or read. */
  readonly failed: number;
  /** It was written, and its answer was lost. */
  readonly failedButPersisted: number;
  /** Longest time of a call, in milliseconds. */
  readonly delayMsMax: number;
}

/** One device and what it records. */
export interface DevicePlan {
  readonly patientId: string;
  readonly recordingId: string;
  readonly sourceSeed: number;
  /** Whole and cut-off seconds of each segment, in quarters of a second. */
  readonly segmentQuarters: readonly number[];
  readonly coding: "raw" | "predictive" | "with sets" | "learning";
  readonly sign: "none" | "run" | "chunk";
  /** Whether a second stream, of another rate, goes beside the first. */
  readonly hasSlowStream: boolean;
  /** Whether it has marks, and a file's header beside the samples. */
  readonly hasMarks: boolean;
  readonly hasSource: boolean;
  /** Whether its samples come as fast as they can be sent, or one second a second. */
  readonly isLive: boolean;
  readonly limits: UploaderLimits;
  /** Moments at which it loses power, in milliseconds. */
  readonly killsMs: readonly number[];
  /** Its memory on disk may fail to be written, either way. */
  readonly disk: number;
  /** What its wall clock is off by from a moment on, in microseconds. */
  readonly clockJumps: readonly ClockJump[];
}

/** From `atMs` on a wall clock is off by this much. */
export interface ClockJump {
  readonly atMs: number;
  readonly offMicros: bigint;
}

/** A stretch without a network. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything about one world. */
export interface WorldPlan {
  readonly seed: number;
  /** Until then there is trouble; afterwards everything has to come to its end. */
  readonly troubleMs: number;
  readonly devices: readonly DevicePlan[];
  readonly network: NetworkTrouble;
  readonly outages: readonly Outage[];
  readonly store: StoreTrouble;
  /** Processes of ingest on one database; requests go to any of them. */
  readonly ingestCount: number;
  /** Moments at which a process of ingest is killed, and which one. */
  readonly ingestKills: readonly { readonly atMs: number; readonly index: number }[];
  readonly restartMs: number;
  /** The database is copied at one moment, and is that copy again at a later one. */
  readonly restore: { readonly backupMs: number; readonly restoreMs: number } | undefined;
  /** Transactions of chunks at once, of each process: with one, requests gather. */
  readonly groupsAtOnce: number;
  readonly serverClockJumps: readonly (ClockJump & { readonly index: number })[];
}

const CODINGS = ["raw", "raw", "predictive", "with sets"] as const;

const HOUR = 3_600_000_000n;

/** Where broken clocks end up: an hour, a day, and the years 1970, 2038 and 9999, seen from the start. */
const JUMPS: readonly bigint[] = [
  1_500n,
  -1_500n,
  HOUR,
  -HOUR,
  24n * HOUR,
  -24n * HOUR,
  -1_795_262_000_000_000n,
  352_000_000_000_000n,
  251_600_000_000_000_000n,
];

/**
 * The plan of a seed.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { planWorld } from "./plan.ts";
 *
 * deepStrictEqual(planWorld(7), planWorld(7));
 * ```
 */
export function planWorld(seed: number): WorldPlan {
  const random = prng(seed);
  const sometimes = (chance: number, most: number) =>
    random.real() < chance ? random.real() * most : 0;
  const troubleMs = 2_000 + random.below(20_000);
  const moments = (chance: number, most: number) =>
    random.real() < chance
      ? Array.from({ length: 1 + random.below(most) }, () => random.below(troubleMs)).sort(byNumber)
      : [];
  const ingestCount = 1 + random.below(2);
  const backupMs = random.below(troubleMs);
  const restore = random.below(6) === 0
    ? { backupMs, restoreMs: backupMs + random.below(troubleMs - backupMs) }
    : undefined;
  const deviceCount = random.below(8) === 0 ? 2 : 1;
  const sharesPatient = random.below(2) === 0;
  return {
    seed,
    troubleMs,
    devices: Array.from({ length: deviceCount }, (_, index) =>
      planDevice(random, {
        index,
        patientId: sharesPatient ? "p" : `p${index}`,
        troubleMs,
        killsMs: moments(0.35, 3),
      })),
    network: {
      lost: sometimes(0.6, 0.3),
      doubled: sometimes(0.5, 0.3),
      cut: sometimes(0.4, 0.2),
      flipped: sometimes(0.4, 0.2),
      foreign: sometimes(0.3, 0.2),
      delayMsMax: random.pick([5, 50, 500, 5_000]),
    },
    outages: moments(0.3, 2).map((fromMs) => ({
      fromMs,
      toMs: fromMs + random.pick([300, 5_000, 60_000]),
    })),
    store: {
      failed: sometimes(0.5, 0.25),
      failedButPersisted: sometimes(0.5, 0.25),
      delayMsMax: random.pick([2, 30, 3_000]),
    },
    ingestCount,
    ingestKills: moments(0.4, 3).map((atMs) => ({ atMs, index: random.below(ingestCount) })),
    restartMs: random.pick([10, 300, 5_000]),
    restore,
    groupsAtOnce: 1 + random.below(2),
    serverClockJumps: moments(0.3, 2).map((atMs) => ({
      atMs,
      index: random.below(ingestCount),
      offMicros: random.pick(JUMPS),
    })),
  };
}

function planDevice(
  random: Prng,
  { index, patientId, troubleMs, killsMs }: {
    index: number;
    patientId: string;
    troubleMs: number;
    killsMs: readonly number[];
  },
): DevicePlan {
  const isLive = random.below(3) === 0;
  return {
    patientId,
    recordingId: `r${index}`,
    sourceSeed: random.u32(),
    segmentQuarters: Array.from(
      { length: random.below(6) === 0 ? 2 : 1 },
      () => 1 + random.below(isLive ? 12 : 20),
    ),
    // What costs most is drawn least: learning and signing find nothing that is not found in few worlds.
    coding: random.below(32) === 0 ? "learning" : random.pick(CODINGS),
    sign: random.below(6) === 0 ? random.pick(["run", "chunk"] as const) : "none",
    isLive,
    hasSlowStream: random.below(6) === 0,
    hasMarks: random.below(2) === 0,
    hasSource: random.below(4) === 0,
    // Fewer than the four that ingest would seal in another thread: virtual time does not wait for threads.
    limits: {
      batchChunksMax: 1 + random.below(3),
      batchBytesMax: 1 << 20,
      inFlightMax: 1 + random.below(4),
    },
    killsMs,
    disk: random.below(3) === 0 ? random.real() * 0.3 : 0,
    clockJumps: random.below(3) === 0
      ? [{ atMs: random.below(troubleMs), offMicros: random.pick(JUMPS) }]
      : [],
  };
}

function byNumber(a: number, b: number): number {
  return a - b;
}
