/**
 * Group commit: chunks of requests that are under way at the same time become durable together.
 *
 * A commit waits for the disk, and every transaction costs four round trips; shared by ten requests they
 * cost each a tenth. Sole owner of which requests share a transaction:
 *
 * - Nobody waits for company alone. A request that finds nothing under way goes at once; while a group is
 *   under way requests gather, until it ends, or they are enough for a group, or some milliseconds have
 *   passed and another place is free. So the wait is bounded by one commit, and groups grow with the load.
 * - A group is of one site, because row-level security is set once a transaction. Sites take turns, and
 *   within a site senders do, one request at a time in the order of each: whoever sends a day in batches
 *   does not hold up those who send a second.
 * - A request is never split, and no two requests of a group hold the same position: the second waits for
 *   the next group, and is judged against what the first left.
 * - What waits is bounded; beyond that the answer is 503 at once, and the sender comes again. So it is for
 *   whoever has waited for some seconds in which no transaction ended: the store hangs, and a sender who is
 *   told so keeps what he has.
 * - Only whole, checked and sealed requests get here: how slowly a body arrives, or whether its sender is
 *   still there for the answer, is of no concern to a group.
 *
 * | The group's transaction | What becomes of its requests |
 * |---|---|
 * | returned from COMMIT | each has its own results |
 * | the store is away, or the outcome unknown | the same error for each: a 503, and the sender repeats |
 * | aborted for any other reason | each is tried alone, so that one bad row takes no other request down |
 *
 * @module
 */

import { CommitOutcomeUnknownError, type Logger } from "@wavekeep/core/service";
import { setImmediate } from "node:timers";
import type { IngestLimits } from "./deps.ts";
import type { ChunkRequest, IngestStore, PutChunkResult } from "./store/ingest_store.ts";
import { StoreUnavailableError } from "./store/store_errors.ts";

/** Commits chunks, together with those of other requests. */
export interface CommitQueue {
  /**
   * Stores the chunks of one request; otherwise as {@link IngestStore.putChunks}.
   *
   * @throws {StoreUnavailableError} Also when too much waits already; nothing was written.
   */
  putChunks(request: ChunkRequest): Promise<PutChunkResult[]>;
  /** Of this moment. */
  figures(): CommitFigures;
  /** Resolves when nothing waits and nothing is under way. */
  settled(): Promise<void>;
}

/** How full a queue is. */
export interface CommitFigures {
  readonly waitingChunks: number;
  readonly waitingBytes: number;
  /** Transactions under way. */
  readonly running: number;
}

/** One request in the queue. */
interface Waiting {
  readonly request: ChunkRequest;
  readonly positions: readonly string[];
  readonly byteLength: number;
  /** Since when, by `performance.now()`. */
  readonly sinceMs: number;
  resolve(results: PutChunkResult[]): void;
  reject(error: unknown): void;
}

/** What waits of one site: senders in the order of their turns, each with its requests in order. */
type SiteQueue = Map<string, Waiting[]>;

