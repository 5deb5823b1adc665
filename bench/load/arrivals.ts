/**
 * Bench, load. When requests are due, decided before any is sent: the open loop.
 *
 * A closed loop sends the next request when the last one is answered, so a server that stalls is asked less
 * while it does, and its stall is measured once (coordinated omission). Here the times stand in advance, a
 * latency counts from the time that was intended, and who falls behind has late requests to show for it.
 *
 * @module
 */

/** Requests of many sources in the order of their times. */
export interface Arrivals {
  /** The request number `index`: whose it is, and when, in ms from the start. */
  at(index: number): { readonly source: number; readonly dueMs: number };
}

/** Who sends how often. */
export interface PeriodicOptions {
  readonly sourceCount: number;
  /** Time between two requests of one source. */
  readonly periodMs: number;
  /** Gives 0 ≤ x < 1: a source's place within the period. Devices do not agree on a moment, nor on an order. */
  readonly random: () => number;
  /** Moments of a period that sources share, evenly apart; each has one of its own where it is absent. */
  readonly moments?: number | undefined;
}

/**
 * Sources that each send once a period, at a moment of their own.
 *
 * Moments are drawn independently, so several fall together now and then, as they do in a hospital.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { periodicArrivals } from "./arrivals.ts";
 *
 * const draws = [0.5, 0.25];
 * const { at } = periodicArrivals({ sourceCount: 2, periodMs: 1000, random: () => draws.pop()! });
 * deepStrictEqual([0, 1, 2].map(at), [
 *   { source: 0, dueMs: 250 },
 *   { source: 1, dueMs: 500 },
 *   { source: 0, dueMs: 1250 },
 * ]);
 * ```
 */
export function periodicArrivals(options: PeriodicOptions): Arrivals {
  const { sourceCount, periodMs, random, moments } = options;
  const phases = Float64Array.from({ length: sourceCount }, () => {
    const place = random();
    return (moments === undefined ? place : Math.floor(place * moments) / moments) * periodMs;
  });
  const order = Array.from(phases, (_, source) => source).sort((a, b) => phases[a]! - phases[b]!);
  return {
    at(index) {
      const source = order[index % sourceCount]!;
      return { source, dueMs: phases[source]! + Math.floor(index / sourceCount) * periodMs };
    },
  };
}

/** Time and waking up, for tests to replace. */
export interface Ticker {
  /** Milliseconds of a steady clock. */
  now(): number;
  /** Calls back after at least so long; 0 lets pending input and output go first. */
  wake(ms: number, callback: () => void): void;
}

export const SYSTEM_TICKER: Ticker = {
  now: () => performance.now(),
  wake: (ms, callback) => void (ms <= 0 ? setImmediate(callback) : setTimeout(callback, ms)),
};

/**
 * Timers come about a millisecond late. Where requests are this far apart the last stretch is waited for
 * awake, so that the lateness is not taken for latency; where they are closer there is no time for that.
 */
const AWAKE_GAP_MS = 10;
const AWAKE_MS = 2;

/** What to fire, until when. */
export interface OpenLoopOptions {
  readonly arrivals: Arrivals;
  /** On the ticker's clock: when time 0 of the arrivals is. */
  readonly startMs: number;
  /** No request that is due at or after this, from the start. */
  readonly durationMs: number;
  /** Sends one request, or queues it where its source is still busy. Must not wait. */
  readonly fire: (source: number, dueMs: number) => void;
  readonly signal?: AbortSignal | undefined;
  readonly ticker?: Ticker;
}

/**
 * Fires each request at its time; those that became due together at once.
 *
 * @returns How many were fired, when the last one was, or at the abort.
 */
export function runOpenLoop(options: OpenLoopOptions): Promise<number> {
  const { arrivals, startMs, durationMs, fire, signal, ticker = SYSTEM_TICKER } = options;
  return new Promise((resolve, reject) => {
    let index = 0;
    let next = arrivals.at(0);
    let lastDueMs = -Infinity;
    const tick = () => {
      try {
        if (signal?.aborted) return resolve(index);
        const nowMs = ticker.now() - startMs;
        while (next.dueMs <= nowMs && next.dueMs < durationMs) {
          fire(next.source, startMs + next.dueMs);
          lastDueMs = next.dueMs;
          next = arrivals.at(++index);
        }
        if (next.dueMs >= durationMs) return resolve(index);
        const waitMs = next.dueMs - nowMs;
        const isSparse = next.dueMs - lastDueMs > AWAKE_GAP_MS;
        ticker.wake(isSparse ? (waitMs > AWAKE_MS ? waitMs - AWAKE_MS : 0) : waitMs, tick);
      } catch (error) {
        reject(error);
      }
    };
    tick();
  });
}
