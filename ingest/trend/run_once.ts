/**
 * One run over the recordings of a site: makes, or makes anew, everything there is, and ends.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type DeriveDeps, deriveStream } from "./derive_stream.ts";

/** What a run is asked for. */
export interface RunOptions {
  readonly siteId: number;
  readonly patientCode?: string;
  readonly recordingCode?: string;
  /** Also what is there is made again. */
  readonly isRebuild: boolean;
}

/** What a run found and did. */
export interface RunResult {
  readonly streamCount: number;
  /** Streams that no trend can be made of, and those of erased patients. */
  readonly unavailableCount: number;
  readonly erasedCount: number;
  readonly epochCount: number;
  readonly damagedCount: number;
}

/** @throws What the store throws; what was written stays. */
export async function runOnce(deps: DeriveDeps, options: RunOptions): Promise<RunResult> {
  const { siteId, isRebuild } = options;
  const streams = await deps.store.streams(siteId, options);
  const result = {
    streamCount: streams.length,
    unavailableCount: 0,
    erasedCount: 0,
    epochCount: 0,
    damagedCount: 0,
  };
  for (const stream of streams) {
    const { recording: { recordingId }, segmentNumber } = stream;
    try {
      if (isRebuild) {
        await deps.store.discard(siteId, { recordingId, segmentNumber, stream: stream.stream });
      }
      const done = await deriveStream(deps, stream, { settled: new Set() }, { isEnded: true });
      if (done.unavailable !== undefined) result.unavailableCount++;
      result.epochCount += done.epochCount;
      result.damagedCount += done.damagedCount;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.slug !== "recording-not-found") throw error;
      result.erasedCount++;
    }
  }
  return result;
}
