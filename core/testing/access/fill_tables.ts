/**
 * A row of each site in every table there is, whatever its columns: for asking who sees whose.
 *
 * Made from the catalogue, as a superuser behind the triggers, on a database that is thrown away: what rows mean
 * is nobody's question here, only whose they are. So checks, keys and triggers are taken off first, and whoever
 * is refused afterwards is refused for the site alone.
 *
 * @module
 */

import type pg from "pg";

interface Column {
  readonly name: string;
  readonly type: string;
}

/** A table whose rows are of sites. */
export interface SiteTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Tables with a site, partitions left out. */
export async function siteTables(client: pg.ClientBase): Promise<SiteTable[]> {
  const { rows } = await client.query<SiteTable>(
    `select relname as name, jsonb_agg(jsonb_build_object('name', attname, 'type',
          format_type(atttypid, atttypmod)) order by attnum) as columns
      from pg_class c join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped
        and attgenerated = '' and attidentity <> 'a'
      where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p') and not relispartition
        and exists (select from pg_attribute where attrelid = c.oid and attname = 'site_id')
      group by relname order by relname`,
  );
  return rows;
}

/** SQL of some value for a column; every call another one. */
function someValue({ name, type }: Column): string {
  // Chunks lie in the partition of the moment that their recording's id begins with: the oldest one.
  if (name === "recording_id") {
    return "('00000000-0000-7000-8000-' || left(md5(random()::text), 12))::uuid";
  }
  if (type === "uuid") return "gen_random_uuid()";
  if (type === "bytea") return "sha256(gen_random_uuid()::text::bytea)";
  if (type === "boolean") return "true";
  if (type === "jsonb") return "'{}'";
  if (type.startsWith("timestamp")) return "now()";
  if (type === "text[]") return "array['x']";
  if (type === "xid8") return "pg_current_xact_id()";
  if (type === "inet" || type === "cidr") return "'192.0.2.0/24'";
  if (type === "smallint") return "(random() * 30000)::int";
  if (/^(integer|bigint|double|numeric|real)/.test(type)) return "(random() * 1e9)::int";
  return "gen_random_uuid()::text";
}

/** Values of a row, in the order of the columns. */
export function rowOf({ columns }: SiteTable, siteId: number): string {
  return columns.map((column) => column.name === "site_id" ? String(siteId) : someValue(column))
    .join(", ");
}

/** Puts a row of each of the sites into each table. */
export async function fillTables(client: pg.ClientBase, siteIds: readonly number[]): Promise<void> {
  const { rows: checks } = await client.query<{ sql: string }>(
    `select format('alter table %s drop constraint %I cascade', conrelid::regclass, conname) as sql
      from pg_constraint c join pg_class on pg_class.oid = conrelid
      where connamespace = 'wavekeep'::regnamespace and contype in ('c', 'f') and conparentid = 0
        and not (conislocal is false)`,
  );
  for (const { sql } of checks) await client.query(sql);
  await client.query("set session_replication_role = replica");
  for (const table of await siteTables(client)) {
    await client.query(`alter table wavekeep.${table.name} disable trigger user`);
    if (table.name === "site") continue;
    const columns = table.columns.map(({ name }) => `"${name}"`).join(", ");
    for (const siteId of siteIds) {
      await client.query(
        `insert into wavekeep.${table.name} (${columns}) overriding system value
          values (${rowOf(table, siteId)})`,
      );
    }
  }
  await client.query("reset session_replication_role");
}
