/**
 * Where people, credentials and sessions live: a transaction of one site, and the few things that know none.
 *
 * A use case opens a transaction with `inSite` and composes what the modules beside this one do in it
 * (`people.ts`, `sessions.ts`, `credentials.ts`, `attempts.ts` …), with its event: what is committed is told of,
 * and what is told of is committed. Everything is inserted and nothing changed; whoever inserts what another
 * has inserted first learns it from the answer and not from an error.
 *
 * @module
 */

import { NO_SITE } from "@wavekeep/core/service";
import type pg from "pg";
import { inTransaction } from "../../store/postgres/transaction.ts";

/** Who asks, for the rows and events of a transaction. */
export interface Caller {
  readonly siteId: number;
  /** Uuid of a person, or the name of a service. */
  readonly actor: string;
  readonly role: string;
  readonly requestId: string;
}

/** An open transaction of one site. */
export interface SiteTx extends Caller {
  readonly client: pg.PoolClient;
}

/** Where somebody of this name is. */
export interface LoginPlace {
  readonly personId: string;
  readonly siteId: number;
}

/**
 * The database of people. Safe for concurrent use.
 *
 * What returned survives a crash of this process and of the database. Throws `StoreUnavailableError` when
 * nothing was written, and `CommitOutcomeUnknownError` when nobody knows.
 */
export interface AccountsStore {
  /** Whose name it is, at whatever site; undefined when it is nobody's. */
  findLogin(login: string): Promise<LoginPlace | undefined>;

  /**
   * Runs `fn` in one transaction that sees rows of the caller's site alone. It may run again after a deadlock,
   * so it does nothing but with the database; what it throws rolls everything back.
   *
   * @param caller `siteId` may be `NO_SITE`.
   */
  inSite<T>(caller: Caller, fn: (tx: SiteTx) => Promise<T>): Promise<T>;

  /** Removes rows whose time is over, of all sites. @returns How many. */
  forgetExpired(): Promise<number>;
}

/** Of nobody's site. */
export function strangerCaller(requestId: string): Caller {
  return { siteId: NO_SITE, actor: "stranger", role: "none", requestId };
}

/** @param pool Connections of role `wavekeep_accounts`. */
export function postgresAccountsStore(pool: pg.Pool): AccountsStore {
  return {
    findLogin: async (login) => {
      const { rows: [found] } = await pool.query<{ personId: string | null; siteId: number }>(
        `select person_id as "personId", site_id as "siteId" from wavekeep.find_login($1)`,
        [login],
      );
      const { personId = null, siteId = NO_SITE } = found ?? {};
      return personId === null ? undefined : { personId, siteId };
    },
    inSite: (caller, fn) =>
      inTransaction(pool, caller.siteId, (client) => fn({ ...caller, client })),
    forgetExpired: async () => {
      const { rows: [row] } = await pool.query<{ count: string }>(
        `select wavekeep.forget_expired_sign_in() as "count"`,
      );
      return Number(row?.count ?? 0);
    },
  };
}
