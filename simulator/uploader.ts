/**
 * Chunks to ingest: batched, a bounded number of requests at once, each chunk until it has a receipt.
 *
 * Memory is bounded by batch size times requests in flight: whoever adds waits. The bytes of a chunk are
 * made once and sent as often as needed, so a repeat is the same chunk and harmless.
 *
 * @module
 */

import { Problem, problemSlug } from "@wavekeep/core/problem";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import { describe, RefusedError } from "./ingest_client.ts";
import {
  backoffMs,
  DEFAULT_RETRY,
  type RetryDeps,
  type RetryPolicy,
  SYSTEM_RETRY,
} from "./retry.ts";

/** How much at once. */
export interface UploaderLimits {
  readonly batchChunksMax: number;
  readonly batchBytesMax: number;
  readonly inFlightMax: number;
}

/** One chunk a request: a device that sends what it has as soon as it has it. */
export const PACED_LIMITS: UploaderLimits = {
  batchChunksMax: 1,
  batchBytesMax: 1 << 20,
  inFlightMax: 4,
};

/** Large requests, two at once: one is made while the other is stored. */
export const BULK_LIMITS: UploaderLimits = {
  batchChunksMax: 64,
  batchBytesMax: 1 << 20,
  inFlightMax: 2,
};

/** How the chunks of one uploader have fared. */
export interface UploadCounts {
  /** Stored by us. */
  stored: number;
  /** Were there already. */
  repeated: number;
  /** Attempts beyond the first, of single chunks. */
  retried: number;
}

/** Sends chunks. */
export interface Uploader {
  readonly counts: Readonly<UploadCounts>;
  /**
   * Takes over one chunk. Resolves when there is room for the next; not when it is stored.
   *
   * @throws {RefusedError} A chunk given before was refused for good.
   */
  add(chunk: Uint8Array): Promise<void>;
  /** Resolves when every chunk given so far has a receipt. */
  flush(): Promise<void>;
}

/** The part of the client that an uploader uses. */
export interface ChunkSender {
  sendChunks(bytes: Uint8Array<ArrayBuffer>, count: number): Promise<ChunkOutcome[]>;
}

/** Statuses of a single chunk that say "later". */
const TRANSIENT_OUTCOMES = new Set([408, 429, 500, 503]);

/** An uploader that sends through `client`. */
export function createUploader(
  client: ChunkSender,
  options: {
    limits: UploaderLimits;
    policy?: RetryPolicy;
    deps?: RetryDeps;
    signal?: AbortSignal;
    /** Awaited before each batch: where a backfill lets live data pass. */
    gate?: () => Promise<void>;
  },
): Uploader {
  const { limits, policy = DEFAULT_RETRY, deps = SYSTEM_RETRY, signal } = options;
  const counts: UploadCounts = { stored: 0, repeated: 0, retried: 0 };
  const inFlight = new Set<Promise<void>>();
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let failure: unknown;

  async function sendBatch(chunks: readonly Uint8Array[]): Promise<void> {
    let open = chunks;
    for (let failures = 0;; failures++) {
      await options.gate?.();
      const outcomes = await client.sendChunks(concat(open), open.length);
      const again: Uint8Array[] = [];
      let lastProblem: ChunkOutcome | undefined;
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 201) counts.stored++;
        else if (outcome.status === 200) counts.repeated++;
        else if (TRANSIENT_OUTCOMES.has(outcome.status)) {
          again.push(open[index]!);
          lastProblem = outcome;
        } else throw refusal(outcome);
      });
      if (again.length === 0) return;
      if (failures >= OUTCOME_ATTEMPTS_MAX) throw refusal(lastProblem!);
      counts.retried += again.length;
      open = again;
      await deps.sleep(backoffMs(failures, policy, deps.random()), signal);
    }
  }

  async function dispatch(): Promise<void> {
    if (batch.length === 0) return;
    const chunks = batch;
    batch = [];
    batchBytes = 0;
    while (inFlight.size >= limits.inFlightMax) await Promise.race(inFlight);
    if (failure !== undefined) throw failure;
    const sending: Promise<void> = sendBatch(chunks)
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }

  return {
    counts,
    async add(chunk) {
      if (failure !== undefined) throw failure;
      if (batchBytes + chunk.byteLength > limits.batchBytesMax) await dispatch();
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      if (batch.length >= limits.batchChunksMax) await dispatch();
    },
    async flush() {
      await dispatch();
      await Promise.all(inFlight);
      if (failure !== undefined) throw failure;
    },
  };
}

/** A chunk that fails alone this often, while the server answers, will not go in. */
const OUTCOME_ATTEMPTS_MAX = 12;

function refusal(outcome: ChunkOutcome): RefusedError {
  const parsed = Problem.safeParse(outcome.problem);
  const problem = parsed.success ? parsed.data : undefined;
  return new RefusedError(
    `Cannot store chunk: ${describe(outcome.status, problem)}`,
    outcome.status,
    problem === undefined ? undefined : problemSlug(problem),
  );
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
