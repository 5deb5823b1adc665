/**
 * Chunks to ingest: batched, a bounded number of requests at once, each chunk until it has a receipt.
 *
 * Memory is bounded by batch size times requests in flight: whoever adds waits. The bytes of a chunk are
 * made once and sent as often as needed, so a repeat is the same chunk and harmless; a receipt that names another
 * chunk proves nothing, and the chunk goes again. A parameter set goes
 * before the first chunk of a request that names it, until the server is known to hold it; a server that
 * has lost one says so, and gets set and chunk again. A server that takes no more sets gets the same chunk
 * in a coding that needs none.
 *
 * @module
 */

import { Problem, type ProblemSlug, problemSlug, toProblem } from "@wavekeep/core/problem";
import type { ChunkOutcome, Receipt } from "@wavekeep/core/wire";
import { describe, RefusedError } from "./ingest_client.ts";
import { KnownSets, type Upload } from "./known_sets.ts";
import { closeRuns } from "./runs.ts";
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
  /** On the disk of a relay, or in a spool of the device's own: ingest has yet to get them. */
  held: number;
  /** Attempts beyond the first, of single chunks. */
  retried: number;
  /** Of those stored or repeated, how many named a parameter set. */
  acrossChannels: number;
  /** Bytes of those stored or repeated. */
  chunkBytes: number;
  /** Distinct parameter sets that the server took. */
  readonly sets: number;
  /** Bytes of their records. */
  readonly setBytes: number;
}

/** Sends chunks. */
export interface Uploader {
  readonly counts: Readonly<UploadCounts>;
  /**
   * Takes over one chunk and the set it names. Resolves when there is room for the next; not when it is stored.
   *
   * @throws {RefusedError} A chunk given before was refused for good.
   */
  add(upload: Upload): Promise<void>;
  /** Resolves when every chunk given so far has a receipt. */
  flush(): Promise<void>;
}

/** The part of the client that an uploader uses. */
export interface ChunkSender {
  sendChunks(bytes: Uint8Array<ArrayBuffer>, count: number): Promise<ChunkOutcome[]>;
}

/** Statuses of a single chunk that is on somebody's disk: ingest's, or a relay's. */
const TAKEN_OUTCOMES = new Set([200, 201, 202]);

/** Statuses of a single chunk that say "later". */
const TRANSIENT_OUTCOMES = new Set([408, 429, 500, 503]);

