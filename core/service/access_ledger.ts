/**
 * Layer 6. What came of accesses: merged in memory, written down within half a minute.
 *
 * Sole owner of the merging. The grant that stands before the first byte says who may see which recording; this
 * says what then happened: shown, refused, not found or failed, how often, and which seconds. A request costs a
 * look-up and a push. Whoever ends the process waits for {@link AccessLedger.flush}. Hazards: rows that
 * could not be written stay, go on merging and are tried again, and {@link AccessLedger.isBehind} says so, because
 * what cannot be written down must not go on being shown; and nothing a caller made up may come in here: no path,
 * no query string.
 *
 * @module
 */

import { mergedRanges } from "../time/merged_ranges.ts";
import type { Logger } from "./json_log.ts";

/** What came of an access. */
export const ACCESS_OUTCOMES = ["shown", "refused", "not-found", "failed"] as const;
export type AccessOutcome = (typeof ACCESS_OUTCOMES)[number];

/** Milliseconds from the recording's start, half open. */
export type MsRange = readonly [start: number, end: number];

/** Who asked for what; requests that are alike in all of it are one row. */
export interface AccessFacts {
  readonly siteId: number;
  readonly actor: string;
  readonly role: string;
  readonly sessionId: string | undefined;
  /** The network that it came from. */
  readonly from: string | undefined;
  /** What of the recording. */
  readonly thing: string;
  readonly outcome: AccessOutcome;
  /** Null where none was found, or none was meant. */
  readonly recordingId: string | null;
}

/** One row. */
export interface ToldAccess extends AccessFacts {
  /** Of the first request. */
  readonly requestId: string;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Sorted, and none touches the next; empty where no seconds were asked for. */
  readonly ranges: readonly MsRange[];
}

/** How rows are kept. */
export interface AccessLedgerOptions {
  /** Writes rows of one site, all or none. */
  readonly write: (siteId: number, rows: readonly ToldAccess[]) => Promise<void>;
  readonly logger: Logger;
  readonly nowMs?: () => number;
}

/** Between two writings, ms; with the time that one takes it stays under half a minute. */
export const LEDGER_INTERVAL_MS = 20_000;

/** Rows older than this that could not be written hold up reads, ms. */
const BEHIND_MS = 60_000;

/** Ranges of a row before it is closed and another one begins. */
const RANGES_MAX = 512;

/** Rows of one statement. */
const ROWS_AT_ONCE = 500;

interface OpenRow extends AccessFacts {
  /** What requests are alike in. */
  readonly key: string;
  readonly requestId: string;
  readonly firstAtMs: number;
  lastAtMs: number;
  count: number;
  ranges: MsRange[];
}

/** Merges and writes. Safe for concurrent use. */
export class AccessLedger {
  readonly #options: AccessLedgerOptions;
  readonly #nowMs: () => number;
  #open = new Map<string, OpenRow>();
  /** Rows that take no more, and those that are being written. */
  #closed: OpenRow[] = [];
  /** When the last request came that is told by a row which was tried first and is not written yet. */
  #unwrittenMs: number | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failures = 0;

  constructor(options: AccessLedgerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Takes one request in. */
  note(facts: AccessFacts, requestId: string, range?: MsRange): void {
    const { siteId, actor, role, sessionId = "", from = "", thing, outcome, recordingId } = facts;
    const key =
      `${siteId}\n${actor}\n${role}\n${sessionId}\n${from}\n${thing}\n${outcome}\n${recordingId}`;
    const now = this.#nowMs();
    let row = this.#open.get(key);
    if (row === undefined) {
      row = { ...facts, key, requestId, firstAtMs: now, lastAtMs: now, count: 0, ranges: [] };
      this.#open.set(key, row);
    }
    row.count++;
    row.lastAtMs = now;
    if (range !== undefined) this.#addRange(row, range);
  }

  /** Rows that wait. */
  get waiting(): number {
    return this.#open.size + this.#closed.length;
  }

  /** Rows have waited for so long that what goes on is not written down any more. */
  get isBehind(): boolean {
    return this.#unwrittenMs !== undefined && this.#nowMs() - this.#unwrittenMs > BEHIND_MS;
  }

  /** How long what was tried first has not been written, ms; 0 when nothing waits for another try. */
  get unwrittenMs(): number {
    return this.#unwrittenMs === undefined ? 0 : Math.max(0, this.#nowMs() - this.#unwrittenMs);
  }

  /** Statements that failed since the process began. */
  get failures(): number {
    return this.#failures;
  }

  /** Resolves when everything noted before has been tried; what could not be written stays. */
  flush(): Promise<void> {
    return this.#writing = this.#writing.then(() => this.#write());
  }

  #addRange(row: OpenRow, [start, end]: MsRange): void {
    const last = row.ranges.at(-1);
    // Pages follow each other, or come again.
    if (last !== undefined && start >= last[0] && start <= last[1]) {
      if (end > last[1]) row.ranges[row.ranges.length - 1] = [last[0], end];
      return;
    }
    row.ranges.push([start, end]);
    if (row.ranges.length < RANGES_MAX) return;
    row.ranges = mergedRanges(row.ranges);
    if (row.ranges.length < RANGES_MAX / 2) return;
    this.#open.delete(row.key);
    this.#closed.push(row);
  }

  /** A row that could not be written goes on, with what came since: an hour's outage leaves no more rows than a minute's. */
  #takeBack(row: OpenRow): void {
    const since = this.#open.get(row.key);
    const ranges = mergedRanges([...row.ranges, ...since?.ranges ?? []]);
    if (since !== undefined && ranges.length >= RANGES_MAX) return void this.#closed.push(row);
    row.ranges = ranges;
    row.count += since?.count ?? 0;
    row.lastAtMs = since?.lastAtMs ?? row.lastAtMs;
    this.#open.set(row.key, row);
  }

  async #write(): Promise<void> {
    const rows = [...this.#closed, ...this.#open.values()];
    const { length } = rows;
    if (length === 0) return;
    this.#closed = rows;
    this.#open = new Map();
    this.#unwrittenMs ??= rows[0]!.lastAtMs;
    const left: OpenRow[] = [];
    for (const [siteId, own] of Map.groupBy(rows, ({ siteId }) => siteId)) {
      for (let at = 0; at < own.length; at += ROWS_AT_ONCE) {
        const some = own.slice(at, at + ROWS_AT_ONCE);
        try {
          await this.#options.write(
            siteId,
            some.map(({ key: _, ...row }) => ({ ...row, ranges: mergedRanges(row.ranges) })),
          );
        } catch (error) {
          left.push(...some);
          this.#failures++;
          this.#options.logger.error("accesses not written down", { rowCount: some.length, error });
        }
      }
    }
    // What was closed while this wrote.
    this.#closed = this.#closed.slice(length);
    for (const row of left) this.#takeBack(row);
    if (left.length === 0) this.#unwrittenMs = undefined;
  }
}
