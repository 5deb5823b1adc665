/**
 * Layer 6. Deleting what was kept long enough: the only deletion of a spool, an erasure apart.
 *
 * @module
 */
import { LANE_NOUN, STORED, WAITING } from "./open_database.ts";
import type { Tables } from "./tables.ts";

/** Deleted in one transaction: some milliseconds, so that nobody waits. */
const ENTRIES_AT_ONCE = 500;

/**
 * Deletes entries that have a receipt and were marked so before `age`.
 *
 * Kept longer: what opens recordings and segments, since a restore of ingest may ask for it at any time; and what
 * a chunk of a run that still waits may need beside it.
 *
 * @returns How many.
 */
export function deleteKept(tables: Tables, age: number): number {
  const rows = tables.sql(
    `SELECT entry_no AS no FROM entry e WHERE state = ${STORED} AND done_age < ? AND lane <> ${LANE_NOUN}
       AND NOT (segment_id IS NOT NULL AND EXISTS (SELECT 1 FROM entry w
         WHERE w.segment_id = e.segment_id AND w.stream = e.stream AND w.needs_next = 1
           AND w.state = ${WAITING} AND w.sequence BETWEEN e.sequence - 64 AND e.sequence))
     ORDER BY done_age LIMIT ${ENTRIES_AT_ONCE}`,
  ).all(age);
  for (const { no } of rows) {
    tables.sql("DELETE FROM body WHERE entry_no = ?").run(no as number);
    tables.sql("DELETE FROM entry WHERE entry_no = ?").run(no as number);
  }
  // The last of what was to be deleted: once in a while, since it looks at every entry.
  if (rows.length > 0 && rows.length < ENTRIES_AT_ONCE) dropUnnamedSets(tables);
  return rows.length;
}

/** Sets of recordings of which no chunk is left. One that is named again is asked for again. */
function dropUnnamedSets(tables: Tables): void {
  tables.sql(
    `DELETE FROM parameter_set WHERE recording_no NOT IN
       (SELECT recording_no FROM entry WHERE set_digest IS NOT NULL)`,
  ).run();
}