/** What a server says of a chunk because of the set it names. */
const SET_PROBLEMS: ReadonlySet<ProblemSlug> = new Set<ProblemSlug>([
  "parameter-set-missing",
  "parameter-set-limit",
  "parameter-set-invalid",
  // The set is stored there, and damaged.
  "integrity-failed",
]);

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
    /** Told of every receipt, of new chunks and of such that were there. */
    onReceipt?: (receipt: Receipt) => void;
  },
): Uploader {
  const { limits, policy = DEFAULT_RETRY, deps = SYSTEM_RETRY, signal } = options;
  const known = new KnownSets();
  const counts = {
    stored: 0,
    repeated: 0,
    held: 0,
    retried: 0,
    acrossChannels: 0,
    chunkBytes: 0,
    get sets() {
      return known.count;
    },
    get setBytes() {
      return known.byteLength;
    },
  };
  const inFlight = new Set<Promise<void>>();
  let batch: Upload[] = [];
  let batchBytes = 0;
  let failure: unknown;

  async function send(uploads: readonly Upload[]): Promise<ChunkOutcome[]> {
    try {
      return await client.sendChunks(known.bodyOf(closeRuns(uploads)), uploads.length);
    } catch (error) {
      // A chunk that goes alone has its problem as the answer to the request.
      if (uploads.length !== 1 || !(error instanceof RefusedError)) throw error;
      if (error.slug === undefined || !SET_PROBLEMS.has(error.slug)) throw error;
      return [{ status: error.status, problem: toProblem(error.slug, {}) }];
    }
  }

  async function sendBatch(uploads: readonly Upload[]): Promise<void> {
    let open = uploads;
    for (let failures = 0;; failures++) {
      await options.gate?.();
      const outcomes = await send(open);
      const again: Upload[] = [];
      let lastProblem: ChunkOutcome | undefined;
      let isAboutSets = false;
      outcomes.forEach((outcome, index) => {
        const upload = open[index]!;
        if (isOfAnother(upload, outcome)) {
          again.push(upload);
          lastProblem = OTHER_RECEIPT;
          return;
        }
        if (TAKEN_OUTCOMES.has(outcome.status)) {
          if (outcome.receipt !== undefined) options.onReceipt?.(outcome.receipt);
          counts.chunkBytes += upload.chunk.byteLength;
          if (upload.set !== null) counts.acrossChannels++;
        }
        if (outcome.status === 201) {
          counts.stored++;
          known.stored(upload, outcome.receipt?.incarnation);
        } else if (outcome.status === 202) {
          counts.held++;
          known.stored(upload, undefined);
        } else if (outcome.status === 200) counts.repeated++;
        else {
          const next = afterProblem(upload, outcome);
          isAboutSets ||= isSetProblem(upload, outcome);
          again.push(next);
          lastProblem = outcome;
        }
      });
      if (again.length === 0) return;
      if (failures >= OUTCOME_ATTEMPTS_MAX) throw refusal(lastProblem!);
      counts.retried += again.length;
      open = again;
      // What was asked for can go at once; asked for again, something is wrong that time may mend.
      if (isAboutSets && failures === 0) continue;
      await deps.sleep(backoffMs(failures, policy, deps.random()), signal);
    }
  }

  /** What to send after a problem that sending can mend. @throws {RefusedError} It cannot. */
  function afterProblem(upload: Upload, outcome: ChunkOutcome): Upload {
    if (isSetProblem(upload, outcome)) {
      if (slugOf(outcome) === "parameter-set-missing") {
        known.missing(upload);
        return upload;
      }
      const other = known.refused(upload);
      if (other !== undefined) return other;
    }
    if (!TRANSIENT_OUTCOMES.has(outcome.status)) throw refusal(outcome);
    return upload;
  }

  async function dispatch(): Promise<void> {
    if (batch.length === 0) return;
    const uploads = batch;
    batch = [];
    batchBytes = 0;
    while (inFlight.size >= limits.inFlightMax) await Promise.race(inFlight);
    if (failure !== undefined) throw failure;
    const sending: Promise<void> = sendBatch(uploads)
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }

  return {
    counts,
    async add(given) {
      if (failure !== undefined) throw failure;
      const upload = known.choose(given);
      const { byteLength } = upload.chunk;
      if (batchBytes + byteLength > limits.batchBytesMax) await dispatch();
      batch.push(upload);
      batchBytes += byteLength;
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

const OTHER_RECEIPT: ChunkOutcome = {
  status: 500,
  problem: toProblem("integrity-failed", { detail: "The receipt is of another chunk" }),
};

function isOfAnother({ digest }: Upload, { receipt }: ChunkOutcome): boolean {
  return digest !== undefined && receipt !== undefined && receipt.chunk_digest !== digest;
}

function refusal(outcome: ChunkOutcome): RefusedError {
  return new RefusedError(
    `Cannot store chunk: ${describe(outcome.status, problemOf(outcome))}`,
    outcome.status,
    slugOf(outcome),
  );
}

function isSetProblem({ set }: Upload, outcome: ChunkOutcome): boolean {
  const slug = slugOf(outcome);
  return set !== null && slug !== undefined && SET_PROBLEMS.has(slug);
}

function slugOf(outcome: ChunkOutcome): ProblemSlug | undefined {
  const problem = problemOf(outcome);
  return problem && problemSlug(problem);
}

function problemOf(outcome: ChunkOutcome): Problem | undefined {
  const parsed = Problem.safeParse(outcome.problem);
  return parsed.success ? parsed.data : undefined;
}
