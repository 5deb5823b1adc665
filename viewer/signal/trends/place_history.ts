/**
 * Where the reader was before each jump: one key from a trend back to where the look began.
 *
 * Turning pages is reading on and makes no entry; going further than two pages at once does.
 *
 * @module
 */

import type { Viewport } from "../viewport.ts";

/** A page to return to. */
export interface Place {
  readonly start: number;
  /** It moved with the newest samples. */
  readonly isFollowing: boolean;
}

/** Places left by jumps, and those gone back from; newest last. */
export interface PlaceHistory {
  readonly back: readonly Place[];
  readonly forward: readonly Place[];
}

/** Nothing was left yet. */
export const NO_PLACES: PlaceHistory = { back: [], forward: [] };

const PLACES_MAX = 50;

/** Whether going from one page to another is a jump. */
export function isJump(from: Place, to: Place, { seconds }: Pick<Viewport, "seconds">): boolean {
  if (to.isFollowing && from.isFollowing) return false;
  return Math.abs(to.start - from.start) > 2 * seconds;
}

/** The history after a jump away from `left`: what was gone back from is given up. */
export function noteJump({ back }: PlaceHistory, left: Place): PlaceHistory {
  return { back: [...back, left].slice(-PLACES_MAX), forward: [] };
}

/**
 * Goes back, or forward again.
 *
 * @returns The place to go to and the history then; undefined when there is no such place.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { NO_PLACES, noteJump, travel } from "./place_history.ts";
 *
 * const here = { start: 0, isFollowing: false };
 * const there = { start: 4000, isFollowing: false };
 * const home = travel(noteJump(NO_PLACES, here), "back", there);
 * deepStrictEqual(home?.place, here);
 * deepStrictEqual(travel(home!.history, "forward", here)?.place, there);
 * ```
 */
export function travel(
  { back, forward }: PlaceHistory,
  direction: "back" | "forward",
  here: Place,
): { readonly place: Place; readonly history: PlaceHistory } | undefined {
  const place = (direction === "back" ? back : forward).at(-1);
  if (place === undefined) return undefined;
  const history = direction === "back"
    ? { back: back.slice(0, -1), forward: [...forward, here] }
    : { back: [...back, here], forward: forward.slice(0, -1) };
  return { place, history };
}
