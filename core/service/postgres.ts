/**
 * Layer 6. Connections to PostgreSQL: the one place a pool is made.
 *
 * Sole owner of connection settings. Every connection is checked before anybody gets it: the role is
 * the expected one and neither superuser nor owner, and a commit waits for the disk.
 *
 * Hazards: without an error listener on every client, a restart of the database ends the process.
 * Never `binary: true` on a query: it silently corrupts bytea and uuid. int8 arrives as a string.
 *
 * @module
 */
import pg from "pg";
import { assert } from "../assert.ts";
import { DatabaseHosts } from "./database_hosts.ts";
import type { Logger } from "./json_log.ts";
import { SERVICE_ROLES, type ServiceRole } from "./login_roles.ts";
import { gatherWrites } from "./one_write.ts";
import { RawRowClient } from "./raw_rows.ts";

/** How a pool is opened. */
export interface PoolOptions {
  /** The role whose grants the connection must have, exactly. */
  readonly role: ServiceRole;
  /** Connections at most. */
  readonly max: number;
  readonly logger: Logger;
  /** Shown in pg_stat_activity. Default: the role. */
  readonly applicationName?: string;
  /** A statement that takes longer is cancelled. Default: 30 s. */
  readonly statementTimeoutMs?: number;
  /**
   * How long an answer may take in all. It is longer than the statement's own time, so it ends only
   * what a dead network would leave hanging for ever. Default: 5 s above `statementTimeoutMs`.
   */
  readonly answerTimeoutMs?: number;
  /** How long a caller waits for a connection. Default: 2.5 s, so that a full pool answers within 3 s. */
  readonly connectTimeoutMs?: number;
  /** How long a statement waits for a lock. Default: 2.5 s, for the same reason. */
  readonly lockTimeoutMs?: number;
  /** Only a server that takes writes will do. Default: true, but for the reader: a replica serves it. */
  readonly needsWrites?: boolean;
  /**
   * Called when a connection finds another incarnation than the first one did: the database was replaced by
   * a backup while this process ran, and what it remembers of rows may be wrong. That connection is refused.
   */
  readonly onRestored?: (life: { readonly before: number; readonly now: number }) => void;
  /** For `readSite`: its rows come as they are. Default: false. */
  readonly rawRows?: boolean;
}

/** A connection was refused because of what it may do or how it commits. */
export class UnfitConnectionError extends Error {
  override readonly name = "UnfitConnectionError";
  /** What `/readyz` says of it. */
  readonly code: "ROLE" | "READ_ONLY" | "RESTORED";

