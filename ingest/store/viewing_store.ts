/**
 * Where the review ledger lives, as an interface with its promises.
 *
 * @module
 */

import type { ViewingInput } from "@wavekeep/core/recording";
import type { Sender } from "./ingest_store.ts";

/** A viewing about to be stored. */
export interface NewViewing {
  readonly input: ViewingInput;
  /** When it came on screen by the server's clock, µs since 1970. */
  readonly shownAtMicros: bigint;
  /** Of what the page said of it. */
  readonly contentDigest: Uint8Array;
}

/** Who sends, and in which session. */
export interface ViewingSender extends Sender {
  readonly sessionId: string | undefined;
}

/** What became of one. */
export type ViewingOutcome = "stored" | "repeated" | "conflict";

/** Rows of the review ledger: appended, and never changed. Throws what `IngestStore` throws. */
export interface ViewingStore {
  /**
   * Stores viewings in one transaction, with one event for all that are new. One outcome per viewing, in order;
   * one that conflicts keeps none of the others back.
   */
  putViewings(
    sender: ViewingSender,
    recordingId: string,
    viewings: readonly NewViewing[],
  ): Promise<ViewingOutcome[]>;
}

/** The same contract in memory, for tests and simulations. */
export function memoryViewingStore(): ViewingStore {
  const digests = new Map<string, string>();
  return {
    putViewings: ({ siteId }, recordingId, viewings) =>
      Promise.resolve(viewings.map(({ input, contentDigest }) => {
        const key = `${siteId}/${recordingId}/${input.viewing_id}`;
        const digest = contentDigest.toHex();
        const before = digests.get(key);
        if (before !== undefined) return before === digest ? "repeated" : "conflict";
        digests.set(key, digest);
        return "stored";
      })),
  };
}
