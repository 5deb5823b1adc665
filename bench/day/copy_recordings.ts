/**
 * Bench, day. More recordings of the same length, by copying rows inside the server.
 *
 * Every table that names a recording is copied row by row, under new ids, so that tables and indexes grow
 * as if the recordings had been taken in. Nobody can open what is in the copies: sealed bytes are bound to
 * the place that they were sealed for. They are in the way, and that is all they are for.
 *
 * @module
 */

import type { Pool } from "pg";

/**
 * Copies the one recording of a code until there are `count` of them.
 *
 * @param pool A superuser's.
 */
export async function copyRecordings(
  pool: Pool,
  recordingCode: string,
  options: {
    readonly count: number;
    readonly signal: AbortSignal;
    readonly onCopied: (copied: number) => void;
  },
): Promise<void> {
  const { rows: [original] } = await pool.query<{ id: string }>(
    "select recording_id::text as id from wavekeep.recording where recording_code = $1",
    [recordingCode],
  );
  const tables = await tablesOfRecordings(pool);
  let [next, copied] = [1, 1];
  await Promise.all(Array.from({ length: COPIES_UNDER_WAY }, async () => {
    while (next < options.count) {
      options.signal.throwIfAborted();
      await copyOnce(pool, tables, { original: original!.id, number: next++ });
      options.onCopied(++copied);
    }
  }));
}

/** One for each core of the smallest machine. */
const COPIES_UNDER_WAY = 2;

async function copyOnce(
  pool: Pool,
  tables: readonly CopiedTable[],
  copy: { readonly original: string; readonly number: number },
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    // Copies are not promises: nobody was told that they are there.
    await client.query("set local synchronous_commit = off");
    for (const { name, columns } of tables) {
      const values = columns.map((column) => copiedValue(name, column));
      await client.query(
        `insert into wavekeep.${name} (${columns.join(", ")})
         select ${values.join(", ")} from wavekeep.${name} where recording_id = $1
           and $2::int is not null`,
        [copy.original, copy.number],
      );
    }
    await client.query("commit");
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** A table, and its columns that a row may be given. */
interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What stands in a copy. The new id is near the old one: of the same month, and so of its partition. */
function copiedValue(table: string, column: string): string {
  if (column === "recording_id") {
    return `(substr(recording_id::text, 1, 24) ||
      lpad(to_hex(('x' || substr(recording_id::text, 25))::bit(48)::bigint # $2::int::bigint), 12, '0'))::uuid`;
  }
  if (table === "recording" && column === "recording_code") {
    return "recording_code || '.' || $2::int";
  }
  if (table === "segment" && column === "segment_id") {
    return "substr(sha256(segment_id || int4send($2::int)), 1, 16)";
  }
  return column;
}

/** Tables with a recording in them, what others refer to first. */
async function tablesOfRecordings(pool: Pool): Promise<CopiedTable[]> {
  const { rows } = await pool.query<CopiedTable>(
    `select c.relname as name, array_agg(quote_ident(a.attname) order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       and not a.attisdropped and a.attidentity <> 'a' and a.attgenerated = ''
     where c.relnamespace = 'wavekeep'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition
       and exists (select from pg_attribute k where k.attrelid = c.oid and k.attname = 'recording_id')
     group by c.oid, c.relname
     order by array_position(array['recording', 'segment', 'stream']::name[], c.relname), c.relname`,
  );
  return rows;
}
