/**
 * Follows all recordings and keeps their trends: who is next, and when to look again.
 *
 * Sole owner of the order of work. It asks and is never told: a notification can be missed, a count cannot. A
 * stream is looked at when it has grown, and now and then anyway, because backlog fills holes that lie
 * behind its end; nobody waits for it, so it takes one stream after the other, a few blocks at a time.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { sleep } from "@wavekeep/core/service/sleep";
import {
  type DeriveDeps,
  type DeriveResult,
  deriveStream,
  type StreamMemory,
} from "./derive_stream.ts";
import type { FollowedStream } from "./trend_store.ts";

/** When to look. */
export interface FollowLimits {
  /** From one round to the next, when there was nothing left to do. */
  readonly pauseMs: number;
  /**
   * The same as a multiple of what listing all streams took, if that is longer: a list costs a look at each
   * stream, and an archive has many. A minute at most.
   */
  readonly pausesPerList: number;
  /** A stream that grows is looked at this often at most: a write is of a whole block. */
  readonly growingMs: number;
  /** A stream that did not grow is looked at again after this, or a tenth of its age if that is longer … */
  readonly againMs: number;
  /** … but not later than this. */
  readonly againMsMax: number;
  /** Blocks of epochs of one stream before the next has its turn. */
  readonly blocksMax: number;
  /** After a failure. */
  readonly retryMs: number;
}

export const DEFAULT_FOLLOW_LIMITS: FollowLimits = {
  pauseMs: 5_000,
  pausesPerList: 20,
  growingMs: 30_000,
  againMs: 60_000,
  againMsMax: 3_600_000,
  blocksMax: 8,
  retryMs: 60_000,
};

/** One stream as the process knows it. */
interface Followed extends StreamMemory {
  endSequence: number;
  /** When it was last looked at, ms of `performance.now()`. */
  lookedMs: number;
  /** Not before this. */
  notBeforeMs: number;
  hasMore: boolean;
  isOver: boolean;
  /** Names the patient's key that was gone: its recordings open no more, unless they got another (decision 0037). */
  goneKey: string | undefined;
}

/** Follows until it is told to stop. */
export async function followTrends(
  deps: DeriveDeps,
  { signal, limits = DEFAULT_FOLLOW_LIMITS }: {
    readonly signal: AbortSignal;
    readonly limits?: FollowLimits;
  },
): Promise<void> {
  const known = new Map<string, Followed>();
  while (!signal.aborted) {
    let round: Round = { hasMore: false, listMs: 0 };
    try {
      round = await followOnce(deps, known, { signal, limits });
    } catch (error) {
      deps.logger.warn("trends wait", { error, retryMs: limits.retryMs });
      await sleep(limits.retryMs, signal).catch(() => {});
    }
    const listPauseMs = Math.min(PAUSE_MS_MAX, round.listMs * limits.pausesPerList);
    const pauseMs = Math.max(limits.pauseMs, listPauseMs);
    if (!round.hasMore) await sleep(pauseMs, signal).catch(() => {});
  }
}

const PAUSE_MS_MAX = 60_000;

/** What a round came to. */
interface Round {
  /** Some stream has more to do. */
  readonly hasMore: boolean;
  /** How long it took to list the streams. */
  readonly listMs: number;
}

/** One round over all sites. */
async function followOnce(
  deps: DeriveDeps,
  known: Map<string, Followed>,
  { signal, limits }: { readonly signal: AbortSignal; readonly limits: FollowLimits },
): Promise<Round> {
  let hasMore = false;
  let listMs = 0;
  const seen = new Set<string>();
  for (const siteId of await deps.store.sites()) {
    const startMs = performance.now();
    const streams = await deps.store.streams(siteId);
    listMs += performance.now() - startMs;
    for (const stream of streams) {
      if (signal.aborted) return { hasMore: false, listMs };
      const name = nameOf(stream);
      seen.add(name);
      let own = known.get(name);
      if (own === undefined) known.set(name, own = newlyFollowed());
      if (isDue(stream, own, limits)) await look(deps, stream, own, { signal, limits });
      hasMore ||= own.hasMore;
    }
  }
  for (const name of known.keys()) if (!seen.has(name)) known.delete(name);
  return { hasMore, listMs };
}

function isDue(stream: FollowedStream, own: Followed, limits: FollowLimits): boolean {
  const now = performance.now();
  const isGone = own.goneKey === stream.recording.patientUuid;
  if (own.isOver || isGone || now < own.notBeforeMs) return false;
  if (own.hasMore) return true;
  const sinceMs = now - own.lookedMs;
  if (stream.endSequence !== own.endSequence) return sinceMs >= limits.growingMs;
  const againMs = Math.max(limits.againMs, stream.idleSeconds * 100);
  return sinceMs >= Math.min(againMs, limits.againMsMax);
}

async function look(
  deps: DeriveDeps,
  stream: FollowedStream,
  own: Followed,
  { signal, limits }: { readonly signal: AbortSignal; readonly limits: FollowLimits },
): Promise<void> {
  own.lookedMs = performance.now();
  own.endSequence = stream.endSequence;
  try {
    const { blocksMax } = limits;
    const result = await deriveStream(deps, stream, own, { blocksMax, signal });
    own.hasMore = result.leftCount > 0;
    own.isOver = result.unavailable !== undefined;
    tell(deps, stream, result, performance.now() - own.lookedMs);
  } catch (error) {
    own.hasMore = false;
    if (error instanceof ProblemError && error.slug === "recording-not-found") {
      // Erased, or reassigned since the list was read: a key that is gone does not come back.
      own.goneKey = stream.recording.patientUuid;
      return;
    }
    own.notBeforeMs = performance.now() + limits.retryMs;
    deps.logger.error("trends of a stream failed", { ...placeOf(stream), error });
  }
}

function tell(
  { logger }: DeriveDeps,
  stream: FollowedStream,
  { unavailable, epochCount, damagedCount, leftCount }: DeriveResult,
  elapsedMs: number,
): void {
  const place = placeOf(stream);
  if (unavailable !== undefined) {
    logger.info("no trends of a stream", { ...place, reason: unavailable });
  }
  if (epochCount === 0) return;
  logger.info("trends computed", {
    ...place,
    epochCount,
    damagedCount,
    leftBlocks: leftCount,
    elapsedMs: Math.round(elapsedMs),
  });
}

function newlyFollowed(): Followed {
  return {
    settled: new Set(),
    endSequence: 0,
    lookedMs: -Infinity,
    notBeforeMs: -Infinity,
    hasMore: false,
    isOver: false,
    goneKey: undefined,
  };
}

function placeOf({ recording, segmentNumber, stream }: FollowedStream) {
  return { recordingId: recording.recordingId, segmentNumber, stream };
}

function nameOf(stream: FollowedStream): string {
  const { recordingId, segmentNumber, stream: number } = placeOf(stream);
  return `${recordingId}/${segmentNumber}/${number}`;
}
