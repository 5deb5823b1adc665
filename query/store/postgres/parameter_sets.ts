/**
 * Parameter sets: one row by recording and digest.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { StoredParameterSet } from "../query_store.ts";
import { bytes } from "./rows.ts";

export async function selectParameterSet(
  client: pg.PoolClient,
  recordingId: string,
  digest: Uint8Array,
): Promise<StoredParameterSet | undefined> {
  const { rows: [row] } = await prepared<StoredParameterSet>(
    client,
    `select body, copy from wavekeep.parameter_set where recording_id = $1 and digest = $2`,
    [recordingId, digest],
  );
  return row && { body: bytes(row.body), copy: bytes(row.copy) };
}