  constructor(code: UnfitConnectionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Opens a pool. No connection is made yet; the first use checks the role.
 *
 * Losing a connection is logged and the pool makes a new one: a database restart costs the requests of
 * that moment, never the process. A url may name several hosts (`host-a:5432,host-b:5432`): who cannot be
 * reached, or takes no writes, is passed over for the next.
 *
 * @throws {UnfitConnectionError} From `connect` and `query`, when the role is not the expected one.
 */
export function openPool(url: string, options: PoolOptions): pg.Pool {
  const { role, max, logger, statementTimeoutMs = 30_000 } = options;
  const hosts = new DatabaseHosts(url);
  const needsWrites = options.needsWrites ?? (role !== "wavekeep_reader" || hosts.areForWrites);
  const life: DatabaseLife = { onRestored: options.onRestored };
  const pool = hosts.createPool({
    max,
    application_name: options.applicationName ?? role,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_500,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: options.answerTimeoutMs ?? statementTimeoutMs + 5_000,
    lock_timeout: options.lockTimeoutMs ?? 2_500,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    // A statement is written when it is asked for, not when the one before has been answered.
    pipeline: true,
    Client: hosts.clientClass(options.rawRows ? RawRowClient : pg.Client),
    onConnect: async (client: pg.ClientBase) => {
      try {
        await checkConnection(client, { role, needsWrites, life });
      } catch (error) {
        hosts.passOver(client);
        throw error;
      }
    },
  } as pg.PoolConfig);
  // The pool speaks for idle clients, the client for itself while it is checked out: both are needed.
  pool.on("error", (error) => logger.warn("database connection lost", { role, error }));
  pool.on("connect", (client) => {
    client.on("error", (error) => logger.warn("database connection failed", { role, error }));
  });
  return pool;
}

/** Which incarnation the connections of a pool have seen. */
interface DatabaseLife {
  readonly onRestored: PoolOptions["onRestored"] | undefined;
  incarnation?: number;
}

/** What a connection must be. */
interface Wanted {
  readonly role: ServiceRole;
  readonly needsWrites: boolean;
  readonly life: DatabaseLife;
}

/** Makes one connection fit, or throws. */
async function checkConnection(
  client: pg.ClientBase,
  { role, needsWrites, life }: Wanted,
): Promise<void> {
  // The `connect` event comes after this hook; until then an error would have no listener.
  const ignore = () => {};
  client.on("error", ignore);
  try {
    // The server's own default is judged by checkDurability; no reload may weaken a session we hold.
    await client.query("set synchronous_commit = on");
    const { rows: [found] } = await client.query<ConnectionFacts>(
      `select current_user as "user", rolsuper or rolbypassrls as "isAboveRules",
          current_setting('synchronous_commit') as "synchronousCommit",
          current_setting('transaction_read_only') = 'on' as "isReadOnly",
          pg_catalog.pg_has_role(current_user, 'wavekeep_owner', 'MEMBER') as "isOwner",
          array(select role.rolname::text from pg_catalog.pg_roles role
            where role.rolname = any($1)
              and pg_catalog.pg_has_role(current_user, role.oid, 'MEMBER')) as "roles"
        from pg_catalog.pg_roles where rolname = current_user`,
      [SERVICE_ROLES],
    );
    if (found === undefined) {
      throw new UnfitConnectionError("ROLE", "Cannot find the role of a connection");
    }
    refuseUnfit(found, role);
    if (needsWrites && found.isReadOnly) {
      throw new UnfitConnectionError("READ_ONLY", "Cannot use this server: it takes no writes");
    }
    if (life.onRestored !== undefined) await refuseOtherLife(client, life);
  } finally {
    client.off("error", ignore);
  }
}

/** @throws {UnfitConnectionError} The database is not the one that this process began with. */
async function refuseOtherLife(client: pg.ClientBase, life: DatabaseLife): Promise<void> {
  const { rows: [row] } = await client.query<{ incarnation: number }>(
    `select max(incarnation) as "incarnation" from wavekeep.incarnation`,
  ).catch((error: unknown) => {
    // Whether there is a schema is checkSchemaVersion's to say.
    if (/^(42P01|3F000|42501)$/.test(sqlState(error) ?? "")) return { rows: [] };
    throw error;
  });
  if (row === undefined) return;
  const before = life.incarnation ??= row.incarnation;
  if (before === row.incarnation) return;
  life.onRestored?.({ before, now: row.incarnation });
  throw new UnfitConnectionError(
    "RESTORED",
    `Cannot go on with this database: it is of incarnation ${row.incarnation}, and this process began ` +
      `with ${before}; it was restored meanwhile`,
  );
}

interface ConnectionFacts {
  readonly isReadOnly: boolean;
  readonly user: string;
  readonly isAboveRules: boolean;
  readonly synchronousCommit: string;
  readonly isOwner: boolean;
  readonly roles: readonly string[];
}

function refuseUnfit(found: ConnectionFacts, role: ServiceRole): void {
  const problem = found.isAboveRules
    ? "it is a superuser or bypasses row-level security"
    : found.isOwner
    ? "it may become wavekeep_owner"
    : !found.roles.includes(role)
    ? `it is not ${role}`
    : found.roles.length > 1
    ? `it also has ${found.roles.filter((name) => name !== role).join(", ")}`
    : found.synchronousCommit !== "on"
    ? `synchronous_commit is ${found.synchronousCommit}`
    : undefined;
  if (problem !== undefined) {
    throw new UnfitConnectionError(
      "ROLE",
      `Cannot use database role ${found.user} as ${role}: ${problem}`,
    );
  }
}

/** Rows that belong to nobody: what was tried under a name that is nobody's. No site has this number. */
export const NO_SITE = 0;

/**
 * Runs `fn` inside one READ COMMITTED transaction that sees rows of one site only.
 *
 * Commits when `fn` resolves; rolls back and rethrows when it throws. A connection whose state is not
 * known afterwards is closed instead of going back to the pool. The beginning travels with the first
 * statement of `fn`, and statements that `fn` asks for at once travel together; COMMIT is sent alone, when
 * everything before it has been answered.
 *
 * Hazards: when COMMIT itself throws, the outcome is unknown: the caller answers 503 and the device
 * sends the same bytes again. {@link CommitOutcomeUnknownError} says so. And were the beginning refused,
 * the first statement would run by itself: then no site is set, and row-level security refuses it.
 */
export async function withSite<T>(
  pool: pg.Pool,
  siteId: number,
  fn: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  assert(Number.isInteger(siteId) && siteId >= NO_SITE, "site id is an integer, not below 0");
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    gatherWrites(client);
    // A text of two statements takes no parameter, hence the assertion.
    const begun = client.query(`begin; set local app.site = '${siteId}'`).then(
      () => undefined,
      (error: Error) => ({ error }),
    );
    const done = await fn(client).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    // Why it could not begin comes first: what followed failed because of that.
    const refused = await begun;
    if (refused !== undefined) throw refused.error;
    if ("error" in done) throw done.error;
    await commit(client);
    return done.result;
  } catch (error) {
    // A server that takes no writes any more will not again on this connection.
    const isReadOnly = sqlState(error) === "25006";
    if (error instanceof CommitOutcomeUnknownError || isAnswerMissing(error) || isReadOnly) {
      broken = error as Error;
    } else await client.query("rollback").catch((failure: Error) => broken = failure);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** COMMIT was sent, and nobody knows what became of it. */
export class CommitOutcomeUnknownError extends Error {
  override readonly name = "CommitOutcomeUnknownError";
}

async function commit(client: pg.PoolClient): Promise<void> {
  const notices: unknown[] = [];
  const onNotice = (notice: unknown) => notices.push(notice);
  client.on("notice", onNotice);
  try {
    const { command } = await client.query("commit");
    // COMMIT of a failed transaction answers ROLLBACK, without an error.
    if (command !== "COMMIT") throw new Error(`server answered ${command}`);
    // A notice here means a cancelled wait for a replica: locally durable, otherwise not.
    if (notices.length > 0) throw new Error("server added a notice to COMMIT");
  } catch (cause) {
    throw new CommitOutcomeUnknownError("Cannot tell whether a transaction committed", { cause });
  } finally {
    client.off("notice", onNotice);
  }
}

/** The server was asked and never answered: the connection is of no more use. */
function isAnswerMissing(error: unknown): error is Error {
  return error instanceof Error && error.message === "Query read timeout";
}

/** SQLSTATE of a database error, or undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/**
 * Whether the database is away, overloaded or not the one it should be, so that trying again later makes
 * sense: connection loss, shutdown, too many connections, no disk, deadlock, serialisation, timeouts, a
 * server that takes no writes (a failover, an operator's freeze), a password that was changed, a database
 * that is being put back. Whoever sends keeps what it has, and that is what all of these want.
 */
export function isStoreUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return /^(08|28|53|57P|58)/.test(state) ||
      ["25006", "3D000", "40001", "40P01", "55P03", "57014"].includes(state);
  }
  if (isAnswerMissing(error) || error instanceof UnfitConnectionError) return true;
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return typeof code === "string" &&
      /^E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_AGAIN|NOTFOUND|NOSPC|DQUOT)/.test(code) ||
    typeof message === "string" &&
      /timeout exceeded when trying to connect|Connection terminated|not queryable|connection error/i
        .test(message);
}

/**
 * Whether the database says that it cannot read what it stored: a page that fails its checksum, a TOAST
 * value with a piece missing, a broken index, and whatever else it stumbles over inside.
 */
export function isStorageDamaged(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && /^(XX|58P01|58030)/.test(state);
}
