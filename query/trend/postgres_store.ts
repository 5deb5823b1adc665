/**
 * Trends on PostgreSQL, by the reader role.
 *
 * @module
 */

import { TREND_ALGORITHM } from "@wavekeep/core/trend";
import type pg from "pg";
import { blocksOf, readBlocks } from "../store/postgres/sealed_blocks.ts";
import type { TrendStore } from "./trend_store.ts";

const BLOCKS = blocksOf("trend");

/** @param pool Connections of role `wavekeep_reader`, from `openPool` with `rawRows`. */
export function postgresTrendStore(pool: pg.Pool): TrendStore {
  return {
    blocks: (siteId, recordingId, scopes) =>
      readBlocks(pool, BLOCKS, { siteId, recordingId, algorithm: TREND_ALGORITHM }, scopes),
  };
}
