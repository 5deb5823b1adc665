/**
 * Summaries in memory, for tests: rows in plain sight.
 *
 * @module
 */

import type { BlockScope, EnvelopeStore, SealedBlock } from "./envelope_store.ts";

/** A row; tests may add, damage and remove some. */
export interface MemoryBlock {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly level: number;
  readonly block: number;
  body: Uint8Array;
}

/** Rows of all recordings. */
export class MemoryEnvelopeStore implements EnvelopeStore {
  rows: MemoryBlock[] = [];

  blocks(
    _siteId: number,
    recordingId: string,
    scopes: readonly BlockScope[],
  ): Promise<SealedBlock[]> {
    return Promise.resolve(
      scopes.flatMap((scope, index) =>
        this.rows
          .filter((row) =>
            row.recordingId === recordingId && row.segmentNumber === scope.segmentNumber &&
            row.stream === scope.stream && row.level === scope.level &&
            row.block >= scope.start && row.block < scope.end
          )
          .map(({ block, body }) => ({ scope: index, block, body }))
      ),
    );
  }
}
