/**
 * What the use cases of ingest are given: the world outside, as parameters.
 *
 * `main.ts` builds the real ones, tests build theirs; nothing below reads a clock, a random source or a
 * key folder by itself.
 *
 * @module
 */

import type { Sha256 } from "@wavekeep/core/checksum";
import type { KeyStore } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import type { Clock } from "@wavekeep/core/time";
import type { Announcer } from "./announcer.ts";
import type { CommitQueue } from "./commit_queue.ts";
import type { DeviceKeys } from "./device_keys.ts";
import type { IngestMetrics } from "./metrics.ts";
import type { SegmentDirectory } from "./segment_directory.ts";
import type { ConsentStore } from "./store/consent_store.ts";
import type { DeviceStore } from "./store/device_store.ts";
import type { IngestStore } from "./store/ingest_store.ts";
import type { ViewingStore } from "./store/viewing_store.ts";
import type { StoredSets } from "./stored_sets.ts";
import type { Summaries } from "./summary/summaries.ts";
import type { Verifier } from "./verify/verifier.ts";

/** Sizes ingest refuses to exceed. */
export interface IngestLimits {
  /** Largest accepted chunk, in bytes. */
  readonly chunkBytesMax: number;
  /** Largest accepted request body, in bytes. */
  readonly bodyBytesMax: number;
  /** Most chunks in one request, and most parameter sets. */
  readonly batchChunksMax: number;
  /** Bytes of all request bodies that are under way, together. */
  readonly inFlightBytesMax: number;
  /** Time a request body may take to arrive, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Transactions of chunks under way at once. */
  readonly groupsAtOnce: number;
  /** How long requests gather beside a transaction that is under way, in milliseconds. */
  readonly gatherMs: number;
  /** Chunks and bytes that requests gather in one transaction; a request of more goes alone. */
  readonly groupChunksMax: number;
  readonly groupBytesMax: number;
  /** Chunks and bytes that wait for a transaction, all sites together; beyond that the answer is 503. */
  readonly waitingChunksMax: number;
  readonly waitingBytesMax: number;
  /** How long a request waits for a transaction while none ends, in milliseconds. */
  readonly stalledMsMax: number;
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  chunkBytesMax: 4 * 1024 * 1024,
  bodyBytesMax: 16 * 1024 * 1024,
  batchChunksMax: 1_000,
  inFlightBytesMax: 64 * 1024 * 1024,
  bodyTimeoutMs: 20_000,
  groupsAtOnce: 2,
  gatherMs: 4,
  groupChunksMax: 256,
  groupBytesMax: 2 * 1024 * 1024,
  waitingChunksMax: 8_192,
  waitingBytesMax: 32 * 1024 * 1024,
  // With a tenth of it until somebody looks, and the way back: within 3 s.
  stalledMsMax: 2_500,
};

/** Everything a use case may need. */
export interface IngestDeps {
  readonly store: IngestStore;
  readonly keyStore: KeyStore;
  readonly segments: SegmentDirectory;
  readonly deviceStore: DeviceStore;
  readonly consents: ConsentStore;
  readonly viewings: ViewingStore;
  readonly deviceKeys: DeviceKeys;
  readonly sets: StoredSets;
  readonly verifier: Verifier;
  readonly commits: CommitQueue;
  readonly announcer: Announcer;
  readonly summaries: Summaries;
  readonly clock: Clock;
  /** Fresh bytes from a cryptographic source. */
  readonly randomBytes: (byteLength: number) => Uint8Array;
  readonly sha256: Sha256;
  readonly limits: IngestLimits;
  readonly logger: Logger;
  /** Where chunks and requests are counted; of the application's own where it is absent. */
  readonly metrics?: IngestMetrics;
}
