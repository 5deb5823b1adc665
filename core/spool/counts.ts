/**
 * Layer 6. How much of what a spool holds: counted whole when it opens, then kept by what each commit changes.
 *
 * @module
 */
import { DISPUTED, STORED } from "./open_database.ts";
import type { EntryRow, Tables } from "./tables.ts";

/** Entries by state, and the bytes of those that wait. */
export interface Counts {
  waitingChunks: number;
  waitingRequests: number;
  waitingBytes: number;
  storedEntries: number;
  disputedEntries: number;
}

/** What a commit changed of them. */
export type Change = Partial<Record<keyof Counts, number>>;

/** The change of counts when an entry leaves its state. */
export function leaving(row: EntryRow): Change {
  if (row.state === STORED) return { storedEntries: -1 };
  return {
    waitingBytes: -row.byteLength,
    ...(row.sequence === null ? { waitingRequests: -1 } : { waitingChunks: -1 }),
  };
}

/** Counts everything there is. */
export function countAll(tables: Tables): Counts {
  const counts: Counts = {
    waitingChunks: 0,
    waitingRequests: 0,
    waitingBytes: 0,
    storedEntries: 0,
    disputedEntries: 0,
  };
  for (const { state, isRequest, count, bytes } of tables.counts()) {
    if (state === STORED) counts.storedEntries += count;
    else if (state === DISPUTED) counts.disputedEntries += count;
    else {
      counts.waitingBytes += bytes;
      counts[isRequest ? "waitingRequests" : "waitingChunks"] += count;
    }
  }
  return counts;
}
