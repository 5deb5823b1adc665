/**
 * Many worlds in a row, and what came of all of them.
 *
 * @module
 */

import { runWorld, type WorldResult } from "./run_world.ts";

/** What came of many worlds. */
export interface WorldsResult {
  readonly done: number;
  /** Each with the command that replays it. */
  readonly violations: readonly string[];
  /** Sums over all worlds. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Worlds that fail are told up to here; the rest are counted. */
const TOLD_MAX = 20;

/**
 * Plays `count` worlds from `seed` on.
 *
 * @param options.onProgress Called after each world.
 */
export async function runWorlds(
  { seed, count, signal, onProgress }: {
    seed: number;
    count: number;
    signal?: AbortSignal;
    onProgress?: (done: number) => void;
  },
): Promise<WorldsResult> {
  const violations: string[] = [];
  const figures: Record<string, number> = {};
  const add = (name: string, value: number) => figures[name] = (figures[name] ?? 0) + value;
  for (let done = 0; done < count; done++) {
    signal?.throwIfAborted();
    const worldSeed = (seed + done) >>> 0;
    const result = await runWorld(worldSeed);
    for (const [name, value] of figuresOf(result)) add(name, value);
    if (result.violations.length > 0) {
      add("worlds with violations", 1);
      if (violations.length < TOLD_MAX) {
        violations.push(
          `world ${worldSeed}: ${result.violations.slice(0, 3).join("; ")}; replay it: ` +
            `deno task simulation --seed ${worldSeed} --count 1`,
        );
      }
    }
    onProgress?.(done + 1);
  }
  return { done: count, violations, figures };
}

function figuresOf(result: WorldResult): [name: string, value: number][] {
  return [
    ["chunks acknowledged", result.acknowledged],
    ["chunks stored", result.storedChunks],
    ["requests", result.requests],
    ["events", result.eventCount],
    ["lives of devices", result.deviceLives],
    ["lives of ingest", result.ingestLives],
    ["restores of the database", result.restores],
    ["simulated hours", result.virtualMs / 3_600_000],
    ...Object.entries(result.messages).map(([kind, count]): [string, number] => [
      `messages ${kind}`,
      count,
    ]),
    ...Object.entries(result.storeFaults).map(([kind, count]): [string, number] => [
      `store calls ${kind}`,
      count,
    ]),
  ];
}