/** A queue over a store. */
export function createCommitQueue(
  { store, logger, limits, timer = systemTimer, soon = setImmediate, onTake }: {
    readonly store: IngestStore;
    readonly logger: Logger;
    /** Runs a task later, unless what it returns is called before. */
    readonly timer?: (delayMs: number, task: () => void) => () => void;
    readonly limits: Pick<
      IngestLimits,
      | "groupsAtOnce"
      | "gatherMs"
      | "groupChunksMax"
      | "groupBytesMax"
      | "waitingChunksMax"
      | "waitingBytesMax"
      | "stalledMsMax"
    >;
    /** Runs a task at the end of this turn of the event loop; a simulation has turns of its own. */
    readonly soon?: (task: () => void) => unknown;
    /** Told of each request, when its transaction begins, how long it has waited. */
    readonly onTake?: ((waitedMs: number) => void) | undefined;
  },
): CommitQueue {
  const sites = new Map<number, SiteQueue>();
  let waitingChunks = 0;
  let waitingBytes = 0;
  let running = 0;
  let isStarting = false;
  /** When the last group started. */
  let startedMs = -Infinity;
  /** When the last group ended that the store had an answer for. */
  let endedMs = -Infinity;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let unwatch: (() => void) | undefined;
  let idle: PromiseWithResolvers<void> | undefined;

  /** At the end of this turn of the event loop, so that what became ready in it goes together. */
  function start(): void {
    if (isStarting) return;
    isStarting = true;
    soon(() => {
      isStarting = false;
      fillPlaces();
    });
  }

  function fillPlaces(): void {
    clearTimeout(gathering);
    while (running < limits.groupsAtOnce && sites.size > 0) {
      const restMs = startedMs + limits.gatherMs - performance.now();
      if (running > 0 && waitingChunks < limits.groupChunksMax && restMs > 0) {
        gathering = setTimeout(fillPlaces, restMs);
        return;
      }
      startedMs = performance.now();
      void run(takeGroup());
    }
  }

  async function run(group: readonly Waiting[]): Promise<void> {
    running++;
    const isAnswered = await commitGroup(store, logger, group);
    running--;
    if (isAnswered) endedMs = performance.now();
    // Those behind it would only wait as long for the same, and be told too late.
    else sendAway(performance.now() - limits.stalledMsMax / 2);
    if (sites.size > 0) start();
    else if (running === 0) idle?.resolve();
  }

  /** Looks now and then whether the store still moves. */
  function watch(): void {
    if (unwatch !== undefined || sites.size === 0) return;
    unwatch = timer(limits.stalledMsMax / 10, () => {
      unwatch = undefined;
      const beforeMs = performance.now() - limits.stalledMsMax;
      if (running > 0 && endedMs < beforeMs) sendAway(beforeMs);
      watch();
    });
  }

  /** Refuses who waits since before a moment, for a store that does not move. */
  function sendAway(beforeMs: number): void {
    for (const waiting of takeStalled(sites, beforeMs)) {
      waitingChunks -= waiting.request.chunks.length;
      waitingBytes -= waiting.byteLength;
      waiting.reject(
        new StoreUnavailableError(
          `Cannot store chunks: no transaction has ended for ${limits.stalledMsMax} ms`,
        ),
      );
    }
    if (sites.size > 0) return;
    unwatch?.();
    unwatch = undefined;
  }

  function takeGroup(): Waiting[] {
    const [siteId, queue] = sites.entries().next().value!;
    const group = gather(queue, limits);
    for (const { request, byteLength, sinceMs } of group) {
      onTake?.(startedMs - sinceMs);
      waitingChunks -= request.chunks.length;
      waitingBytes -= byteLength;
    }
    // Put back at the end: the next group is another site's.
    sites.delete(siteId);
    if (queue.size > 0) sites.set(siteId, queue);
    if (sites.size === 0) {
      unwatch?.();
      unwatch = undefined;
    }
    return group;
  }

  return {
    putChunks(request) {
      const byteLength = request.chunks.reduce((sum, { body }) => sum + body.byteLength, 0);
      const chunkCount = request.chunks.length;
      // A request alone always fits, whatever the limits.
      if (
        waitingChunks > 0 && (waitingChunks + chunkCount > limits.waitingChunksMax ||
          waitingBytes + byteLength > limits.waitingBytesMax)
      ) {
        return Promise.reject(
          new StoreUnavailableError(
            `Cannot queue ${chunkCount} chunks: ${waitingChunks} of ${waitingBytes} bytes wait`,
          ),
        );
      }
      const { promise, resolve, reject } = Promise.withResolvers<PutChunkResult[]>();
      const positions = request.chunks.map((chunk) =>
        `${chunk.recordingId}/${chunk.segmentNumber}/${chunk.stream}/${chunk.sequence}`
      );
      const { siteId, actor } = request.sender;
      const queue: SiteQueue = sites.get(siteId) ?? new Map();
      const own = queue.get(actor) ?? [];
      const sinceMs = performance.now();
      own.push({ request, positions, byteLength, sinceMs, resolve, reject });
      queue.set(actor, own);
      sites.set(siteId, queue);
      waitingChunks += chunkCount;
      waitingBytes += byteLength;
      start();
      watch();
      return promise;
    },
    figures: () => ({ waitingChunks, waitingBytes, running }),
    async settled() {
      if (running === 0 && sites.size === 0) return;
      idle ??= Promise.withResolvers();
      await idle.promise;
      idle = undefined;
    },
  };
}

