/**
 * A proof store before there is a log: nothing is proven, and everything is said to be not ready.
 *
 * @module
 */

import type { ProofStore } from "../proof/proof_store.ts";
import type { QueryStore } from "../store/query_store.ts";

/** @param store Has the segments. */
export function noLog(store: QueryStore): ProofStore {
  return {
    head: () => Promise.resolve(undefined),
    tiles: () => Promise.resolve(new Map()),
    chunk: (siteId, { segmentId, stream }) =>
      store.read(siteId, async (view) => {
        const owner = await view.segment(segmentId);
        if (owner === undefined) return undefined;
        const { recordingId } = owner.recording;
        const { streams } = (await view.shapes([recordingId])).get(recordingId)!;
        const hasStream = streams.some((row) =>
          row.segmentNumber === owner.segmentNumber && row.stream === stream
        );
        const record = new Uint8Array(0);
        return { ...owner, record, signature: null, hasStream, head: undefined, leaf: undefined };
      }),
    chunkLeaves: () => Promise.resolve([]),
    nounLeaves: () => Promise.resolve([]),
    keyLeaves: () => Promise.resolve([]),
    segments: () => Promise.resolve([]),
    statements: () => Promise.resolve([]),
    sources: () => Promise.resolve([]),
    publicKeys: () => Promise.resolve(new Map()),
    recordingFacts: () =>
      Promise.resolve({
        logged: [],
        segments: [],
        failures: [],
        clocks: [],
        firstReceivedAt: null,
        isBeforeLog: false,
        erasedAt: null,
        publishedAt: null,
      }),
  };
}
