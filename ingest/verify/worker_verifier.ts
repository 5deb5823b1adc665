/**
 * Verifies chunks in workers, so that the event loop has time for requests and commits.
 *
 * Sole owner of the workers. Chunks wait in one line; a worker that has little to do takes the next few
 * of them as one group (`desk_worker.ts`), because to wake a worker and to be woken by it costs as much as a
 * third of a chunk: the first one goes at once, and beside those that went just now they gather for some
 * milliseconds. One worker is enough for thousands of live devices, after a stall, too: it checks more than
 * the event loop can answer. Another one is started when a line has formed that one does not end and batches
 * stand in it, and goes when it has had nothing to do for a while, because each holds some thirty megabytes.
 * Hazard: a worker that fails takes what it was given with it; those chunks fail with it, unacknowledged, and
 * another worker takes its place.
 *
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import { setImmediate } from "node:timers";
import { GROUP_CHUNKS_MAX, PLACES } from "./desk.ts";
import { DeskWorker, type Waiting } from "./desk_worker.ts";
import { memoryGiver } from "./give_back.ts";
import { inlineVerifier, type VerifiedChunk, type Verifier } from "./verifier.ts";

/** Chunks that are not worth a second group: while few wait, they gather. */
const GROUP_CHUNKS_MIN = 4;

/** How long they gather after a group, in milliseconds. */
const GATHER_MS = 3;

/** Chunks that are not worth another worker: one is through with them in some milliseconds. */
const LINE_CHUNKS_MIN = 32;

/** How long a worker that is not needed stays, in milliseconds. */
const IDLE_MS = 20_000;

/** Bytes of sets that one worker keeps; read, a set takes some twenty times its bytes. */
const SET_BYTES_MAX = 1024 * 1024;

/** How long a worker keeps a set that no chunk names, in milliseconds: a live device names its own each second. */
const SET_IDLE_MS = 5 * 60_000;

/** A verifier that knows when its workers are there. */
export interface WorkerVerifier extends Verifier {
  /** Resolves when the first worker has loaded, or will not. Until then chunks are verified inline. */
  readonly loaded: Promise<void>;
  /** Those that have loaded, or will have. */
  readonly workerCount: number;
  /** Parameter sets that they keep. */
  readonly setCount: number;
}

/**
 * A verifier of up to `count` workers.
 *
 * @param options.setBytesMax Bytes of sets that each of them keeps.
 * @param options.setIdleMs How long it keeps one that no chunk names.
 */
export function workerVerifier(
  { count, logger, setBytesMax = SET_BYTES_MAX, setIdleMs = SET_IDLE_MS }: {
    readonly count: number;
    readonly logger: Logger;
    readonly setBytesMax?: number;
    readonly setIdleMs?: number;
  },
): WorkerVerifier {
  const line: Waiting[] = [];
  const workers: DeskWorker[] = [];
  let isStarting = false;
  let isClosed = false;
  let hasGivenUp = false;
  const inline = inlineVerifier(nodeSha256);
  const giveBack = memoryGiver();
  const loaded = Promise.withResolvers<void>();
  /** When the last group went. */
  let sentMs = -Infinity;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;

  function startWorker(): DeskWorker {
    const own = new DeskWorker({
      setBytesMax,
      setIdleMs,
      onFree: () => {
        loaded.resolve();
        feed();
      },
      onFailed: (error) => fail(own, error),
    });
    return own;
  }

  function fail(own: DeskWorker, error: Error): void {
    logger.error("verifying worker failed", { error, groupCount: own.groupCount });
    for (const { reject } of own.end()) reject(error);
    if (isClosed) return;
    if (!own.isReady) return giveUp();
    workers[workers.indexOf(own)] = startWorker();
    feed();
  }

  /** A worker that cannot even load would not load the next time either. */
  function giveUp(): void {
    if (hasGivenUp) return;
    hasGivenUp = true;
    logger.error("chunks are verified without workers", { reason: "a worker did not start" });
    const error = new Error("Cannot verify: a worker did not start");
    for (const worker of workers.splice(0)) {
      for (const { reject } of worker.end()) reject(error);
    }
    for (const { task, resolve, reject } of line.splice(0)) {
      inline.verify(task).then(resolve, reject);
    }
    loaded.resolve();
  }

  function feed(): void {
    clearTimeout(gathering);
    gathering = undefined;
    while (line.length > 0) {
      const own = nextWorker();
      if (own === undefined) return;
      const restMs = sentMs + GATHER_MS - performance.now();
      if (line.length < GROUP_CHUNKS_MAX && restMs > 0) {
        gathering = setTimeout(feed, restMs);
        return;
      }
      const readyCount = workers.filter(({ isReady }) => isReady).length;
      // What waits is shared out, or one worker would take all and the others nothing.
      const share = Math.max(Math.ceil(line.length / readyCount), GROUP_CHUNKS_MIN);
      if (own.give(line, share) === 0) return;
      sentMs = own.usedMs;
    }
  }

  /** The worker that has least to do, when it may have more; others than the first only for a line. */
  function nextWorker(): DeskWorker | undefined {
    const isLine = line.length >= LINE_CHUNKS_MIN;
    const [first, ...others] = workers.filter(({ isReady }) => isReady);
    if (first === undefined) return undefined;
    const own = !isLine ? first : others.reduce(
      (a, b) => b.groupCount < a.groupCount ? b : a,
      first,
    );
    const atOnce = line.length < GROUP_CHUNKS_MAX ? 1 : PLACES;
    if (own.groupCount < atOnce) return own;
    if (isLine && line.some(({ task }) => task.isOneOfMany === true)) hireAnother();
    return undefined;
  }

  function hireAnother(): void {
    if (workers.length >= count || workers.some(({ isReady }) => !isReady)) return;
    workers.push(startWorker());
    watch ??= setInterval(letGo, IDLE_MS / 4);
  }

  /** Ends workers that are not needed, the first one never. */
  function letGo(): void {
    const before = performance.now() - IDLE_MS;
    for (const own of workers.slice(1)) {
      if (!own.isReady || own.groupCount > 0 || own.usedMs > before) continue;
      own.end();
      workers.splice(workers.indexOf(own), 1);
    }
    if (workers.length > 1) return;
    clearInterval(watch);
    watch = undefined;
  }

  workers.push(startWorker());
  return {
    loaded: loaded.promise,
    get workerCount() {
      return workers.length;
    },
    get setCount() {
      return workers.reduce((sum, { setCount }) => sum + setCount, 0);
    },
    figures: () => ({
      workers: workers.length,
      busy: workers.filter(({ groupCount }) => groupCount > 0).length,
      waitingChunks: line.length,
    }),
    verify(task) {
      if (isClosed) return Promise.reject(new Error("Cannot verify: the workers have ended"));
      // Also while they load, which takes the better part of a second.
      if (!workers.some(({ isReady }) => isReady)) return inline.verify(task);
      const { promise, resolve, reject } = Promise.withResolvers<VerifiedChunk>();
      line.push({ task, resolve, reject });
      giveBack();
      if (!isStarting) {
        isStarting = true;
        // At the end of this turn of the event loop: a batch asks for all its chunks in one.
        setImmediate(() => {
          isStarting = false;
          feed();
        });
      }
      return promise;
    },
    close() {
      isClosed = true;
      clearTimeout(gathering);
      clearInterval(watch);
      const error = new Error("Cannot verify: the workers have ended");
      for (const worker of workers) {
        for (const { reject } of worker.end()) reject(error);
      }
      for (const { reject } of line.splice(0)) reject(error);
    },
  };
}
