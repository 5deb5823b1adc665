/**
 * Where query reads summaries from, as an interface with its promises.
 *
 * @module
 */

/** Some blocks of one stream at one level, `start <= block && block < end`. */
export interface BlockScope {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly level: number;
  readonly start: number;
  readonly end: number;
}

/** A block's row. */
export interface SealedBlock {
  /** Index of the scope that it is in. */
  readonly scope: number;
  readonly block: number;
  readonly body: Uint8Array;
}

/** Reads summaries. Safe for concurrent use; never sees another site's. */
export interface EnvelopeStore {
  /** The blocks in some scopes of a recording, of this build's rules only; many are missing at times. */
  blocks(
    siteId: number,
    recordingId: string,
    scopes: readonly BlockScope[],
  ): Promise<SealedBlock[]>;
}
