/**
 * Faults. A second server that follows the stage's: to read from, and to go on with when the first is gone.
 *
 * Made as an operator makes one: a base backup, a `standby.signal`, and where the primary is.
 *
 * @module
 */

import { type EmbeddedPostgres, startEmbeddedPostgres } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { join } from "node:path";
import pg from "pg";
import { mustRun } from "./once_task.ts";

/** A running server, as far as a standby of it has to know. */
export interface Primary {
  /** As superuser. */
  readonly url: string;
  readonly dataDir: string;
}

const LOOK_EVERY_MS = 20;

/** A server that replays what its primary commits. */
export class Standby implements AsyncDisposable, Primary {
  readonly dataDir: string;
  readonly #server: EmbeddedPostgres;
  readonly #pool: pg.Pool;

  private constructor(dataDir: string, server: EmbeddedPostgres) {
    this.dataDir = dataDir;
    this.#server = server;
    this.#pool = new pg.Pool({ connectionString: server.url, max: 2 });
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    this.#pool.on("error", () => {}); // the next query says what is wrong
  }

  /**
   * Copies the primary and starts to follow it.
   *
   * @param options.folder A folder of its own, on a disk that tasks may read.
   * @param options.port 0 picks a free one.
   */
  static async follow(
    primary: Primary,
    { folder, port = 0 }: { readonly folder: string; readonly port?: number },
  ): Promise<Standby> {
    await mustRun("backup", ["--to", folder, "--cluster", primary.dataDir], {
      "DATABASE_URL": primary.url,
    });
    const backup = join(folder, await newestFolder(folder));
    const dataDir = join(backup, "data");
    await Deno.mkdir(join(dataDir, "pg_wal"), { recursive: true, mode: 0o700 });
    for await (const { name } of Deno.readDir(join(backup, "wal"))) {
      await Deno.rename(join(backup, "wal", name), join(dataDir, "pg_wal", name));
    }
    const { hostname, port: primaryPort, username, password } = new URL(primary.url);
    await Deno.writeTextFile(
      join(dataDir, "postgresql.auto.conf"),
      `primary_conninfo = 'host=${hostname} port=${primaryPort} user=${username} password=${password}'\n`,
    );
    await Deno.writeTextFile(join(dataDir, "standby.signal"), "");
    const server = await startEmbeddedPostgres({
      dataDir,
      port,
      superuserPassword: decodeURIComponent(password),
      logFile: join(folder, "standby.log"),
    });
    return new Standby(dataDir, server);
  }

  /** As superuser. */
  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  /** One query as superuser. */
  async sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    return (await this.#pool.query<Row>(text)).rows;
  }

  /** It takes writes when this returns, and waits for no standby of its own. */
  async promote(): Promise<void> {
    await this.sql("alter system set synchronous_standby_names = ''");
    await this.sql("select pg_reload_conf()");
    await this.sql("select pg_promote(true)");
  }

  /** Down at once, without a checkpoint. */
  async crash(): Promise<void> {
    Deno.kill(this.#server.pid, "SIGQUIT");
    await this.#server.ended;
    await this.#server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
    await this.#server.stop();
  }
}

/** From now on the primary acknowledges what its standby has on its disk, too. */
export async function waitForStandby(
  sql: (text: string) => Promise<readonly Record<string, unknown>[]>,
): Promise<void> {
  await sql("alter system set synchronous_standby_names = '*'");
  await sql("select pg_reload_conf()");
  while ((await sql("select from pg_stat_replication where sync_state = 'sync'")).length === 0) {
    await sleep(LOOK_EVERY_MS);
  }
}

async function newestFolder(folder: string): Promise<string> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) names.push(name);
  return names.sort().at(-1)!;
}
