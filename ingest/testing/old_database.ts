/**
 * A database as an earlier build left it: its schema of that time, to be filled and then migrated.
 *
 * @module
 */

import { inDatabase, TEST_ENV, withDatabase } from "../../core/testing/test_database.ts";
import { readMigrations } from "../migrate.ts";

/** A database of an earlier schema. */
export interface OldDatabase extends AsyncDisposable {
  /** A superuser's. */
  readonly url: string;
}

/**
 * Makes one.
 *
 * @param version The newest migration that it has.
 * @returns Undefined where no test server runs.
 */
export async function createOldDatabase(version: number): Promise<OldDatabase | undefined> {
  const server = Deno.env.get(TEST_ENV.url);
  if (server === undefined) return undefined;
  const name = `wk_schema_${version}_${crypto.randomUUID().slice(0, 8)}`;
  await inDatabase(server, (client) => client.query(`create database ${name}`));
  const url = withDatabase(server, name);
  const migrations = (await readMigrations()).slice(0, version);
  await inDatabase(url, async (client) => {
    for (const migration of migrations) {
      await client.query("begin");
      await client.query(migration.sql);
      await client.query(
        "insert into wavekeep.schema_version (version, name, digest) values ($1, $2, $3)",
        [migration.version, migration.name, migration.digest],
      );
      await client.query("commit");
    }
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await inDatabase(server, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}
