/**
 * Sequences again and again: when to look, and what to say of it.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import type { LogStore } from "./log_store.ts";
import { isFinal, type Sequencer } from "./sequencer.ts";

/** When to look. */
export interface FollowLimits {
  /** From the beginning of one step to the next, unless there is more to do. */
  readonly periodMs: number;
  /** After a failure. */
  readonly retryMs: number;
  /** From one line of figures to the next. */
  readonly tellMs: number;
  /** A leaf that waits longer than this is an alarm. */
  readonly redMs: number;
}

export const DEFAULT_FOLLOW_LIMITS: FollowLimits = {
  periodMs: 500,
  retryMs: 1_000,
  tellMs: 10_000,
  redMs: 10_000,
};

/** Figures since the last line. */
interface Figures {
  leafCount: number;
  stepCount: number;
  sequenceMs: number;
  oldestMsMax: number;
  size: number;
  witnessCount: number;
}

/**
 * Follows until it is told to stop.
 *
 * @returns The reason to end, when going on would be wrong; undefined when it was told to.
 */
export async function followLog(
  { sequencer, store, logger }: {
    readonly sequencer: Sequencer;
    readonly store: Pick<LogStore, "oldestWaitingMs">;
    readonly logger: Logger;
  },
  { signal, limits = DEFAULT_FOLLOW_LIMITS }: {
    readonly signal: AbortSignal;
    readonly limits?: FollowLimits;
  },
): Promise<Error | undefined> {
  let figures = newFigures();
  let toldMs = performance.now();
  let isRed = false;
  while (!signal.aborted) {
    const startMs = performance.now();
    let pauseMs = limits.periodMs;
    try {
      const result = await sequencer.step();
      if (result.leafCount > 0) {
        figures.leafCount += result.leafCount;
        figures.stepCount++;
        figures.sequenceMs += performance.now() - startMs;
        figures.oldestMsMax = Math.max(figures.oldestMsMax, result.oldestMs);
        figures.witnessCount = result.witnessCount;
      }
      figures.size = result.size;
      if (result.hasMore) pauseMs = 0;
    } catch (error) {
      if (isFinal(error)) return error as Error;
      logger.warn("log waits", { error, retryMs: limits.retryMs });
      pauseMs = limits.retryMs;
    }
    if (performance.now() - toldMs >= limits.tellMs) {
      isRed = await lookAtHealth({ sequencer, store, logger }, limits, isRed);
      tell(logger, figures);
      figures = newFigures();
      toldMs = performance.now();
    }
    const leftMs = pauseMs - (performance.now() - startMs);
    if (leftMs > 0) await sleep(leftMs, signal).catch(() => {});
  }
  return undefined;
}

/** Red is a state that somebody has to look at: an open transaction, a database that takes no writes. */
async function lookAtHealth(
  { sequencer, store, logger }: {
    readonly sequencer: Sequencer;
    readonly store: Pick<LogStore, "oldestWaitingMs">;
    readonly logger: Logger;
  },
  { redMs }: FollowLimits,
  wasRed: boolean,
): Promise<boolean> {
  const { head } = sequencer;
  if (head === undefined) return wasRed;
  try {
    const oldestMs = await store.oldestWaitingMs(head.cursor);
    const isRed = oldestMs > redMs;
    if (isRed) logger.error("leaves wait for a checkpoint", { oldestMs: Math.round(oldestMs) });
    else if (wasRed) logger.info("leaves no longer wait", { oldestMs: Math.round(oldestMs) });
    return isRed;
  } catch (error) {
    logger.warn("log waits", { error });
    return wasRed;
  }
}

function tell(logger: Logger, figures: Figures): void {
  const { leafCount, stepCount, sequenceMs, oldestMsMax, size, witnessCount } = figures;
  if (leafCount === 0) return;
  logger.info("log sequenced", {
    leafCount,
    stepCount,
    size,
    sequenceMs: Math.round(sequenceMs),
    oldestMsMax: Math.round(oldestMsMax),
    witnessed: witnessCount === 0 ? "unwitnessed" : `by ${witnessCount}`,
  });
}

function newFigures(): Figures {
  return { leafCount: 0, stepCount: 0, sequenceMs: 0, oldestMsMax: 0, size: 0, witnessCount: 0 };
}
