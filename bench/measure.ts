/**
 * Bench. Timing several ways of doing one thing, turn by turn, and summing them up.
 *
 * Hazard: what runs first meets a cold cache and what runs last a warm machine, so contenders take
 * turns and the turn order rotates. The clock is read around the work only; preparing the next round
 * is not timed.
 *
 * @module
 */

/** One contender: a name and the work of one round. */
export interface Contender {
  readonly name: string;
  /** Does round `round` once; both the same work for the same round. */
  run(round: number): Promise<void>;
}

/** How long to go on. */
export interface InterleaveOptions {
  /** Rounds that always run, after one round of warming up that is not counted. */
  readonly roundsMin: number;
  /** No more than this many. */
  readonly roundsMax: number;
  /** No new round starts after this many milliseconds, once `roundsMin` are done. */
  readonly budgetMs: number;
  /** Stops between two pieces of work. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the contenders in turns and times each.
 *
 * @returns Milliseconds of every counted round, by contender, in the order of the rounds. All lists
 * have the same length.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { interleave } from "./measure.ts";
 *
 * const order: string[] = [];
 * const contender = (name: string) => ({
 *   name,
 *   run: (round: number) => Promise.resolve(void order.push(name + round)),
 * });
 * await interleave([contender("a"), contender("b")], { roundsMin: 1, roundsMax: 1, budgetMs: 0 });
 * deepStrictEqual(order, ["a0", "b0", "b1", "a1"]);
 * ```
 */
export async function interleave(
  contenders: readonly Contender[],
  options: InterleaveOptions,
): Promise<Map<string, number[]>> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const startedMs = performance.now();
  for (let round = 0; round <= options.roundsMax; round++) {
    const isWarmUp = round === 0;
    const isEnough = round > options.roundsMin;
    if (isEnough && performance.now() - startedMs > options.budgetMs) break;
    for (let turn = 0; turn < contenders.length; turn++) {
      options.signal?.throwIfAborted();
      const contender = contenders[(turn + round) % contenders.length]!;
      const beforeMs = performance.now();
      await contender.run(round);
      const elapsedMs = performance.now() - beforeMs;
      if (!isWarmUp) times.get(contender.name)!.push(elapsedMs);
    }
  }
  return times;
}

/**
 * The smallest of the values that at least `share` of them do not exceed (nearest rank, no
 * interpolation): a number that was really measured.
 *
 * @param share 0 < share ≤ 1; 0.5 is the (lower) median, 0.99 the p99.
 * @throws {RangeError} There are no values, or `share` is out of range.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { quantile } from "./measure.ts";
 *
 * strictEqual(quantile([30, 10, 20], 0.5), 20);
 * strictEqual(quantile([30, 10, 20], 0.99), 30);
 * ```
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile: there are no values");
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Cannot take a quantile: share must be in (0, 1], is ${share}`);
  }
  const ordered = Float64Array.from(values).sort();
  return ordered[Math.ceil(share * ordered.length) - 1]!;
}

/** The middle value (the lower of two). */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
