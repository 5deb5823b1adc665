/**
 * Readiness: whether a row could be written right now.
 *
 * @module
 */

import type pg from "pg";

/** Site 0 does not exist: identities start at 1, so the probe's row belongs to nobody. */
const PROBE_SITE = 0;

/**
 * Writes an event row and rolls it back: a full disk, a read-only server or a missing grant shows here
 * before it costs a device its upload.
 */
export async function probeWrite(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    await client.query("select set_config('app.site', $1, true)", [String(PROBE_SITE)]);
    await client.query(
      "insert into wavekeep.event (site_id, kind, actor) values ($1, 'readiness.probe', 'ingest')",
      [PROBE_SITE],
    );
  } finally {
    await client.query("rollback").catch((error: Error) => broken = error);
    client.release(broken);
  }
}
