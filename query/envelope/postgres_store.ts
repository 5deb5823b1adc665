/**
 * Summaries on PostgreSQL, by the reader role.
 *
 * @module
 */

import { prepared, withSite } from "@wavekeep/core/service";
import { SUMMARY_ALGORITHM } from "@wavekeep/core/summary";
import type pg from "pg";
import type { EnvelopeStore, SealedBlock } from "./envelope_store.ts";

const BLOCKS = `select (scope.n - 1)::int as "scope", block_no as "block", body
  from unnest($2::int[], $3::int[], $4::smallint[], $5::int[], $6::int[]) with ordinality
    as scope (segment_no, stream_no, level, first, last, n)
  cross join lateral (
    select block_no, body from wavekeep.envelope e
      where recording_id = $1 and e.segment_no = scope.segment_no and e.stream_no = scope.stream_no
        and e.level = scope.level and block_no >= scope.first and block_no < scope.last
        and algorithm = $7
  ) found`;

/** @param pool Connections of role `wavekeep_reader`, from `openPool`. */
export function postgresEnvelopeStore(pool: pg.Pool): EnvelopeStore {
  return {
    blocks: (siteId, recordingId, scopes) =>
      withSite(pool, siteId, async (client) => {
        const { rows } = await prepared<SealedBlock>(client, BLOCKS, [
          recordingId,
          scopes.map(({ segmentNumber }) => segmentNumber),
          scopes.map(({ stream }) => stream),
          scopes.map(({ level }) => level),
          scopes.map(({ start }) => start),
          scopes.map(({ end }) => end),
          SUMMARY_ALGORITHM,
        ]);
        return rows;
      }),
  };
}
