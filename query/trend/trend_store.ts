/**
 * Where query reads trends from, as an interface with its promises.
 *
 * @module
 */

import type { BlockScope, SealedBlock } from "../envelope/envelope_store.ts";

/** Reads trends. Safe for concurrent use; never sees another site's. */
export interface TrendStore {
  /** The blocks in some scopes of a recording, of this build's algorithm only; many are missing at times. */
  blocks(
    siteId: number,
    recordingId: string,
    scopes: readonly BlockScope[],
  ): Promise<SealedBlock[]>;
}
