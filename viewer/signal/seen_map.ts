/**
 * What a reader has had on screen: which seconds, for how long, at which montage and sensitivity.
 *
 * In memory of the page and gone with it: what somebody has read is no matter of a browser's storage.
 * What others have to know of it is the review ledger (`viewer/viewings`), which asks for more than a glimpse.
 *
 * @module
 */

import { uncoveredRanges } from "@wavekeep/core/time";

/** A stretch, seconds from recording start. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A page that was on screen. */
export interface Look extends Stretch {
  /** Montage in words. */
  readonly montage: string;
  /** µV/mm. */
  readonly sensitivity: number;
  /** Seconds for which it was on screen and could be seen. */
  readonly lookedSeconds: number;
}

/** A page counts once it could be seen for so long, in seconds. */
export const LOOK_SECONDS_MIN = 0.5;

/** Shorter stretches between two seen ones are edges of pages. */
const SLIVER = 0.05;

/**
 * The pages a reader has seen.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { SeenMap } from "./seen_map.ts";
 *
 * const seen = new SeenMap();
 * seen.add({ start: 0, end: 10, montage: "as recorded", sensitivity: 7, lookedSeconds: 2 });
 * seen.add({ start: 10, end: 20, montage: "as recorded", sensitivity: 7, lookedSeconds: 0.2 });
 * deepStrictEqual(seen.stretches, [{ start: 0, end: 10 }]);
 * strictEqual(seen.shareOf([{ start: 0, end: 40 }]), 0.25);
 * ```
 */
export class SeenMap {
  readonly #looks = new Map<string, Look>();
  #stretches: readonly Stretch[] = [];

  /** Seen seconds, in order, without overlap; a new array when there are more. */
  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** Notes a page that has been on screen. Glimpses of one page add up. */
  add(look: Look): void {
    const { start, end, montage, sensitivity } = look;
    const key = JSON.stringify([start, end, montage, sensitivity]);
    const before = this.#looks.get(key);
    const lookedSeconds = (before?.lookedSeconds ?? 0) + look.lookedSeconds;
    this.#looks.set(key, { ...look, lookedSeconds });
    if (lookedSeconds >= LOOK_SECONDS_MIN) this.#join({ start, end });
  }

  /** Stretches of `within` that have not been seen, in order. */
  unseen(within: readonly Stretch[]): Stretch[] {
    return within.flatMap((whole) => uncoveredRanges(whole, this.#stretches))
      .filter(({ start, end }) => end - start > SLIVER);
  }

  /** The next unseen stretch that is not over at `moment`; from the start again after the last. */
  nextUnseen(within: readonly Stretch[], moment: number): Stretch | undefined {
    const left = this.unseen(within);
    const next = left.find(({ end }) => end > moment + SLIVER) ?? left[0];
    return next &&
      { ...next, start: next.start < moment && next.end > moment ? moment : next.start };
  }

  /** Share of `within` that was seen, 0 to 1; 1 where there is nothing to see. */
  shareOf(within: readonly Stretch[]): number {
    const lengthOf = (parts: readonly Stretch[]) =>
      parts.reduce((sum, { start, end }) => sum + end - start, 0);
    const all = lengthOf(within);
    return all === 0 ? 1 : 1 - lengthOf(this.unseen(within)) / all;
  }

  #join(added: Stretch): void {
    const known = this.#stretches.find(({ start, end }) =>
      start <= added.start && end >= added.end
    );
    if (known !== undefined) return;
    const apart = this.#stretches.filter(({ start, end }) =>
      end < added.start || start > added.end
    );
    const joined = this.#stretches.filter((one) => !apart.includes(one));
    const whole = {
      start: Math.min(added.start, ...joined.map(({ start }) => start)),
      end: Math.max(added.end, ...joined.map(({ end }) => end)),
    };
    this.#stretches = [...apart, whole].sort((a, b) => a.start - b.start);
  }
}
