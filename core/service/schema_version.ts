/**
 * Layer 6. Which database schema this build speaks.
 *
 * Services only compare the version; migrations run by `deno task migrate` under the owner role.
 *
 * @module
 */
import type pg from "pg";
import { sqlState } from "./postgres.ts";

/** Number of the newest migration in `ingest/store/migrations` that this build is written for. */
export const SCHEMA_VERSION = 33;

/** SQLSTATEs of a database that was never migrated: no table, no schema. */
const NO_SCHEMA: readonly string[] = ["42P01", "3F000"];

/** The database has another schema than this build. */
export class SchemaVersionError extends Error {
  override readonly name = "SchemaVersionError";
  readonly code = "SCHEMA_VERSION";
}

/**
 * Compares the database's schema with this build's.
 *
 * @returns The version found, which is {@link SCHEMA_VERSION}.
 * @throws {SchemaVersionError} There is no schema, or it is older or newer.
 */
export async function checkSchemaVersion(pool: pg.Pool): Promise<number> {
  const { rows: [found] } = await pool.query<{ version: number | null }>(
    `select max(version) as "version" from wavekeep.schema_version`,
  ).catch((error: unknown) => {
    if (NO_SCHEMA.includes(sqlState(error) ?? "")) return { rows: [{ version: null }] };
    throw error;
  });
  const version = found?.version ?? null;
  if (version !== SCHEMA_VERSION) {
    throw new SchemaVersionError(
      `Cannot use this database: schema version is ${version ?? "missing"}, this build needs ` +
        `${SCHEMA_VERSION}; ${
          version !== null && version > SCHEMA_VERSION
            ? "use a newer build"
            : "run `deno task migrate`"
        }`,
    );
  }
  return version;
}
