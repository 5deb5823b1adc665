/**
 * Verifies chunks in workers, so that the event loop has time for requests and commits.
 *
 * Sole owner of the workers. Chunks wait in one line; a worker that has little to do takes the next few
 * of them in one message, because a message costs as much as half a chunk: the first one goes at once, and
 * beside those that went just now they gather for some milliseconds. One worker is enough for thousands of
 * live devices, after a stall, too: it checks more than the event loop can answer. Another one is
 * started when a line has formed that one does not end and batches stand in it, and goes when it has had
 * nothing to do for a while, because each holds some thirty megabytes. Which sets a worker has is decided
 * here, and told to it with the chunks. Hazard: a worker that fails takes what it was given with it; those
 * chunks fail with it, unacknowledged, and another worker takes its place.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import type { Logger } from "@wavekeep/core/service";
import { SUMMARY_ROWS } from "@wavekeep/core/summary";
import { setImmediate } from "node:timers";
import {
  DIGESTS_BYTES,
  IDENTITY_BYTES,
  type VerifiedMessage,
  type VerifyMessage,
} from "./messages.ts";
import { SpareArrays } from "./spare_arrays.ts";
import { inlineVerifier, type VerifiedChunk, type Verifier, type VerifyTask } from "./verifier.ts";

/** Chunks of one message at most: about 5 ms of work, so that a small request soon has its turn. */
const MESSAGE_CHUNKS_MAX = 24;

/** Chunks that are not worth a second message: while few wait, they gather. */
const MESSAGE_CHUNKS_MIN = 4;

/** How long they gather after a message, in milliseconds. */
const GATHER_MS = 3;

/** Chunks that are not worth another worker: one is through with them in some milliseconds. */
const LINE_CHUNKS_MIN = 32;

/** How long a worker that is not needed stays, in milliseconds. */
const IDLE_MS = 20_000;

/** Messages a worker has at once, when full ones are there: one in hand and one to go on with. */
const MESSAGES_AT_ONCE = 2;

/** Bytes of sets that one worker keeps; read, a set takes some twenty times its bytes. */
const SET_BYTES_MAX = 1024 * 1024;

/** How long a worker keeps a set that no chunk names, in milliseconds: a live device names its own each second. */
const SET_IDLE_MS = 5 * 60_000;

/** One chunk in the line. */
interface Waiting {
  readonly task: VerifyTask;
  resolve(verified: VerifiedChunk): void;
  reject(error: unknown): void;
}

interface VerifyWorker {
  worker: Worker;
  /** What was sent and not answered, message by message. */
  readonly pending: (readonly Waiting[])[];
  /** The sets it has by name, the one that was used last at the end. */
  readonly sets: Map<string, { readonly byteLength: number; readonly usedMs: number }>;
  setBytes: number;
  /** It has loaded. */
  isReady: boolean;
  /** When it was given something. */
  usedMs: number;
}

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
  const workers: VerifyWorker[] = [];
  let isStarting = false;
  let isClosed = false;
  let hasGivenUp = false;
  const inline = inlineVerifier(nodeSha256);
  const spare = new SpareArrays();
  const loaded = Promise.withResolvers<void>();
  /** When the last message went. */
  let sentMs = -Infinity;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;

  function startWorker(): VerifyWorker {
    const worker = new Worker(new URL("./verify_worker.ts", import.meta.url), { type: "module" });
    const own: VerifyWorker = {
      worker,
      pending: [],
      sets: new Map(),
      setBytes: 0,
      isReady: false,
      usedMs: performance.now(),
    };
    worker.onmessage = ({ data }: MessageEvent<VerifiedMessage | null>) => {
      if (data === null) {
        own.isReady = true;
        loaded.resolve();
      } else {
        spare.put(data.chunks);
        settle(own.pending.shift()!, data);
      }
      feed();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(own, new Error(`Verifying worker failed: ${event.message}`));
    };
    return own;
  }

  function fail(own: VerifyWorker, error: Error): void {
    logger.error("verifying worker failed", { error, messageCount: own.pending.length });
    own.worker.terminate();
    for (const { reject } of own.pending.flat()) reject(error);
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
    for (const { worker, pending } of workers.splice(0)) {
      worker.terminate();
      for (const { reject } of pending.flat()) reject(error);
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
      if (line.length < MESSAGE_CHUNKS_MAX && restMs > 0) {
        gathering = setTimeout(feed, restMs);
        return;
      }
      const readyCount = workers.filter(({ isReady }) => isReady).length;
      // What waits is shared out, or one worker would take all and the others nothing.
      const share = Math.max(Math.ceil(line.length / readyCount), MESSAGE_CHUNKS_MIN);
      const group = line.splice(0, Math.min(share, MESSAGE_CHUNKS_MAX));
      const message = toMessage(group, own, { setBytesMax, setIdleMs, spare });
      own.pending.push(group);
      own.usedMs = sentMs = performance.now();
      own.worker.postMessage(message, [message.chunks.buffer, message.identities.buffer]);
    }
  }

  /** The worker that has least to do, when it may have more; others than the first only for a line. */
  function nextWorker(): VerifyWorker | undefined {
    const isLine = line.length >= LINE_CHUNKS_MIN;
    const [first, ...others] = workers.filter(({ isReady }) => isReady);
    if (first === undefined) return undefined;
    const own = !isLine ? first : others.reduce(
      (a, b) => b.pending.length < a.pending.length ? b : a,
      first,
    );
    const atOnce = line.length < MESSAGE_CHUNKS_MAX ? 1 : MESSAGES_AT_ONCE;
    if (own.pending.length < atOnce) return own;
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
      if (!own.isReady || own.pending.length > 0 || own.usedMs > before) continue;
      own.worker.terminate();
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
      return workers.reduce((sum, { sets }) => sum + sets.size, 0);
    },
    figures: () => ({
      workers: workers.length,
      busy: workers.filter(({ pending }) => pending.length > 0).length,
      waitingChunks: line.length,
    }),
    verify(task) {
      if (isClosed) return Promise.reject(new Error("Cannot verify: the workers have ended"));
      // Also while they load, which takes the better part of a second.
      if (!workers.some(({ isReady }) => isReady)) return inline.verify(task);
      const { promise, resolve, reject } = Promise.withResolvers<VerifiedChunk>();
      line.push({ task, resolve, reject });
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
      for (const { worker, pending } of workers) {
        worker.terminate();
        for (const { reject } of pending.flat()) reject(error);
      }
      for (const { reject } of line.splice(0)) reject(error);
    },
  };
}

