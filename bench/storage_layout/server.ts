/**
 * Bench, storage layout. A server of one's own, and migrated databases on it.
 *
 * @module
 */

import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "@wavekeep/core/service";
import { migrate } from "../../ingest/migrate.ts";

/** A server that lives as long as a measurement. */
export interface Server extends AsyncDisposable {
  readonly url: string;
}

export async function startServer(): Promise<Server> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-layout-" });
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
    // Vacuums come when a measurement says so.
    settings: { "shared_buffers": "512MB", "max_wal_size": "8GB", "autovacuum": "off" },
  });
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A migrated database and how to reach it. Disposing of it removes it. */
export interface LayoutDatabase extends AsyncDisposable {
  /** A superuser's connections. */
  readonly owner: pg.Pool;
  readonly writerUrl: string;
  readonly readerUrl: string;
  readonly siteId: number;
}

let databaseCount = 0;

export async function openDatabase(server: Server): Promise<LayoutDatabase> {
  const name = `layout_${++databaseCount}`;
  const admin = openOwner(server.url);
  await admin.query(`create database ${name}`);
  const url = withPath(server.url, name);
  const password = crypto.randomUUID();
  const passwords = {
    writer: password,
    reader: password,
    audit: password,
    deriver: password,
    sequencer: password,
  };
  const { sites } = await migrate(url, { passwords, sites: ["layout"] });
  const owner = openOwner(url);
  return {
    owner,
    writerUrl: withLogin(url, "wavekeep_writer", password),
    readerUrl: withLogin(url, "wavekeep_reader", password),
    siteId: sites[0]!.siteId,
    [Symbol.asyncDispose]: async () => {
      await owner.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

/** Empty partitions of months before this one, as years of operation leave them. */
export async function addMonths(owner: pg.Pool, count: number): Promise<void> {
  if (count === 0) return;
  // The first partition takes everything older; here it is cut off at the first of the added months.
  await owner.query(`do $$
    declare
      first_name text := (select relname from pg_class join pg_inherits on inhrelid = oid
        where inhparent = 'wavekeep.chunk'::regclass);
      this_month timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
    begin
      execute format('drop table wavekeep.%I', first_name);
      perform wavekeep.make_chunk_partition('chunk_until_' ||
          to_char(this_month - make_interval(months => ${count}), 'YYYYMM'), 'MINVALUE',
        quote_literal(wavekeep.uuid_floor(this_month - make_interval(months => ${count - 1}))));
      for k in reverse ${count - 1}..0 loop
        perform wavekeep.make_chunk_partition(
          'chunk_' || to_char(this_month - make_interval(months => k), 'YYYYMM'),
          quote_literal(wavekeep.uuid_floor(this_month - make_interval(months => k))),
          quote_literal(wavekeep.uuid_floor(this_month - make_interval(months => k - 1))));
      end loop;
    end $$`);
}

function openOwner(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => {}); // the query under way reports it
  return pool;
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

/** A UUIDv7 of this moment. */
export function recentUuid(): string {
  const hex = Date.now().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
