/**
 * Parameter sets: written with the chunks that name them, read to check the chunks that come later.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { ChunkRequest, NewParameterSet, Sender, StoredParameterSet } from "../ingest_store.ts";
import { CHUNKS_PER_PARAMETER_SET, parameterSetsMax } from "../limits.ts";
import { StorageViolationError } from "../store_errors.ts";
import { bytes, safeInteger } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

export async function findParameterSet(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
  digest: Uint8Array,
): Promise<StoredParameterSet | undefined> {
  return await inTransaction(pool, siteId, async (client) => {
    const { rows: [row] } = await prepared<StoredParameterSet>(
      client,
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
    const { rows: [sets] } = await prepared<{ count: string }>(
      client,
      `select count(*) from wavekeep.parameter_set where recording_id = $1`,
      [recordingId],
    );
    const setCount = safeInteger(sets!.count);
    // A recording of days has a million chunks: no more are counted than would make room for all.
    const chunksWanted = (setCount + wanted - parameterSetsMax(0)) * CHUNKS_PER_PARAMETER_SET;
    if (chunksWanted <= 0) return wanted;
    const { rows: [chunks] } = await prepared<{ count: string }>(
      client,
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
  const distinct = order.filter(({ key }, index) => order[index - 1]?.key !== key);
  // Asked for at once, so they travel together; the server takes them in this order all the same.
  const inserted = await Promise.allSettled(
    distinct.map(({ sender, set }) => insertParameterSet(client, sender, set)),
  );
  const failed = inserted.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** The event row goes with the row that it tells of, and with no other. */
const INSERT_SET = `
  with stored as (
    insert into wavekeep.parameter_set (recording_id, digest, site_id, body, copy, received_at)
      values ($1, $2, $3, $4, $5, $9) on conflict do nothing returning recording_id
  ),
  logged as (
    insert into wavekeep.event 
      (site_id, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content)
      select $3, 'parameter-set.stored', $6, $7, recording_id, $8, $10::bytea, $11::bytea from stored
  )
  select count(*)::int as "count" from stored`;

/** @returns Whether the set is new. */
async function insertParameterSet(
  client: pg.PoolClient,
  sender: Sender,
  set: NewParameterSet,
): Promise<boolean> {
  // No target: the table has exactly one unique constraint.
  const { rows: [stored] } = await prepared<{ count: number }>(client, INSERT_SET, [
    set.recordingId,
    set.digest,
    sender.siteId,
    set.body,
    set.copy,
    sender.actor,
    sender.requestId,
    JSON.stringify({ "digest": formatHex(set.digest), "byte_length": set.byteLength }),
    formatInstant(set.atMicros),
    set.leaf.entry,
    set.leaf.content,
  ]);
  if (stored!.count === 1) return true;
  const { rowCount: found } = await prepared(
    client,
    "select 1 from wavekeep.parameter_set where recording_id = $1 and digest = $2",
    [set.recordingId, set.digest],
  );
  if (found === 1) return false;
  throw new StorageViolationError(
    `Cannot store parameter set ${formatHex(set.digest)}: no row was inserted and none is there`,
  );
}