function systemTimer(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}

/** Takes out whoever waits since before a moment; of each sender those come first. */
function takeStalled(sites: Map<number, SiteQueue>, beforeMs: number): Waiting[] {
  const stalled: Waiting[] = [];
  for (const [siteId, queue] of sites) {
    for (const [actor, own] of queue) {
      while (own.length > 0 && own[0]!.sinceMs < beforeMs) stalled.push(own.shift()!);
      if (own.length === 0) queue.delete(actor);
    }
    if (queue.size === 0) sites.delete(siteId);
  }
  return stalled;
}

/** Takes one request of each sender in turn, until the group is full or nobody has one that fits. */
function gather(
  queue: SiteQueue,
  { groupChunksMax, groupBytesMax }: Pick<IngestLimits, "groupChunksMax" | "groupBytesMax">,
): Waiting[] {
  const group: Waiting[] = [];
  const taken = new Set<string>();
  let chunkCount = 0;
  let byteLength = 0;
  const fits = ({ request, positions, byteLength: own }: Waiting) =>
    group.length === 0 ||
    chunkCount + request.chunks.length <= groupChunksMax && byteLength + own <= groupBytesMax &&
      !positions.some((position) => taken.has(position));
  // A Map keeps the order of insertion: the first sender has waited longest for its turn.
  let refusals = 0;
  while (refusals < queue.size && chunkCount < groupChunksMax) {
    const [actor, own] = queue.entries().next().value!;
    const [next] = own;
    if (!fits(next!)) {
      // Put behind those who may still fit; all who do not fit keep their order, and come first next time.
      refusals++;
      queue.delete(actor);
      queue.set(actor, own);
      continue;
    }
    refusals = 0;
    own.shift();
    queue.delete(actor);
    if (own.length > 0) queue.set(actor, own);
    group.push(next!);
    for (const position of next!.positions) taken.add(position);
    chunkCount += next!.request.chunks.length;
    byteLength += next!.byteLength;
  }
  return group;
}

/** Settles every request of the group; never rejects. @returns Whether the store had an answer. */
async function commitGroup(
  store: IngestStore,
  logger: Logger,
  group: readonly Waiting[],
): Promise<boolean> {
  if (group.length === 1) return await commitAlone(store, group[0]!);
  let results: PutChunkResult[][];
  try {
    results = await store.putChunkGroup(group.map(({ request }) => request));
  } catch (error) {
    if (isAboutTheStore(error)) {
      for (const { reject } of group) reject(error);
      return false;
    }
    logger.warn("group aborted", { requestCount: group.length, error });
    for (const waiting of group) await commitAlone(store, waiting);
    return true;
  }
  for (const [index, { resolve }] of group.entries()) resolve(results[index]!);
  return true;
}

async function commitAlone(
  store: IngestStore,
  { request: { sender, chunks, sets }, resolve, reject }: Waiting,
): Promise<boolean> {
  try {
    resolve(await store.putChunks(sender, chunks, sets));
    return true;
  } catch (error) {
    reject(error);
    return !isAboutTheStore(error);
  }
}

/** Trying in smaller parts would only wait for the same store again. */
export function isAboutTheStore(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof CommitOutcomeUnknownError;
}
