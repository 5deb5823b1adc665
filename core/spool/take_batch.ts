/**
 * Layer 6. What goes next: entries of one sender, whole runs, and nothing that is on its way already.
 *
 * Sole owner of the order in which a spool is emptied. What opens recordings and segments goes in the order of its
 * arrival, one at a time for a recording; chunks go the oldest first within their lane. An unsigned chunk of a run
 * never goes without those up to the signed one: nobody but the device could sign it again.
 *
 * @module
 */
import { STORED } from "./open_database.ts";
import type { BatchWish } from "./spool.ts";
import type { EntryRow, Tables } from "./tables.ts";

/** Chunks that a run may add to a batch beyond its wish; a device's runs are shorter. */
const RUN_CHUNKS_MAX = 1_000;

/** Rows looked at for company of the first: other senders' chunks are passed over, and not without end. */
const LOOKS_MAX = 1_000;

/** Picks the rows of the next batch; empty when nothing may go. */
export function takeBatch(tables: Tables, wish: BatchWish): EntryRow[] {
  return wish.lane === "request" ? takeRequest(tables, wish) : takeChunks(tables, wish);
}

function takeRequest(tables: Tables, { isExcluded, liveAfter }: BatchWish): EntryRow[] {
  const blocked = new Set<number>();
  for (const row of tables.waiting("noun", liveAfter)) {
    if (blocked.has(row.recordingNo)) continue;
    if (!isExcluded(row.entryNo)) return [row];
    blocked.add(row.recordingNo);
  }
  for (const row of tables.waiting("request", liveAfter)) {
    if (!isExcluded(row.entryNo)) return [row];
  }
  return [];
}

function takeChunks(tables: Tables, wish: BatchWish): EntryRow[] {
  const taken = new Map<number, EntryRow>();
  let byteLength = 0;
  let senderNo: number | undefined;
  const take = (row: EntryRow) => {
    taken.set(row.entryNo, row);
    byteLength += row.byteLength;
  };
  let looks = 0;
  for (const row of tables.waiting(wish.lane as "live" | "backlog", wish.liveAfter)) {
    if (taken.size > 0 && ++looks > LOOKS_MAX) break;
    if (taken.has(row.entryNo) || wish.isExcluded(row.entryNo)) continue;
    senderNo ??= row.senderNo;
    if (row.senderNo !== senderNo) continue;
    const isFirst = taken.size === 0;
    const isAlone = wish.isAlone(row.entryNo);
    if (!isFirst && isAlone) continue;
    const run = runFrom(tables, row, wish);
    // Somebody else has the rest of the run under way: it comes back by itself.
    if (run === undefined) continue;
    const bytes = run.reduce((sum, each) => sum + each.byteLength, 0);
    const isTooMuch = taken.size + run.length > wish.chunksMax ||
      byteLength + bytes > wish.bytesMax;
    if (!isFirst && isTooMuch) break;
    for (const each of run) take(each);
    if (isAlone || isTooMuch) break;
  }
  return [...taken.values()];
}

/** A chunk and those that must go with it; undefined when one of them cannot go now. */
function runFrom(tables: Tables, first: EntryRow, wish: BatchWish): EntryRow[] | undefined {
  const run = [first];
  for (let last = first; last.needsNext === 1 && run.length < RUN_CHUNKS_MAX;) {
    const next = tables.chunkAt(last.segmentId!, last.stream!, last.sequence! + 1);
    // Alone it will be refused, and then somebody hears of it.
    if (next === undefined) break;
    if (next.state !== STORED && wish.isExcluded(next.entryNo)) return undefined;
    run.push(next);
    last = next;
  }
  return run;
}
