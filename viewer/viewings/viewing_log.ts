/**
 * What was on screen, as rows of the review ledger: seconds, and not pages.
 *
 * At a live edge that moves every page lives for a moment, and each second of it stays for ten: so the time on
 * screen is counted for each second, and a row is where that came to one second at least. Another way of showing,
 * a jump, another live lag, or a moment in which nothing could be seen begins another row: all of a row came on
 * screen at the lag that it says. Hazard: it must never say more than could be seen. What nobody vouched for (a
 * timer that was late, a dialog that opened in between) is not counted.
 *
 * @see core/decisions/0051-review-ledger.md
 * @module
 */

import { VIEWING_MS_MIN, type ViewingDisplay, type ViewingInput } from "@wavekeep/core/recording";

/** A page that is on screen. */
export interface ShownPage {
  /** ms from recording start. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of its newest sample, as it came on screen; null: nothing more is to come. */
  readonly liveLagMs: number | null;
  readonly display: ViewingDisplay;
}

/** Whoever vouches that a page can be seen comes so often, at least, ms. */
export const VOUCH_MS_MAX = 2_000;

/** What stays longer is the next row, ms. */
const ROW_MS_MAX = 60_000;

/** A row's pages may differ by so much in their lag, ms. */
const LAG_STEP_MS = 5_000;

/** Part of a row: seconds that were on screen together. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly shownMs: number;
  readonly from: number;
  readonly until: number;
}

interface Row {
  readonly page: ShownPage;
  readonly openedAt: number;
  start: number;
  end: number;
  pieces: Piece[];
}

/** What the log is made with. */
export interface ViewingLogOptions {
  /** Monotonic, ms. */
  readonly now: () => number;
  /** ms since 1970. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly emit: (viewing: ViewingInput) => void;
}

/**
 * The rows of one reader and one canvas.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { type ShownPage, ViewingLog } from "./viewing_log.ts";
 *
 * let now = 0;
 * const rows: number[][] = [];
 * const log = new ViewingLog({
 *   now: () => now,
 *   clock: () => now,
 *   newId: () => "0".repeat(32),
 *   emit: ({ start_ms, end_ms, shown_ms }) => rows.push([start_ms, end_ms, shown_ms]),
 * });
 * const display = {} as ShownPage["display"];
 * log.show({ startMs: 0, endMs: 10_000, liveLagMs: null, display });
 * now = 1_500;
 * // Turned after a second and a half; the next page was there for a moment.
 * log.show({ startMs: 10_000, endMs: 20_000, liveLagMs: null, display });
 * now = 1_900;
 * log.close();
 * deepStrictEqual(rows, [[0, 10_000, 1_500]]);
 * ```
 */
export class ViewingLog {
  readonly #options: ViewingLogOptions;
  #page: ShownPage | undefined;
  /** When the page came, and up to when it is counted. */
  #cameAt = 0;
  #countedTo = 0;
  #row: Row | undefined;

  constructor(options: ViewingLogOptions) {
    this.#options = options;
  }

  /** This page is on screen from now on; what was until now counts. */
  show(page: ShownPage): void {
    this.vouch();
    if (this.#row !== undefined && !goesOn(this.#row, page)) this.#end();
    this.#page = page;
    this.#cameAt = this.#countedTo = this.#options.now();
  }

  /** What is on screen could be seen until now. */
  vouch(): void {
    const page = this.#page;
    const now = this.#options.now();
    const from = this.#countedTo;
    this.#countedTo = now;
    if (now - from > VOUCH_MS_MAX) return this.#end();
    if (page === undefined || now <= from) return;
    const row = this.#row ??= {
      page: older(page, from - this.#cameAt),
      openedAt: from,
      start: page.startMs,
      end: page.endMs,
      pieces: [],
    };
    row.start = Math.min(row.start, page.startMs);
    row.end = Math.max(row.end, page.endMs);
    row.pieces = withPiece(row.pieces, {
      start: page.startMs,
      end: page.endMs,
      shownMs: now - from,
      from,
      until: now,
    });
    if (now - row.openedAt >= ROW_MS_MAX) this.#end();
  }

  /** Nobody can see it, and perhaps could not since it was last vouched for: the row ends there. */
  doubt(): void {
    this.#end();
    this.#countedTo = this.#options.now();
  }

  /** Ends the row; what is still on screen begins another one. */
  close(): void {
    this.vouch();
    this.#end();
  }

  #end(): void {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined) return;
    const { now, clock, newId, emit } = this.#options;
    const clockAhead = clock() - now();
    for (const piece of longPieces(row.pieces)) {
      const { liveLagMs, display } = row.page;
      emit({
        viewing_id: newId(),
        shown_at_ms: Math.round(piece.from + clockAhead),
        shown_ms: Math.round(piece.until - piece.from),
        start_ms: piece.start,
        end_ms: piece.end,
        live_lag_ms: liveLagMs === null ? null : Math.max(0, Math.round(liveLagMs)),
        display,
      });
    }
  }
}

/** A page that has stood for a while. */
function older(page: ShownPage, ms: number): ShownPage {
  return page.liveLagMs === null ? page : { ...page, liveLagMs: page.liveLagMs + ms };
}

/** Whether a page goes on with a row: touches it, in the same way, as late. */
function goesOn({ page, start, end }: Row, next: ShownPage): boolean {
  if (next.startMs > end || next.endMs < start) return false;
  if (page.liveLagMs === null || next.liveLagMs === null) {
    if (page.liveLagMs !== next.liveLagMs) return false;
  } else if (Math.abs(page.liveLagMs - next.liveLagMs) > LAG_STEP_MS) return false;
  return page.display === next.display ||
    JSON.stringify(page.display) === JSON.stringify(next.display);
}

/** Sorted, without overlap; where the added one lies on others their times add up. */
function withPiece(pieces: readonly Piece[], added: Piece): Piece[] {
  const result: Piece[] = [];
  let at = added.start;
  for (const piece of pieces) {
    const start = Math.max(piece.start, added.start);
    const end = Math.min(piece.end, added.end);
    if (start >= end) {
      result.push(piece);
      continue;
    }
    if (at < start) result.push({ ...added, start: at, end: start });
    if (piece.start < start) result.push({ ...piece, end: start });
    result.push({
      start,
      end,
      shownMs: piece.shownMs + added.shownMs,
      from: piece.from,
      until: added.until,
    });
    if (end < piece.end) result.push({ ...piece, start: end });
    at = end;
  }
  if (at < added.end) result.push({ ...added, start: at });
  return result.sort((a, b) => a.start - b.start);
}

/** Pieces that were there for long enough, neighbours as one. */
function longPieces(pieces: readonly Piece[]): Piece[] {
  const long: Piece[] = [];
  for (const piece of pieces) {
    if (piece.shownMs < VIEWING_MS_MIN) continue;
    const last = long.at(-1);
    if (last?.end !== piece.start) long.push(piece);
    else {
      long[long.length - 1] = {
        ...last,
        end: piece.end,
        from: Math.min(last.from, piece.from),
        until: Math.max(last.until, piece.until),
      };
    }
  }
  return long;
}
