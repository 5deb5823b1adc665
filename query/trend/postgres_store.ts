/**
 * Trends on PostgreSQL, by the reader role: raw rows, because three days are a megabyte of them.
 *
 * @module
 */

import { ask, readSite, type ReadStatement } from "@wavekeep/core/service";
import { TREND_ALGORITHM } from "@wavekeep/core/trend";
import type pg from "pg";
import type { SealedBlock } from "../envelope/envelope_store.ts";
import type { TrendStore } from "./trend_store.ts";

const BLOCKS: ReadStatement<SealedBlock> = {
  name: "wavekeep_trend_blocks",
  text: `select (scope.n - 1)::int, block_no, body
    from unnest($2::int[], $3::int[], $4::smallint[], $5::int[], $6::int[]) with ordinality
      as scope (segment_no, stream_no, level, first, last, n)
    cross join lateral (
      select block_no, body from wavekeep.trend t
        where recording_id = $1::uuid and t.segment_no = scope.segment_no
          and t.stream_no = scope.stream_no and algorithm = $7::smallint and t.level = scope.level
          and block_no >= scope.first and block_no < scope.last
    ) found`,
  read: (fields) => ({ scope: fields.int4(), block: fields.int4(), body: fields.bytes() }),
};

/** @param pool Connections of role `wavekeep_reader`, from `openPool` with `rawRows`. */
export function postgresTrendStore(pool: pg.Pool): TrendStore {
  return {
    async blocks(siteId, recordingId, scopes) {
      const values = [
        recordingId,
        listOf(scopes.map(({ segmentNumber }) => segmentNumber)),
        listOf(scopes.map(({ stream }) => stream)),
        listOf(scopes.map(({ level }) => level)),
        listOf(scopes.map(({ start }) => start)),
        listOf(scopes.map(({ end }) => end)),
        TREND_ALGORITHM,
      ];
      const [rows] = await readSite(pool, siteId, [ask(BLOCKS, values)]);
      return rows;
    },
  };
}

function listOf(values: readonly number[]): string {
  return `{${values.join(",")}}`;
}
