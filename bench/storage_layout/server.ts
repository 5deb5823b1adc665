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
  const passwords = { writer: password, reader: password, audit: password, deriver: password };
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
