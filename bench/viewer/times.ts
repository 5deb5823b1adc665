/**
 * Bench, viewer. What a page has measured, sorted out by what was done; and an end for what hangs.
 *
 * @module
 */

import type { MeasuredAction, Round } from "../../viewer/testing/measure_reading.ts";
import { type Curve, curveValue } from "../curves.ts";

/** Milliseconds of a round on Canvas 2D. @throws {Error} There are none: a key did nothing. */
export function timesOfRound(
  actions: readonly MeasuredAction[],
  round: Round,
  cached: boolean,
): number[] {
  const name = round === "jump" ? "page-turn" : round;
  const times = actions.filter((action) =>
    action.round === round && action.name === name && action.cached === cached &&
    action.renderer === "canvas2d"
  ).map(({ ms }) => ms);
  if (times.length > 0) return times;
  throw new Error(
    `Cannot time ${round} of the viewer, cached ${cached}: measured was ` +
      JSON.stringify(actions.map((action) => [action.name, action.cached, action.renderer])),
  );
}

/** Milliseconds of what was done once. */
export function timeOf(actions: readonly MeasuredAction[], name: string): number {
  const [action] = actions.filter((one) => one.name === name);
  if (action === undefined) {
    throw new Error(`Cannot time ${name} of the viewer: nothing was measured`);
  }
  return action.ms;
}

/** Every press, not only the one at 95 %. */
export function curveOf(lines: Curve["lines"], must: number | null): Curve {
  return {
    name: "Viewer: cached actions, from the key to the painted page",
    x: { label: "share of presses", scale: "linear" },
    y: { label: "ms", scale: "linear" },
    must,
    lines,
  };
}

/** Points of a curve: the share of presses that were not slower. */
export function quantilesOf(times: readonly number[]): [number, number][] {
  return times.toSorted((a, b) => a - b)
    .map((ms, i) => [curveValue((i + 1) / times.length), curveValue(ms)]);
}

/** Waits for work that must end. What hangs ends with its browser, when the suite is left. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = Math.round(ms / 1000);
    timer = setTimeout(
      () => reject(new Error(`Cannot measure the viewer: ${what} took over ${seconds} s`)),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
