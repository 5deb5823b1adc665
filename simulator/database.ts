/**
 * The database of a `start`: the embedded server, or the one that DATABASE_URL names.
 *
 * @module
 */

import { type EmbeddedPostgres, startEmbeddedPostgres } from "@wavekeep/core/service";
import type { Credentials, DataFolder } from "./data_folder.ts";
import { backoffMs } from "./retry.ts";
import { sleep } from "@wavekeep/core/service/sleep";

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
  options: { externalUrl: string | undefined; events: DatabaseEvents },
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
