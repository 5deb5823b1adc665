/**
 * Summaries on PostgreSQL, by the reader role.
 *
 * @module
 */

import { SUMMARY_ALGORITHM } from "@wavekeep/core/summary";
import type pg from "pg";
import { blocksOf, readBlocks } from "../store/postgres/sealed_blocks.ts";
import type { EnvelopeStore } from "./envelope_store.ts";

const BLOCKS = blocksOf("envelope");

/** @param pool Connections of role `wavekeep_reader`, from `openPool` with `rawRows`. */
export function postgresEnvelopeStore(pool: pg.Pool): EnvelopeStore {
  return {
    blocks: (siteId, recordingId, scopes) =>
      readBlocks(pool, BLOCKS, { siteId, recordingId, algorithm: SUMMARY_ALGORITHM }, scopes),
  };
}
