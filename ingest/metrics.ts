/**
 * What ingest measures of itself. Counts and times only: no label names anybody.
 *
 * @module
 */

import type { ChunkHeader } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { Metrics, observePools, observeProcess, RequestMetrics } from "@wavekeep/core/service";
import type { ChunkVerdict } from "./accept_chunk.ts";
import type { CommitQueue } from "./commit_queue.ts";
import type { Verifier } from "./verify/verifier.ts";

/** Of one process. */
export class IngestMetrics {
  readonly registry: Metrics = new Metrics();
  readonly requests: RequestMetrics = new RequestMetrics(this.registry);
  /** For the commit queue: told how long each request waited. */
  readonly onTake: (waitedMs: number) => void;
  readonly #chunks = this.registry.countBy(
    "wavekeep_ingest_chunks_total",
    "Chunks that were answered with a receipt: stored, or stored before",
    "outcome",
  );
  readonly #samples = this.registry.counter(
    "wavekeep_ingest_samples_total",
    "Samples of stored chunks, all channels together",
  );
  readonly #refused = this.registry.countBy(
    "wavekeep_ingest_refused_chunks_total",
    "Chunks that were refused, by the type of the problem",
    "problem",
  );

  constructor() {
    observeProcess(this.registry);
    const wait = this.registry.histogram(
      "wavekeep_ingest_commit_wait_seconds",
      "How long requests waited for a transaction to begin",
    );
    this.onTake = (waitedMs) => wait.observe(waitedMs / 1000);
  }

  /** What became of a chunk that was whole. */
  judged(
    verdict: ChunkVerdict,
    { sampleCount, channelCount }: Pick<ChunkHeader, "sampleCount" | "channelCount">,
  ): void {
    if (verdict instanceof ProblemError) return this.refused(verdict);
    const isNew = verdict.status === 201;
    this.#chunks.add(isNew ? "stored" : "repeated");
    if (isNew) this.#samples.add(sampleCount * channelCount);
  }

  refused({ slug }: ProblemError): void {
    this.#refused.add(slug);
  }

  /** Adds what others know when they are asked. */
  observe(
    { commits, verifier, pools }: {
      readonly commits: CommitQueue;
      readonly verifier: Verifier;
      readonly pools: Parameters<typeof observePools>[1];
    },
  ): void {
    const { registry } = this;
    observePools(registry, pools);
    registry.gauge(
      "wavekeep_ingest_commit_waiting_chunks",
      "Chunks that wait for a transaction",
      () => commits.figures().waitingChunks,
    );
    registry.gauge(
      "wavekeep_ingest_commit_waiting_bytes",
      "Bytes of the chunks that wait for a transaction",
      () => commits.figures().waitingBytes,
    );
    registry.gauge(
      "wavekeep_ingest_commit_running",
      "Transactions of chunks under way",
      () => commits.figures().running,
    );
    registry.gauge(
      "wavekeep_ingest_verify_workers",
      "Workers that verify chunks; 0 when the event loop does",
      () => verifier.figures?.().workers ?? 0,
    );
    registry.gauge(
      "wavekeep_ingest_verify_workers_busy",
      "Workers that have something to verify",
      () => verifier.figures?.().busy ?? 0,
    );
    registry.gauge(
      "wavekeep_ingest_verify_waiting_chunks",
      "Chunks that wait for a worker",
      () => verifier.figures?.().waitingChunks ?? 0,
    );
  }
}
