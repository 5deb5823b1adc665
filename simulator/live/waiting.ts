/**
 * What is stored and not yet in the log: on its way, or kept from it.
 *
 * Sole owner of the excuse. Where the sequencer stands is taken from the newest signed entry and never from
 * `log_head`: what lies behind that entry in the outbox, of a transaction that has begun, is on its way, and
 * for no longer than {@link LATE_MS}. Hazard: the age of a row is what the row says; a row that was made up a
 * moment ago looks like any other that has just come in. It is in the log soon, or found by then.
 *
 * @module
 */

import { LEAF_TYPES } from "@wavekeep/core/log";
import type { VerdictBuilder } from "@wavekeep/core/proof";
import type pg from "pg";
import {
  type EventRow,
  type LogExtent,
  type OutboxPlace,
  selectPlaceOf,
  selectUnloggedEvents,
  UNLOGGED_MAX,
  type UnloggedEvent,
} from "./rows.ts";

/** As the sequencer's own alarm has it; a leaf takes two seconds at most when nothing is wrong. */
export const LATE_MS = 10_000;

/** Clocks are set back by a little now and then. */
const AHEAD_MS = 60_000;

/** Rows that have a reason to have no leaf. */
export interface Waiting {
  /** `recording/segment/stream/sequence`. */
  readonly chunks: ReadonlySet<string>;
  readonly nouns: readonly { readonly recordingId: string | null; readonly event: EventRow }[];
}

/** Before all events, and behind them. */
const FIRST: OutboxPlace = { xid: "0", eventId: "0" };
const NOWHERE: OutboxPlace = { xid: "18446744073709551615", eventId: "0" };

/**
 * Looks for it, and says how long it has waited.
 *
 * @param of.lastEntry The newest entry under a signed root.
 */
export async function findWaiting(
  client: pg.Client,
  of: {
    readonly extent: LogExtent;
    readonly cursor: OutboxPlace;
    readonly lastEntry: Uint8Array | undefined;
    readonly lateMs: number;
    readonly result: VerdictBuilder;
  },
): Promise<Waiting> {
  const { extent, cursor, lastEntry, lateMs, result } = of;
  const { logNumber, signedSize } = extent;
  const found = lastEntry && await selectPlaceOf(client, lastEntry);
  // The first entry is no event. Where the last one's was taken away, nothing is excused.
  const last = signedSize === 1 ? FIRST : found ?? NOWHERE;
  if (last !== NOWHERE && (last.xid !== cursor.xid || last.eventId !== cursor.eventId)) {
    result.find(
      "cursor-differs",
      `the last leaf is event ${last.eventId}, and the sequencer would go on behind ${cursor.eventId}`,
      { leafIndex: signedSize - 1 },
    );
  }
  const events = await selectUnloggedEvents(client, { logNumber, signedSize, last });
  const waiting = events.filter(({ isInOrder, ageMs }) => isInOrder && ageMs > -AHEAD_MS);
  const past = events.length - waiting.length;
  if (past > 0) {
    result.find(
      "leaf-late",
      `${
        countOf(past)
      } in the outbox where the log has been already, or will never come: inserted past it`,
    );
  }
  tell(waiting, lateMs, result);
  return {
    chunks: new Set(
      waiting.map((event) =>
        `${event.recordingId}/${event.segmentNumber}/${event.stream}/${event.sequence}`
      ),
    ),
    nouns: waiting.filter(({ event }) => event.entry![1] !== LEAF_TYPES.chunk),
  };
}

/** The oldest stands for all: rows behind it come behind it in the log, too. */
function tell(
  waiting: readonly UnloggedEvent[],
  lateMs: number,
  result: VerdictBuilder,
): void {
  const [oldest] = waiting;
  if (oldest === undefined) return;
  const seconds = Math.max(0, oldest.ageMs / 1000).toFixed(1);
  const detail = `${countOf(waiting.length)} for the log, the oldest for ${seconds} s`;
  if (oldest.ageMs <= lateMs) {
    result.note("waiting", detail);
    return;
  }
  const { stream, sequence } = oldest;
  result.find(
    "leaf-late",
    `${detail}, where ${
      lateMs / 1000
    } s are enough: the sequencer stands still, or rows were inserted`,
    stream === null || sequence === null ? {} : { stream, sequence },
  );
}

function countOf(count: number): string {
  if (count > UNLOGGED_MAX) return `more than ${UNLOGGED_MAX} rows wait`;
  return count === 1 ? "1 row waits" : `${count} rows wait`;
}
