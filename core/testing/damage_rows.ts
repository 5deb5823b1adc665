/**
 * What only a superuser can do to append-only rows: change them behind the back of every trigger.
 *
 * For tests that show that it is found out.
 *
 * @module
 */

import type pg from "pg";
import { inDatabase } from "./test_database.ts";

/** Runs statements with the triggers of one table and all its partitions off. */
export async function behindTriggers<T>(
  ownerUrl: string,
  table: string,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return await inDatabase(ownerUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select $1::regclass::text as name
        union all select inhrelid::regclass::text from pg_inherits where inhparent = $1::regclass`,
      [table],
    );
    const all = async (what: "DISABLE TRIGGER ALL" | "ENABLE ALWAYS TRIGGER append_only") => {
      for (const { name } of rows) await client.query(`ALTER TABLE ${name} ${what}`);
    };
    await client.query("begin");
    await all("DISABLE TRIGGER ALL");
    const result = await fn(client);
    await all("ENABLE ALWAYS TRIGGER append_only");
    await client.query("commit");
    return result;
  });
}

/** Turns one bit of the stored body of each chunk of these sequences, in every stream of segment 0. */
export async function damageChunks(ownerUrl: string, sequences: readonly number[]): Promise<void> {
  await behindTriggers(ownerUrl, "wavekeep.chunk", async (client) => {
    await client.query(
      `update wavekeep.chunk set body = set_bit(body, 800, 1 - get_bit(body, 800))
        where segment_no = 0 and sequence = any($1::int[])`,
      [sequences],
    );
  });
}
