/**
 * Parameter sets: written with the chunks that name them, read to check the chunks that come later.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type pg from "pg";
import type { ChunkRequest, NewParameterSet, Sender, StoredParameterSet } from "../ingest_store.ts";
import { CHUNKS_PER_PARAMETER_SET, parameterSetsMax } from "../limits.ts";
import { StorageViolationError } from "../store_errors.ts";
import { insertEvent } from "./events.ts";
import { bytes, safeInteger } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export async function findParameterSet(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
  digest: Uint8Array,
): Promise<StoredParameterSet | undefined> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [row] } = await client.query<StoredParameterSet>(
      "select body, copy from wavekeep.parameter_set where recording_id = $1 and digest = $2",
      [recordingId, digest],
    );
    return row === undefined ? undefined : { body: bytes(row.body), copy: bytes(row.copy) };
  });
}

export async function parameterSetRoom(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
  wanted: number,
): Promise<number> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [sets] } = await client.query<{ count: string }>(
      `select count(*) from wavekeep.parameter_set where recording_id = $1`,
      [recordingId],
    );
    const setCount = safeInteger(sets!.count);
    // A recording of days has a million chunks: no more are counted than would make room for all.
    const chunksWanted = (setCount + wanted - parameterSetsMax(0)) * CHUNKS_PER_PARAMETER_SET;
    if (chunksWanted <= 0) return wanted;
    const { rows: [chunks] } = await client.query<{ count: string }>(
      `select count(*) from
        (select from wavekeep.chunk where recording_id = $1 limit $2) as counted`,
      [recordingId, chunksWanted],
    );
    const room = parameterSetsMax(safeInteger(chunks!.count)) - setCount;
    return Math.min(wanted, Math.max(0, room));
  });
}

export async function putParameterSet(
  pool: pg.Pool,
  sender: Sender,
  set: NewParameterSet,
): Promise<"stored" | "repeated"> {
  return await inTransaction(pool, sender.siteId, async (client) => {
    return await insertParameterSet(client, sender, set) ? "stored" : "repeated";
  });
}

/**
 * Stores what is not there yet, in the order of the key: two writers never wait for each other. Of a set
 * that several requests brought, the first is stored.
 */
export async function insertParameterSets(
  client: pg.PoolClient,
  requests: readonly Pick<ChunkRequest, "sender" | "sets">[],
): Promise<void> {
  const order = requests
    .flatMap(({ sender, sets }) =>
      sets.map((set) => ({ sender, set, key: `${set.recordingId}/${formatHex(set.digest)}` }))
    )
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  for (const [index, { sender, set, key }] of order.entries()) {
    if (order[index - 1]?.key !== key) await insertParameterSet(client, sender, set);
  }
}

/** @returns Whether the set is new. */
async function insertParameterSet(
  client: pg.PoolClient,
  sender: Sender,
  set: NewParameterSet,
): Promise<boolean> {
  // No target: the table has exactly one unique constraint.
  const { rowCount } = await client.query(
    `insert into wavekeep.parameter_set (recording_id, digest, site_id, body, copy)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [set.recordingId, set.digest, sender.siteId, set.body, set.copy],
  );
  if (rowCount === 1) {
    await insertEvent(client, sender, {
      kind: "parameter-set.stored",
      recordingId: set.recordingId,
      detail: { "digest": formatHex(set.digest), "byte_length": set.byteLength },
    });
    return true;
  }
  const { rowCount: found } = await client.query(
    "select 1 from wavekeep.parameter_set where recording_id = $1 and digest = $2",
    [set.recordingId, set.digest],
  );
  if (found === 1) return false;
  throw new StorageViolationError(
    `Cannot store parameter set ${formatHex(set.digest)}: no row was inserted and none is there`,
  );
}
