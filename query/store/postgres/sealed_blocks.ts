/**
 * Sealed blocks of derived rows, envelopes and trends alike: raw rows, because days are a megabyte of them.
 *
 * @module
 */

import { ask, readSite, type ReadStatement } from "@wavekeep/core/service";
import type pg from "pg";
import type { BlockScope, SealedBlock } from "../../envelope/envelope_store.ts";

/** The blocks of a table in some scopes of a recording; one statement a table. */
export function blocksOf(table: "envelope" | "trend"): ReadStatement<SealedBlock> {
  return {
    name: `wavekeep_${table}_blocks`,
    text: `select (scope.n - 1)::int, block_no, body
      from unnest($2::int[], $3::int[], $4::smallint[], $5::int[], $6::int[]) with ordinality
        as scope (segment_no, stream_no, level, first, last, n)
      cross join lateral (
        select block_no, body from wavekeep.${table} t
          where recording_id = $1::uuid and t.segment_no = scope.segment_no
            and t.stream_no = scope.stream_no and t.level = scope.level
            and block_no >= scope.first and block_no < scope.last and algorithm = $7::smallint
      ) found`,
    read: (fields) => ({ scope: fields.int4(), block: fields.int4(), body: fields.bytes() }),
  };
}

/**
 * Reads them.
 *
 * @param pool Connections of role `wavekeep_reader`, from `openPool` with `rawRows`.
 * @param algorithm Rows of another version are not there.
 */
export async function readBlocks(
  pool: pg.Pool,
  statement: ReadStatement<SealedBlock>,
  { siteId, recordingId, algorithm }: {
    readonly siteId: number;
    readonly recordingId: string;
    readonly algorithm: number;
  },
  scopes: readonly BlockScope[],
): Promise<SealedBlock[]> {
  const values = [
    recordingId,
    listOf(scopes.map(({ segmentNumber }) => segmentNumber)),
    listOf(scopes.map(({ stream }) => stream)),
    listOf(scopes.map(({ level }) => level)),
    listOf(scopes.map(({ start }) => start)),
    listOf(scopes.map(({ end }) => end)),
    algorithm,
  ];
  const [rows] = await readSite(pool, siteId, [ask(statement, values)]);
  return rows;
}

function listOf(values: readonly number[]): string {
  return `{${values.join(",")}}`;
}
