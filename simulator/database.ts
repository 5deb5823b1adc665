/**
 * The database of a `start`: the embedded server, or the one that DATABASE_URL names.
 *
 * @module
 */

import { type EmbeddedPostgres, startEmbeddedPostgres } from "@wavekeep/core/service";
import type { Credentials, DataFolder } from "./data_folder.ts";
import { backoffMs } from "./retry.ts";
import { sleep } from "@wavekeep/core/service/sleep";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A database to work on. */
export interface RunningDatabase {
  /** As superuser or owner: for migrations only. Never log it. */
  readonly ownerUrl: string;
  /** Port of the embedded server; undefined for a server of somebody else. */
  readonly port: number | undefined;
  /** Process id of the embedded server. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface DatabaseEvents {
  readonly onDied: (code: number) => void;
  readonly onRestarted: () => void;
}

const RESTART = { baseMs: 250, capMs: 10_000, patienceMs: Infinity };

/**
 * Starts the embedded server and keeps it running, or takes the one at `externalUrl`.
 *
 * The port is chosen once: services keep their addresses over a restart of the server.
 */
export async function openDatabase(
  folder: DataFolder,
  credentials: Credentials,
  options: {
    externalUrl: string | undefined;
    events: DatabaseEvents;
    /** Folder of backups that finished write-ahead log goes to. */
    archive?: string | undefined;
  },
): Promise<RunningDatabase> {
  const { externalUrl, events } = options;
  if (externalUrl !== undefined && externalUrl !== "") {
    return { ownerUrl: externalUrl, port: undefined, pid: undefined, stop: async () => {} };
  }
  const boot = (port: number) =>
    startEmbeddedPostgres({
      dataDir: folder.postgres,
      port,
      superuserPassword: credentials.database.superuser,
      logFile: `${folder.logs}/postgres.log`,
      ...(options.archive === undefined ? {} : { settings: archiveSettings(options.archive) }),
    });
  let server = await bootOnFreePort(boot, credentials.database.port);
  const { port, url } = server;
  const stopping = new AbortController();

  async function watch(): Promise<void> {
    for (let failures = 0;;) {
      const code = await server.ended;
      if (stopping.signal.aborted) return;
      events.onDied(code);
      for (;;) {
        await sleep(100 + backoffMs(failures++, RESTART, Math.random()), stopping.signal);
        const next = await boot(port).catch(() => undefined);
        if (next === undefined) continue;
        server = next;
        if (stopping.signal.aborted) return;
        failures = 0;
        events.onRestarted();
        break;
      }
    }
  }
  const watching = watch().catch((error) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    ownerUrl: url,
    port,
    get pid() {
      return server.pid;
    },
    async stop() {
      stopping.abort(new Error("stopping"));
      await server.stop();
      await watching;
      // A restart may have been half way: stop what came of it too. Stopping twice is harmless.
      await server.stop();
    },
  };
}

/**
 * Server settings under which finished segments of the write-ahead log go to a folder of backups, and one is
 * finished at least once a minute: that is what a lost disk costs at most.
 */
export function archiveSettings(backups: string): Record<string, string> {
  const script = fileURLToPath(new URL("../ingest/backup/archive_segment.sh", import.meta.url));
  return {
    "archive_mode": "on",
    "archive_command": `sh "${script}" "%p" "%f" "${join(resolve(backups), "wal")}"`,
    "archive_timeout": "60s",
  };
}

/** The port of the last start when it is free: what people have open keeps working. */
async function bootOnFreePort(
  boot: (port: number) => Promise<EmbeddedPostgres>,
  known: number | null,
): Promise<EmbeddedPostgres> {
  return await boot(known !== null && isPortFree(known) ? known : 0);
}

/** Whether nobody listens on a loopback port at this moment. */
export function isPortFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** The same database as another login. */
export function urlAs(url: string, user: string, password: string): string {
  const parsed = new URL(url);
  parsed.username = user;
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
