/**
 * Rows of the review ledger, and the event that covers those of one request.
 *
 * @module
 */

import { asciiBytes, equalBytes } from "@wavekeep/core/bytes";
import { accessLeaf, prepared } from "@wavekeep/core/service";
import { mergedRanges } from "@wavekeep/core/time";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import type { NewViewing, ViewingSender, ViewingStore } from "../viewing_store.ts";
import { inTransaction } from "./transaction.ts";

const LABEL = asciiBytes("wavekeep/viewings/v1\0");

/** @param pool Connections of role `wavekeep_writer`. */
export function postgresViewingStore(pool: pg.Pool): ViewingStore {
  return {
    putViewings: (sender, recordingId, viewings) =>
      inTransaction(pool, sender.siteId, async (client) => {
        // Of one id the first counts; in the order of ids, so that two requests never wait for each other.
        const firsts = new Map(
          viewings.toReversed().map((viewing) => [viewing.input.viewing_id, viewing]),
        );
        const rows = [...firsts.values()].sort((a, b) =>
          a.input.viewing_id < b.input.viewing_id ? -1 : 1
        );
        const stored = await insertRows(client, sender, recordingId, rows);
        const fresh = rows.filter(({ input }) => stored.has(input.viewing_id));
        if (fresh.length > 0) await insertViewed(client, sender, recordingId, fresh);
        const known = fresh.length === viewings.length
          ? new Map<string, Uint8Array>()
          : await selectDigests(client, recordingId, [...firsts.keys()]);
        return viewings.map((viewing) => {
          const { viewing_id: id } = viewing.input;
          if (stored.has(id) && firsts.get(id) === viewing) return "stored";
          return equalBytes(known.get(id)!, viewing.contentDigest) ? "repeated" : "conflict";
        });
      }),
  };
}

/** @returns Ids of what was inserted. */
async function insertRows(
  client: pg.PoolClient,
  sender: ViewingSender,
  recordingId: string,
  rows: readonly NewViewing[],
): Promise<ReadonlySet<string>> {
  const { rows: inserted } = await prepared<{ id: string }>(
    client,
    `insert into wavekeep.viewing (recording_id, viewing_id, site_id, actor, role, session_id,
        request_id, shown_at, shown_ms, start_ms, end_ms, live_lag_ms, display, content_digest)
      select $1::uuid, decode(viewing_id, 'hex'), $2::int, $3::text, $4::text, $5::uuid, $6::text,
          shown_at, shown_ms, start_ms, end_ms, live_lag_ms, display, decode(digest, 'hex')
        from jsonb_to_recordset($7::jsonb) as input (viewing_id text, shown_at timestamptz,
          shown_ms int, start_ms bigint, end_ms bigint, live_lag_ms bigint, display jsonb,
          digest text)
      on conflict (recording_id, viewing_id) do nothing
      returning encode(viewing_id, 'hex') as id`,
    [
      recordingId,
      sender.siteId,
      sender.actor,
      sender.role,
      sender.sessionId ?? null,
      sender.requestId,
      JSON.stringify(rows.map(({ input, shownAtMicros, contentDigest }) => ({
        ...input,
        shown_at: formatInstant(shownAtMicros),
        digest: contentDigest.toHex(),
      }))),
    ],
  );
  return new Set(inserted.map(({ id }) => id));
}

/** One event, whose leaf covers every row of it. */
async function insertViewed(
  client: pg.PoolClient,
  sender: ViewingSender,
  recordingId: string,
  rows: readonly NewViewing[],
): Promise<void> {
  const { siteId, actor, role, requestId, sessionId } = sender;
  const leaf = accessLeaf(siteId, LABEL, [
    ...[actor, role, requestId, recordingId],
    rows.map(({ input, shownAtMicros }) => {
      const { viewing_id, shown_ms, start_ms, end_ms, live_lag_ms, display: d } = input;
      return [
        ...[viewing_id, String(shownAtMicros), shown_ms, start_ms, end_ms, live_lag_ms],
        [d.montage, d.uv_per_mm, d.mm_per_second, d.low_hz, d.high_hz, d.notch_hz, d.phase],
        [d.rows_shown, d.rows_total],
      ];
    }),
  ]);
  const ms = mergedRanges(rows.map(({ input }) => [input.start_ms, input.end_ms]));
  await prepared(
    client,
    `insert into wavekeep.event (site_id, kind, actor, request_id, recording_id, patient_uuid,
        detail, leaf_entry, leaf_content, leaf_salt)
      values ($1, 'recording.viewed', $2, $3, $4, wavekeep.patient_of($4), $5, $6, $7, $8)`,
    [
      siteId,
      actor,
      requestId,
      recordingId,
      JSON.stringify({ thing: "viewings", role, session: sessionId, count: rows.length, ms }),
      leaf.entry,
      leaf.content,
      leaf.salt,
    ],
  );
}

async function selectDigests(
  client: pg.PoolClient,
  recordingId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { rows } = await prepared<{ id: string; digest: string }>(
    client,
    `select encode(viewing_id, 'hex') as id, encode(content_digest, 'hex') as digest
      from wavekeep.viewing where recording_id = $1::uuid
        and viewing_id in (select decode(id, 'hex') from unnest($2::text[]) as wanted (id))`,
    [recordingId, ids],
  );
  return new Map(rows.map(({ id, digest }) => [id, Uint8Array.fromHex(digest)]));
}
