/**
 * Layer 6. Whether the database would take a write at this moment, told within a second.
 *
 * Sole owner of how readiness asks: over connections of its own, which are given up after less than a
 * second. Asked over the service's pool, a network that swallows everything would be found in two seconds,
 * and the questions themselves would fill the pool.
 *
 * @module
 */
import type pg from "pg";
import { checkDurability, type DurabilityReport } from "./durability.ts";
import type { ReadinessCheck } from "./health.ts";
import type { Logger } from "./json_log.ts";
import type { ServiceRole } from "./login_roles.ts";
import { openPool } from "./postgres.ts";
import { checkSchemaVersion } from "./schema_version.ts";

/** Below the time that a readiness check has, so that the reason is told and not only that it was late. */
const ANSWER_MS = 750;

/** How a probe asks. */
export interface ProbeOptions {
  /** May insert events. */
  readonly role: ServiceRole;
  readonly logger: Logger;
  /** The service's own pools: one that has no connection to give is not ready, however well the server is. */
  readonly pools: readonly pg.Pool[];
  /** See {@link checkDurability}. */
  readonly exceptions: readonly string[];
  /** What is written in the event that is rolled back. */
  readonly actor: string;
  /** Default: all. A reader's server may be a replica, and the role of audits sees no schema. */
  readonly asks?: readonly ("schema_version" | "durability" | "write")[];
}

/** A probe, and how to end it. */
export interface DatabaseProbe {
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  close(): Promise<void>;
}

/**
 * Opens a probe; nothing is asked yet.
 *
 * The role is checked on every connection, so each check asks for it, too.
 */
export function openDatabaseProbe(url: string, options: ProbeOptions): DatabaseProbe {
  const { role, logger, pools, exceptions, actor } = options;
  const { asks = ["schema_version", "durability", "write"] } = options;
  const pool = openPool(url, {
    role,
    logger,
    // Checks of two who ask at once.
    max: 2,
    applicationName: `wavekeep ${actor} readiness`,
    connectTimeoutMs: ANSWER_MS,
    statementTimeoutMs: ANSWER_MS - 100,
    answerTimeoutMs: ANSWER_MS,
    lockTimeoutMs: ANSWER_MS - 200,
  });
  const all = {
    "schema_version": () => checkSchemaVersion(pool),
    "durability": async (): Promise<DurabilityReport["settings"]> =>
      (await checkDurability(pool, exceptions)).settings,
    "write": () => probeWrite(pool, actor),
  };
  return {
    checks: {
      ...Object.fromEntries(asks.map((name) => [name, all[name]])),
      "connections": async () => {
        await Promise.all(pools.map(takeAndGiveBack));
        return "free";
      },
    },
    close: () => pool.end(),
  };
}

/** Site 0 does not exist: identities start at 1, so the probe's row belongs to nobody. */
const PROBE_SITE = 0;

/**
 * Writes an event row and rolls it back: a read-only server or a missing grant shows here before it costs a
 * device its upload. And some hundred kilobytes that do not fit the memory they are given go through a
 * temporary file: on a full disk a row alone may still find room in a page that is there.
 */
async function probeWrite(pool: pg.Pool, actor: string): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; set local app.site = '${PROBE_SITE}'; set local work_mem = '64kB'`);
    await client.query(
      "insert into wavekeep.event (site_id, kind, actor) values ($1, 'readiness.probe', $2)",
      [PROBE_SITE, actor],
    );
    await client.query("select count(*) from generate_series(1, 20000)");
  } catch (error) {
    // Not asked anything more: what has not answered once would not answer to the rollback either.
    broken = error as Error;
    throw error;
  } finally {
    if (broken === undefined) {
      await client.query("rollback").catch((error: Error) => broken = error);
    }
    client.release(broken);
  }
}

async function takeAndGiveBack(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  client.release();
}
