/**
 * Faults. The database server of a stage, which is taken down and put up again on its port.
 *
 * @module
 */

import { dirname } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";

const KEEP_UP_EVERY_MS = 250;

/** The server of a stage, which can be taken down and put up again on its port. */
export class StageDatabase implements AsyncDisposable {
  #options: Omit<Parameters<typeof startEmbeddedPostgres>[0], "port">;
  readonly #pool: pg.Pool;
  #server: EmbeddedPostgres;
  #isExpectedToEnd = false;
  #hasEnded = false;
  /** Ends that nobody asked for, of those that `keepUp` saw. */
  deaths = 0;

  private constructor(
    options: Omit<Parameters<typeof startEmbeddedPostgres>[0], "port">,
    server: EmbeddedPostgres,
  ) {
    this.#options = options;
    this.#server = server;
    this.#watch(server);
    this.#pool = new pg.Pool({ connectionString: server.url, max: 4 });
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    this.#pool.on("error", () => {}); // the next query says what is wrong
  }

  static async boot(options: {
    dataDir: string;
    logFile: string;
    settings?: Readonly<Record<string, string>>;
  }): Promise<StageDatabase> {
    await Deno.mkdir(dirname(options.dataDir), { recursive: true });
    // The fresh cluster's files need not be on disk before we begin; every commit after that does.
    const all = { ...options, superuserPassword: crypto.randomUUID(), ephemeral: true };
    return new StageDatabase(all, await startEmbeddedPostgres({ ...all, port: 0 }));
  }

  /** As superuser: for migrations and for looking behind the scenes. */
  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  /** The cluster's folder. */
  get dataDir(): string {
    return this.#options.dataDir;
  }

  /** Process id of the postmaster. */
  get pid(): number {
    return this.#server.pid;
  }

  /** Resolves when the server of this moment ends, asked or not. */
  get ended(): Promise<number> {
    return this.#server.ended;
  }

  /** One query as superuser. */
  async sql<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.#pool.query<Row>(text, [...values]);
    return rows;
  }

  /** Down at once, without a checkpoint: PostgreSQL's immediate shutdown. It recovers at the next start. */
  async crash(): Promise<void> {
    this.#isExpectedToEnd = true;
    Deno.kill(this.#server.pid, "SIGQUIT");
    await this.#server.ended;
    await this.#server.stop();
  }

  /** Up again, on the same port. */
  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ ...this.#options, port: this.#server.port });
    this.#watch(this.#server);
    this.#isExpectedToEnd = false;
  }

  /** Starts the server again whenever it ends by itself, as `start` does for its own, until disposed of. */
  keepUp(): AsyncDisposable {
    const stopping = new AbortController();
    const watching = (async () => {
      while (!stopping.signal.aborted) {
        await Promise.race([this.#server.ended, sleep(KEEP_UP_EVERY_MS)]);
        if (stopping.signal.aborted || this.#isExpectedToEnd || !this.#hasEnded) continue;
        this.deaths++;
        await this.#server.stop();
        while (!stopping.signal.aborted && !await this.start().then(() => true, () => false)) {
          await sleep(KEEP_UP_EVERY_MS);
        }
      }
    })();
    return {
      async [Symbol.asyncDispose]() {
        stopping.abort();
        await watching;
      },
    };
  }

  #watch(server: EmbeddedPostgres): void {
    this.#hasEnded = false;
    void server.ended.then(() => {
      if (this.#server === server) this.#hasEnded = true;
    });
  }

  /** Up again on another cluster's folder, such as one that was restored; on the same port. */
  async startOn(dataDir: string): Promise<void> {
    this.#options = { ...this.#options, dataDir };
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
    await this.#server.stop();
  }
}
