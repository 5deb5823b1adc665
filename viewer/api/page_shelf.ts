/**
 * Pages as the worker made them, kept on the page: turning to one of these asks nobody.
 *
 * A page is kept under everything it was asked for with. One whose samples are all there stays true as
 * long as the recording has the same channels; one with anything still to come is true of one revision
 * of the recording, and gone with the next.
 *
 * @module
 */

import type { PageData } from "../signal/page_data.ts";
import type { PageView } from "../signal/page_view.ts";

/** A page that may be asked for. */
export interface PageWish {
  /** Seconds from recording start. */
  readonly start: number;
  readonly seconds: number;
  readonly view: PageView;
}

/** A page, and for how long it is true. */
export interface ShelvedPage {
  readonly page: PageData;
  /** Everything it was worked out from is there: nothing that comes later can change it. */
  readonly isSettled: boolean;
}

/** How much is kept. */
export interface PageShelfOptions {
  /** Bytes of samples. */
  readonly bytesMax: number;
  readonly pagesMax: number;
}

/** Keeps the pages used last. */
export class PageShelf {
  readonly #options: PageShelfOptions;
  /** The one used longest ago first. */
  readonly #pages = new Map<string, ShelvedPage & { readonly byteLength: number }>();
  #byteLength = 0;

  constructor(options: PageShelfOptions) {
    this.#options = options;
  }

  /** Bytes of samples held. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Pages like those that are here that fit at once. */
  get room(): number {
    const { bytesMax, pagesMax } = this.#options;
    const each = this.#byteLength / this.#pages.size;
    return this.#byteLength === 0 ? pagesMax : Math.min(pagesMax, Math.floor(bytesMax / each));
  }

  has(wish: PageWish): boolean {
    return this.#pages.has(keyOf(wish));
  }

  /** The page, marked as just used. */
  get(wish: PageWish): PageData | undefined {
    const key = keyOf(wish);
    const kept = this.#pages.get(key);
    if (kept === undefined) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, kept);
    return kept.page;
  }

  put(wish: PageWish, { page, isSettled }: ShelvedPage): void {
    const key = keyOf(wish);
    this.#forget(key);
    const byteLength = bytesOf(page);
    this.#pages.set(key, { page, isSettled, byteLength });
    this.#byteLength += byteLength;
    const { bytesMax, pagesMax } = this.#options;
    for (const oldest of this.#pages.keys()) {
      if (oldest === key) return;
      if (this.#byteLength <= bytesMax && this.#pages.size <= pagesMax) return;
      this.#forget(oldest);
    }
  }

  /** The recording is at another revision. @param isOther Its channels are not those of before. */
  revise(isOther: boolean): void {
    for (const [key, { isSettled }] of this.#pages) if (isOther || !isSettled) this.#forget(key);
  }

  #forget(key: string): void {
    const kept = this.#pages.get(key);
    if (kept === undefined) return;
    this.#pages.delete(key);
    this.#byteLength -= kept.byteLength;
  }
}

function keyOf({ start, seconds, view }: PageWish): string {
  return JSON.stringify([start, seconds, view]);
}

function bytesOf({ rows }: PageData): number {
  let bytes = 0;
  for (const { runs } of rows) for (const { values } of runs) bytes += values.byteLength;
  return bytes;
}
