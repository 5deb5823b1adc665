/**
 * How long the reader waits: from the input event to the frame with what it asked for, as
 * `performance.measure` entries that anybody can read.
 *
 * `performance.getEntriesByType("measure")` has one entry for each action that was painted, with
 * `detail.cached`: nothing had to be asked of the server. An action that a newer one overtook before it
 * was painted has none; `detail.overtaken` of the newer one counts them. The end is the moment after
 * the browser has put the frame together; the screen follows at its next refresh. After 200 entries the
 * old ones are cleared: a `PerformanceObserver` has them all.
 *
 * @module
 */

/** Actions that are measured. */
export type ActionName =
  | "open"
  | "page-turn"
  | "event-jump"
  | "page-length"
  | "sensitivity"
  | "montage"
  | "filter"
  | "overview";

/** What an entry says besides its times. */
export interface ActionDetail {
  /** Nothing was asked of the server between input and paint. */
  readonly cached: boolean;
  /** What drew the traces. */
  readonly renderer: string;
}

/** The part of the browser that is used. */
export interface ClockPlatform {
  readonly performance: Pick<Performance, "now" | "measure" | "clearMeasures">;
  /** Calls back when the frame that contains what was drawn before has been put together. */
  readonly afterPaint: (callback: () => void) => void;
}

/** Entries kept: a browser keeps all, and a reader turns thousands of pages a day. */
const ENTRIES_MAX = 200;

/** Measures actions of one page. */
export class ActionClock {
  readonly #platform: ClockPlatform;
  readonly #names = new Set<ActionName>();
  #entryCount = 0;
  #pending: { name: ActionName; start: number; overtaken: number } | undefined;

  constructor(platform: ClockPlatform) {
    this.#platform = platform;
  }

  /**
   * An action begins, and takes the place of one that was not painted yet.
   *
   * @param start `timeStamp` of the input event, or milliseconds of the same clock.
   */
  begin(name: ActionName, start: number): void {
    const overtaken = this.#pending === undefined ? 0 : this.#pending.overtaken + 1;
    this.#pending = { name, start, overtaken };
  }

  /**
   * What the action asked for has been drawn.
   *
   * @param landed When the page that was drawn had come, milliseconds. A page that was there before the
   * action began is cached, however it had come.
   */
  drawn(detail: ActionDetail, landed: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const { name, start, overtaken } = pending;
    const cached = detail.cached || landed < start;
    this.#platform.afterPaint(() => {
      const { performance } = this.#platform;
      this.#makeRoom(name);
      performance.measure(name, {
        start,
        end: Math.max(start, performance.now()),
        detail: { ...detail, cached, overtaken },
      });
    });
  }

  /** Clears what was measured when there is much of it; whoever observes has had it by then. */
  #makeRoom(name: ActionName): void {
    this.#names.add(name);
    if (this.#entryCount++ < ENTRIES_MAX) return;
    this.#entryCount = 1;
    for (const each of this.#names) this.#platform.performance.clearMeasures(each);
  }
}
