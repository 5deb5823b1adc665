/**
 * Layer 6. One flush to the disk for everybody who asks in the same moment.
 *
 * Sole owner of transactions. Whoever commits shares a transaction with all who came in the same turn of the
 * event loop, and each has a savepoint of its own: what fails takes nobody down. A promise resolves after COMMIT
 * has returned, which is after the disk has said so.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import { SpoolFullError, SpoolUnavailableError } from "./spool.ts";
import { SQLITE_FULL, SQLITE_IOERR, sqliteCode } from "./open_database.ts";

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Where a test makes a durable write fail: before it is done, or after. */
export interface CommitFaults {
  beforeCommit?(): void;
  afterCommit?(): void;
}

/** Shares transactions. */
export class CommitGroup {
  readonly #database: () => DatabaseSync;
  readonly #onFailure: (error: unknown) => void;
  readonly #faults: CommitFaults;
  #jobs: Job[] = [];
  #flushing: Promise<void> | undefined;

  /** @param onFailure Told when the transaction as a whole failed, before anybody is. */
  constructor(
    database: () => DatabaseSync,
    onFailure: (error: unknown) => void,
    faults: CommitFaults = {},
  ) {
    this.#database = database;
    this.#onFailure = onFailure;
    this.#faults = faults;
  }

  /**
   * Runs `work` inside a transaction.
   *
   * @throws What `work` throws; {@link SpoolFullError} or {@link SpoolUnavailableError} when it is the disk.
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#flushing ??= new Promise<void>((done) => {
        setImmediate(() => {
          this.#flushing = undefined;
          this.#flush();
          done();
        });
      });
    });
  }

  /** Resolves when everything that was asked for has been tried. */
  async settled(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  #flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    try {
      this.#together(jobs);
    } catch (error) {
      this.#onFailure(error);
      // One of them may be what does not fit.
      for (const job of jobs) {
        if (jobs.length === 1) job.reject(worldError(error));
        else this.#alone(job);
      }
    }
  }

  #alone(job: Job): void {
    try {
      this.#together([job]);
    } catch (error) {
      this.#onFailure(error);
      job.reject(worldError(error));
    }
  }

  #together(jobs: readonly Job[]): void {
    const database = this.#database();
    const results: { value?: unknown; error?: unknown }[] = [];
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const { work } of jobs) {
        database.exec("SAVEPOINT job");
        try {
          results.push({ value: work() });
        } catch (error) {
          database.exec("ROLLBACK TO job");
          // A disk that is full fails all of them, and is told apart from a job's own refusal.
          if (sqliteCode(error) !== undefined) throw error;
          results.push({ error });
        }
        database.exec("RELEASE job");
      }
      this.#faults.beforeCommit?.();
      database.exec("COMMIT");
      this.#faults.afterCommit?.();
    } catch (error) {
      rollBack(database);
      throw error;
    }
    for (const [index, { resolve, reject }] of jobs.entries()) {
      const result = results[index]!;
      if ("error" in result) reject(result.error);
      else resolve(result.value);
    }
  }
}

/** SQLite may have rolled back by itself. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // There is no transaction any more.
  }
}

function worldError(cause: unknown): unknown {
  switch (sqliteCode(cause)) {
    case undefined:
      return cause;
    case SQLITE_FULL:
      return new SpoolFullError("Cannot hold: the disk or the quota is full", { cause });
    case SQLITE_IOERR:
      return new SpoolUnavailableError("Cannot hold: the disk failed", { cause });
    default:
      return new SpoolUnavailableError(`Cannot hold: ${(cause as Error).message}`, { cause });
  }
}
