/**
 * Which place is checked next, and how it goes: over and over, or once.
 *
 * Sole owner of the order. What was never checked comes first, then what was checked longest ago; of a
 * recording its other rows come before its chunks. Nobody waits for any of it. Hazard: a place that fails
 * (database away, key folder not readable) must not keep the others from their turn.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import {
  isDue,
  type PassOptions,
  type PassResult,
  type ScrubDeps,
  scrubNouns,
  scrubStream,
} from "./scrub_place.ts";
import type { ScrubFigures } from "./scrub_store.ts";

/** What is checked. */
export interface ScrubOptions extends Omit<PassOptions, "onChecked" | "isWhole"> {
  /** One site; all when absent. */
  readonly siteId?: number;
  /** A place that was checked is left alone for this long. */
  readonly againMs: number;
  /** How far it is. */
  readonly onProgress?: (progress: RoundProgress) => void;
}

/** How far a round over a site is. */
export interface RoundProgress {
  readonly siteId: number;
  readonly placeCount: number;
  readonly doneCount: number;
  /** Rows of this run. */
  readonly checkedCount: number;
  readonly findingCount: number;
  readonly perSecond: number;
}

/** What a round came to. */
export interface RoundResult {
  readonly placeCount: number;
  readonly checkedCount: number;
  readonly findingCount: number;
  readonly erasedCount: number;
  /** Places that could not be checked at all. */
  readonly failedCount: number;
}

/** An alarm is due when something has not been checked for so long. */
export const AGE_ALARM_MS = 30 * 86_400_000;

const PAUSE_MS = 60_000;
const FIGURES_MS = 60_000;

/** Follows until it is told to stop. */
export async function followScrub(deps: ScrubDeps, options: ScrubOptions): Promise<void> {
  while (!options.signal.aborted) {
    try {
      const { checkedCount } = await scrubRound(deps, options);
      // What is due again is due for a long time: nobody has to hurry.
      if (checkedCount > 0) continue;
    } catch (error) {
      deps.logger.warn("scrub waits", { error, retryMs: PAUSE_MS });
    }
    await sleep(PAUSE_MS, options.signal).catch(() => {});
  }
}

/** One round over all places that are due. */
export async function scrubRound(deps: ScrubDeps, options: ScrubOptions): Promise<RoundResult> {
  const sites = options.siteId === undefined ? await deps.store.sites() : [options.siteId];
  const sum = { placeCount: 0, checkedCount: 0, findingCount: 0, erasedCount: 0, failedCount: 0 };
  for (const siteId of sites) {
    const one = await scrubSite(deps, siteId, options);
    for (const name of Object.keys(sum) as (keyof RoundResult)[]) sum[name] += one[name];
    if (options.signal.aborted) break;
  }
  return sum;
}

async function scrubSite(
  deps: ScrubDeps,
  siteId: number,
  options: ScrubOptions,
): Promise<RoundResult> {
  const due = { nowMs: deps.nowMs(), againMs: options.againMs };
  const nouns = (await deps.store.recordings(siteId)).filter(({ progress }) =>
    isDue(progress, due)
  );
  const streams = (await deps.store.streams(siteId)).filter(({ progress }) => isDue(progress, due));
  const result = {
    placeCount: nouns.length + streams.length,
    checkedCount: 0,
    findingCount: 0,
    erasedCount: 0,
    failedCount: 0,
  };
  const meter = new Meter();
  let doneCount = 0;
  const tell = () =>
    options.onProgress?.({
      siteId,
      placeCount: result.placeCount,
      doneCount,
      checkedCount: meter.count,
      findingCount: result.findingCount,
      perSecond: meter.perSecond,
    });
  const take = async (pass: () => Promise<PassResult>, place: Record<string, unknown>) => {
    try {
      const { checkedCount, findings, isErased } = await pass();
      result.checkedCount += checkedCount;
      result.findingCount += findings.length;
      if (isErased) result.erasedCount++;
    } catch (error) {
      result.failedCount++;
      deps.logger.error("scrub of a place failed", { ...place, error });
    }
    doneCount++;
    tell();
    if (meter.isTimeForFigures(FIGURES_MS)) await saveFigures(deps, siteId, meter.perSecond);
  };
  for (const { recording } of nouns) {
    if (options.signal.aborted) break;
    await take(() => scrubNouns(deps, recording), { recordingId: recording.recordingId });
  }
  const onChecked = (count: number) => {
    meter.add(count);
    tell();
  };
  for (const stream of streams) {
    if (options.signal.aborted) break;
    const { recording: { recordingId }, segmentNumber } = stream;
    const place = { recordingId, segmentNumber, stream: stream.stream };
    await take(
      () => scrubStream(deps, stream, { ...options, isWhole: false, onChecked }),
      place,
    );
  }
  await saveFigures(deps, siteId, meter.perSecond);
  return result;
}

/** Writes the figures down and tells them, with an alarm when something has waited too long. */
async function saveFigures(deps: ScrubDeps, siteId: number, perSecond: number): Promise<void> {
  const figures = await deps.store.saveFigures(siteId, perSecond);
  const facts = figureFacts(figures, { nowMs: deps.nowMs(), perSecond });
  deps.logger.info("scrub", { siteId, ...facts });
  if (facts.oldestSeconds * 1000 > AGE_ALARM_MS) {
    deps.logger.error("scrub is behind", { siteId, oldestSeconds: facts.oldestSeconds });
  }
}

function figureFacts(
  { oldestAtMs, uncheckedCount, checkedCount, findingCount }: ScrubFigures,
  { nowMs, perSecond }: { readonly nowMs: number; readonly perSecond: number },
) {
  return {
    chunksPerSecond: Math.round(perSecond),
    oldestSeconds: oldestAtMs === null ? 0 : Math.max(0, Math.round((nowMs - oldestAtMs) / 1000)),
    uncheckedPlaces: uncheckedCount,
    checkedRows: checkedCount,
    findings: findingCount,
  };
}

/** Rows a second, since it was made. */
class Meter {
  readonly #startMs = performance.now();
  #figuresMs = performance.now();
  count = 0;

  add(count: number): void {
    this.count += count;
  }

  get perSecond(): number {
    const elapsedMs = performance.now() - this.#startMs;
    return elapsedMs === 0 ? 0 : 1000 * this.count / elapsedMs;
  }

  isTimeForFigures(everyMs: number): boolean {
    if (performance.now() - this.#figuresMs < everyMs) return false;
    this.#figuresMs = performance.now();
    return true;
  }
}
