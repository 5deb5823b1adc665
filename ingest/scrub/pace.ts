/**
 * So many chunks a second and no more, over any stretch longer than a moment.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";

/** Work saved up while there was nothing to do is not done all at once. */
const SAVED_MS_MAX = 200;

/** Holds work back to a rate. */
export class Pace {
  readonly #perMs: number;
  #freeAtMs = performance.now();

  /** @param perSecond Infinity: nothing is held back. */
  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
  }

  /** Resolves when the work that was just done has taken as long as it may at least. */
  async spend(count: number, signal: AbortSignal): Promise<void> {
    if (this.#perMs === Infinity) return;
    const now = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, now - SAVED_MS_MAX) + count / this.#perMs;
    if (this.#freeAtMs > now) await sleep(this.#freeAtMs - now, signal).catch(() => {});
  }
}