function settle(
  group: readonly Waiting[],
  { digests, summaries, channelCounts, failures }: VerifiedMessage,
): void {
  let summaryOffset = 0;
  const failed = new Map(failures.map(({ index, error }) => [index, error]));
  for (const [index, { resolve, reject }] of group.entries()) {
    const error = failed.get(index);
    if (error !== undefined) {
      reject(isCoreError(error) ? error : new Error(`Cannot verify a chunk: ${error}`));
      continue;
    }
    const start = index * DIGESTS_BYTES;
    const channelCount = channelCounts[index]!;
    const values = summaries.subarray(
      summaryOffset,
      summaryOffset += channelCount * SUMMARY_ROWS,
    );
    resolve({
      chunkDigest: digests.subarray(start, start + 32),
      storedDigest: digests.subarray(start + 32, start + DIGESTS_BYTES),
      summary: { channelCount, values },
    });
  }
}

function toMessage(
  group: readonly Waiting[],
  own: VerifyWorker,
  { setBytesMax, setIdleMs, spare }: {
    readonly setBytesMax: number;
    readonly setIdleMs: number;
    readonly spare: SpareArrays;
  },
): VerifyMessage {
  const usedMs = performance.now();
  const chunks = spare.take(group.reduce((sum, { task }) => sum + task.bytes.byteLength, 0));
  const identities = new Uint8Array(group.length * IDENTITY_BYTES);
  const newSets: [string, Uint8Array][] = [];
  let offset = 0;
  const setNames = group.map(({ task: { bytes, identity, set, publicKey } }, index) => {
    chunks.set(bytes, offset);
    offset += bytes.byteLength;
    identities.set(identity.descriptorDigest, index * IDENTITY_BYTES);
    identities.set(identity.segmentDigest, index * IDENTITY_BYTES + 32);
    if (publicKey !== undefined) identities.set(publicKey, index * IDENTITY_BYTES + 64);
    if (set === undefined) return null;
    const name = formatHex(set.digest);
    if (own.sets.delete(name)) {
      own.setBytes -= set.set.bytes.byteLength;
    } else {
      newSets.push([name, set.set.bytes]);
    }
    own.sets.set(name, { byteLength: set.set.bytes.byteLength, usedMs });
    own.setBytes += set.set.bytes.byteLength;
    return name;
  });
  return {
    chunks,
    lengths: group.map(({ task }) => task.bytes.byteLength),
    identities,
    setNames,
    newSets,
    oldSets: dropOldSets(own, new Set(setNames), { setBytesMax, beforeMs: usedMs - setIdleMs }),
  };
}

/**
 * Sets that were last used before a moment, and those that were not used for the longest time until the rest
 * fits; never one of this message.
 */
function dropOldSets(
  own: VerifyWorker,
  used: ReadonlySet<string | null>,
  { setBytesMax, beforeMs }: { readonly setBytesMax: number; readonly beforeMs: number },
): string[] {
  const dropped: string[] = [];
  for (const [name, { byteLength, usedMs }] of own.sets) {
    if (own.setBytes <= setBytesMax && usedMs > beforeMs || used.has(name)) break;
    own.sets.delete(name);
    own.setBytes -= byteLength;
    dropped.push(name);
  }
  return dropped;
}
