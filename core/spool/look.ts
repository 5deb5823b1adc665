/**
 * Layer 6. What a spool says of itself: reads over its tables that change nothing.
 *
 * @module
 */
import { DISPUTED, LANE_NOUN, LEVEL_STORED, STORED, WAITING } from "./open_database.ts";
import { readProblem } from "./read_answer.ts";
import type { DisputedEntry, SpoolProgress } from "./spool.ts";
import type { Tables } from "./tables.ts";

type Run = SpoolProgress["held"][number];

/** What is held and what is stored of each stream of a segment. */
export function progressOf(tables: Tables, segmentId: Uint8Array): SpoolProgress[] {
  const streams = new Map<number, { stream: number; held: Run[]; stored: Run[] }>();
  for (const { stream, level, ...run } of tables.runs.of(segmentId)) {
    const found = streams.get(stream) ?? { stream, held: [], stored: [] };
    streams.set(stream, found);
    (level === LEVEL_STORED ? found.stored : found.held).push(run);
  }
  return [...streams.values()];
}

/** Segments whose opening is stored, the newest first. */
export function openedSegments(tables: Tables, limit: number): Uint8Array[] {
  const rows = tables.sql(
    `SELECT segment_id AS id FROM entry WHERE lane = ${LANE_NOUN} AND segment_id IS NOT NULL
       AND state = ${STORED} ORDER BY entry_no DESC LIMIT ?`,
  ).all(limit) as unknown as { id: Uint8Array }[];
  return rows.map(({ id }) => id);
}

/** Since when the oldest entry waits, in milliseconds of running time; null where none does. */
export function oldestWaiting(tables: Tables): number | null {
  const { oldest } = tables.sql(
    `SELECT min(held_age) AS oldest FROM entry WHERE state = ${WAITING}
       AND entry_no IN (SELECT min(entry_no) FROM entry WHERE state = ${WAITING} GROUP BY lane)`,
  ).get() as { oldest: number | null };
  return oldest;
}

/** Disputed entries, the newest first. */
export function disputedEntries(tables: Tables, limit: number): DisputedEntry[] {
  const rows = tables.sql(
    `SELECT entry_no AS "entryNo" FROM entry WHERE state = ${DISPUTED} ORDER BY entry_no DESC LIMIT ?`,
  ).all(limit);
  return rows.map(({ entryNo }) => {
    const row = tables.entry(Number(entryNo))!;
    return {
      entryNo: row.entryNo,
      kind: row.sequence === null ? "request" : "chunk",
      segmentId: row.segmentId?.toHex() ?? null,
      stream: row.stream,
      sequence: row.sequence,
      byteLength: row.byteLength,
      heldAtMs: row.heldAt,
      problem: readProblem(row),
    };
  });
}

/** How many entries of a segment are disputed. */
export function disputedCount(tables: Tables, segmentId: Uint8Array): number {
  const row = tables.sql(
    `SELECT count(*) AS count FROM entry WHERE state = ${DISPUTED} AND segment_id = ?`,
  ).get(segmentId);
  return Number(row!["count"]);
}
