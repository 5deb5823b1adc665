/**
 * Reading from a replica, and how far it is behind.
 *
 * Sole owner of that question. Twice a second the primary is asked how far its write-ahead log goes, and the
 * replica how far it has come: what was passed tells of when the replica is at least, by this process's clock
 * alone. Nothing here believes a replica about itself: one that has lost its primary finds itself up to date.
 *
 * @see PostgreSQL, "Recovery Information Functions"
 * @module
 */

import { type Logger, NotReadyError } from "@wavekeep/core/service";
import type { MiddlewareHandler } from "hono";
import type pg from "pg";

const ASK_EVERY_MS = 500;
/** While somebody waits for a commit that the primary has told of. */
const ASK_SOON_MS = 20;
/** Then who waits goes on: a live tail reads every few seconds anyhow. */
const WAIT_MS_MAX = 5_000;

/** How far the primary was, and when. */
interface Mark {
  readonly lsn: bigint;
  readonly atMs: number;
}

/** The replica that is read from. */
export interface Replica {
  /** At most so old is what is read, in seconds; infinite until it was known once. */
  staleSeconds(): number;
  /** Resolves when the replica has all that is committed on the primary now, or after five seconds. */
  reached(): Promise<void>;
  close(): Promise<void>;
}

/** The two servers; any connection of each will do. */
export interface Servers {
  readonly reader: Pick<pg.Pool, "query">;
  readonly primary: Pick<pg.Pool, "query">;
}

/**
 * Looks whether what is read from is a replica, and follows it then.
 *
 * @returns Undefined when it is the primary.
 * @throws What the database says when it is not there.
 */
export async function openReplica(
  servers: Servers,
  options: { readonly logger: Logger; readonly nowMs?: () => number },
): Promise<Replica | undefined> {
  const { rows: [row] } = await servers.reader.query<{ isReplica: boolean }>(
    `select pg_is_in_recovery() as "isReplica"`,
  );
  if (row?.isReplica !== true) return undefined;
  const follower = new ReplicaFollower(servers, options);
  await follower.ask();
  return follower;
}

/** Header of every answer from a replica: how old it may be, in seconds. */
export const STALE_HEADER = "wavekeep-stale-seconds";

/** Says in every answer how old it may be. */
export function tellStaleness(replica: Pick<Replica, "staleSeconds">): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const seconds = replica.staleSeconds();
    c.res.headers.set(STALE_HEADER, Number.isFinite(seconds) ? seconds.toFixed(1) : "unknown");
  };
}

/**
 * For `/readyz`.
 *
 * @throws {Error} The replica is further behind than may be.
 */
export function requireFresh(
  replica: Pick<Replica, "staleSeconds">,
  maxSeconds: number,
): Readonly<Record<"stale_seconds", number>> {
  const seconds = replica.staleSeconds();
  if (seconds > maxSeconds) {
    throw new NotReadyError(
      "REPLICA_BEHIND",
      `The replica is ${seconds.toFixed(0)} s behind, ${maxSeconds} at most`,
    );
  }
  return { "stale_seconds": Number(seconds.toFixed(1)) };
}

class ReplicaFollower implements Replica {
  readonly #servers: Servers;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #marks: Mark[] = [];
  readonly #waiting = new Set<{ readonly lsn: bigint; readonly goOn: () => void }>();
  /** When the replica was known to have everything. */
  #caughtUpMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isFailing = false;

  constructor(servers: Servers, { logger, nowMs = () => performance.now() }: {
    logger: Logger;
    nowMs?: () => number;
  }) {
    this.#servers = servers;
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  staleSeconds(): number {
    return Math.max(0, this.#nowMs() - this.#caughtUpMs) / 1000;
  }

  async reached(): Promise<void> {
    const lsn = await this.#primaryLsn().catch(() => undefined);
    if (lsn === undefined || this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { lsn, goOn: resolve };
    this.#waiting.add(waiting);
    const timer = setTimeout(resolve, WAIT_MS_MAX);
    this.#askAfter(0);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(waiting);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { goOn } of this.#waiting) goOn();
    await this.#asking;
  }

  /** Asks both once, and plans to ask again. */
  async ask(): Promise<void> {
    try {
      const atMs = this.#nowMs();
      this.#marks.push({ lsn: await this.#primaryLsn(), atMs });
      const replayed = await this.#replayedLsn();
      while (this.#marks.length > 0 && this.#marks[0]!.lsn <= replayed) {
        this.#caughtUpMs = this.#marks.shift()!.atMs;
      }
      for (const { lsn, goOn } of this.#waiting) if (lsn <= replayed) goOn();
      // A replica that stands still shall not cost memory: what is between is enough to tell how old it is.
      if (this.#marks.length > 2_000) this.#marks.splice(1, 1_000);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#logger.warn("replica cannot be followed", { error });
      this.#isFailing = true;
    }
    this.#askAfter(this.#waiting.size > 0 ? ASK_SOON_MS : ASK_EVERY_MS);
  }

  #askAfter(ms: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#asking = this.#asking.then(() => this.ask());
    }, ms);
  }

  async #primaryLsn(): Promise<bigint> {
    const { rows } = await this.#servers.primary.query<{ lsn: string }>(
      `select (pg_current_wal_lsn() - '0/0')::text as "lsn"`,
    );
    return BigInt(rows[0]!.lsn);
  }

  async #replayedLsn(): Promise<bigint> {
    const { rows } = await this.#servers.reader.query<{ lsn: string }>(
      // A replica that was made a primary replays nothing, and is behind nobody.
      `select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
         else pg_current_wal_lsn() end - '0/0')::text as "lsn"`,
    );
    return BigInt(rows[0]!.lsn);
  }
}
