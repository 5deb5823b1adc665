/**
 * Verifies chunks in workers, so that the event loop has time for requests and commits.
 *
 * Sole owner of the workers. Chunks wait in one line; a worker that has little to do takes the next few
 * of them in one message, because a message costs as much as half a chunk. Which sets a worker has is
 * decided here, and told to it with the chunks. Hazard: a worker that fails takes what it was given with
 * it; those chunks fail with it, unacknowledged, and another worker takes its place.
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
import { inlineVerifier, type VerifiedChunk, type Verifier, type VerifyTask } from "./verifier.ts";

/** Chunks of one message at most: about 5 ms of work, so that a small request soon has its turn. */
const MESSAGE_CHUNKS_MAX = 24;

/** Chunks that are not worth a second message: while few wait, they gather. */
const MESSAGE_CHUNKS_MIN = 4;

/** Messages a worker has at once, when full ones are there: one in hand and one to go on with. */
const MESSAGES_AT_ONCE = 2;

/** Bytes of sets that one worker keeps; read, a set takes some twenty times its bytes. */
const SET_BYTES_MAX = 1024 * 1024;

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
  /** Names and sizes of the sets it has, the one that was used last at the end. */
  readonly sets: Map<string, number>;
  setBytes: number;
  /** It has loaded. */
  isReady: boolean;
}

/** A verifier that knows when its workers are there. */
export interface WorkerVerifier extends Verifier {
  /** Resolves when all workers have loaded, or will not. Until then chunks are verified inline. */
  readonly loaded: Promise<void>;
}

/**
 * A verifier of `count` workers.
 *
 * @param options.setBytesMax Bytes of sets that each of them keeps.
 */
export function workerVerifier(
  { count, logger, setBytesMax = SET_BYTES_MAX }: {
    readonly count: number;
    readonly logger: Logger;
    readonly setBytesMax?: number;
  },
): WorkerVerifier {
  const line: Waiting[] = [];
  const workers: VerifyWorker[] = [];
  let isStarting = false;
  let isClosed = false;
  let hasGivenUp = false;
  const inline = inlineVerifier(nodeSha256);
  const loaded = Promise.withResolvers<void>();

  function startWorker(): VerifyWorker {
    const worker = new Worker(new URL("./verify_worker.ts", import.meta.url), { type: "module" });
    const own: VerifyWorker = { worker, pending: [], sets: new Map(), setBytes: 0, isReady: false };
    worker.onmessage = ({ data }: MessageEvent<VerifiedMessage | null>) => {
      if (data === null) {
        own.isReady = true;
        if (workers.every(({ isReady }) => isReady)) loaded.resolve();
      } else {
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
    const ready = workers.filter(({ isReady }) => isReady);
    while (line.length > 0 && ready.length > 0) {
      const own = ready.reduce((a, b) => b.pending.length < a.pending.length ? b : a);
      const atOnce = line.length < MESSAGE_CHUNKS_MAX ? 1 : MESSAGES_AT_ONCE;
      if (own.pending.length >= atOnce) return;
      // What waits is shared out, or one worker would take all and the others nothing.
      const share = Math.max(Math.ceil(line.length / ready.length), MESSAGE_CHUNKS_MIN);
      const group = line.splice(0, Math.min(share, MESSAGE_CHUNKS_MAX));
      const message = toMessage(group, own, setBytesMax);
      own.pending.push(group);
      own.worker.postMessage(message, [message.chunks.buffer, message.identities.buffer]);
    }
  }

  for (let i = 0; i < count; i++) workers.push(startWorker());
  return {
    loaded: loaded.promise,
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
  setBytesMax: number,
): VerifyMessage {
  const chunks = new Uint8Array(group.reduce((sum, { task }) => sum + task.bytes.byteLength, 0));
  const identities = new Uint8Array(group.length * IDENTITY_BYTES);
  const newSets: [string, Uint8Array][] = [];
  let offset = 0;
  const setNames = group.map(({ task: { bytes, identity, set } }, index) => {
    chunks.set(bytes, offset);
    offset += bytes.byteLength;
    identities.set(identity.descriptorDigest, index * IDENTITY_BYTES);
    identities.set(identity.segmentDigest, index * IDENTITY_BYTES + 32);
    if (set === undefined) return null;
    const name = formatHex(set.digest);
    if (own.sets.delete(name)) {
      own.setBytes -= set.set.bytes.byteLength;
    } else {
      newSets.push([name, set.set.bytes]);
    }
    own.sets.set(name, set.set.bytes.byteLength);
    own.setBytes += set.set.bytes.byteLength;
    return name;
  });
  return {
    chunks,
    lengths: group.map(({ task }) => task.bytes.byteLength),
    identities,
    setNames,
    newSets,
    oldSets: dropOldSets(own, new Set(setNames), setBytesMax),
  };
}

/** Sets that were not used for the longest time, until the rest fits; never one of this message. */
function dropOldSets(
  own: VerifyWorker,
  used: ReadonlySet<string | null>,
  setBytesMax: number,
): string[] {
  const dropped: string[] = [];
  for (const [name, byteLength] of own.sets) {
    if (own.setBytes <= setBytesMax || used.has(name)) break;
    own.sets.delete(name);
    own.setBytes -= byteLength;
    dropped.push(name);
  }
  return dropped;
}
