/**
 * Summaries as chunks arrive: gathered in memory, written off the hot path.
 *
 * Sole owner of when that happens. No acknowledgement ever waits for it, and nothing here can make one
 * fail: what is lost in a crash, thrown away because the database is away for long, or never made, readers
 * compute from the chunks, and repairing makes it up.
 *
 * - A stream is written when it has filled a block, so that a block of level 0 is written once; when nothing
 *   has come for some seconds; when memory is short; and when the service drains.
 * - A file that is sent at full speed fills a block every few milliseconds. Several are written at once,
 *   because every flush writes the blocks of all levels.
 * - Two thousand streams that began in the same second fill their blocks in the same second. Each waits a
 *   while of its own (`pace.ts`), and what is due is written some at a time, with pauses as long as what it
 *   took, also when memory is short: requests keep their turns.
 * - When a stream is met for the first time by this process, the blocks that a crash may have cost it are
 *   counted, and made up where something is missing.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import { BLOCK_BUCKETS } from "@wavekeep/core/summary";
import type { CheckedChunk } from "../check_chunk.ts";
import { flushSummaries, type PendingStream } from "./flush.ts";
import { delayMs } from "./pace.ts";
import { PagePool } from "./page_pool.ts";
import { PendingChunks } from "./pending_chunks.ts";
import { createFirstMeetings } from "./first_meetings.ts";
import type { RepairDeps } from "./repair.ts";
import { DEFAULT_SUMMARY_LIMITS, type SummaryLimits } from "./summary_limits.ts";

/** What of a stored chunk is summarised. */
export type SummarisedChunk = Pick<CheckedChunk, "segment" | "recording" | "header" | "summary">;

/** Takes summaries of chunks whose commit has returned. */
export interface Summaries {
  /** Takes one; returns at once and never throws. */
  add(chunk: SummarisedChunk): void;
  /** Writes what is left, once; what the store does not take is given up. */
  close(): Promise<void>;
}

const GIVEN_UP = "summaries given up, readers compute them from chunks";

/** Longest pause after a flush. */
const PAUSE_MS_MAX = 1_000;

/** For an ingest without a deriver: nothing is kept, and readers compute from chunks. */
export const noSummaries: Summaries = { add() {}, close: () => Promise.resolve() };

interface OpenStream extends PendingStream {
  readonly name: string;
  /** As the newest chunk had it: a reassignment wraps its key anew. */
  recording: PendingStream["recording"];
  pending: PendingChunks;
  lastMs: number;
  /** When the block began that is not full yet. */
  blockStartMs: number;
  /** Sequence after the last block that is full. */
  fullEnd: number;
  /** When the full blocks are due; never while there is none. */
  dueMs: number;
  isReady: boolean;
  /** Written as it is, the block that is not full yet included. */
  isWhole: boolean;
}

/** Summaries over a store. */
export function createSummaries(
  deps: RepairDeps & { readonly logger: Logger; readonly nowMs?: () => number },
  limits: SummaryLimits = DEFAULT_SUMMARY_LIMITS,
): Summaries {
  const nowMs = deps.nowMs ?? (() => performance.now());
  /** Streams with something pending. A Map keeps the order in which they began. */
  const open = new Map<string, OpenStream>();
  const pool = new PagePool();
  /** Those of them that are due, site by site in the order they came due. */
  const ready = new Map<number, Set<OpenStream>>();
  const repairs = createFirstMeetings(deps, {
    limits,
    // A block is as much as a flush; the next one comes when requests had their turn.
    betweenBlocks: () => isClosing ? undefined : pause(limits.tickMs / 2),
  });
  let pendingBytes = 0;
  let isClosing = false;
  let failureCount = 0;
  let givenUp = { streamCount: 0, chunkCount: 0 };
  let worker: Promise<void> | undefined;
  let wake: (() => void) | undefined;

  function setReady(stream: OpenStream, { isWhole = false } = {}): void {
    stream.isWhole ||= isWhole;
    if (stream.isReady) return;
    stream.isReady = true;
    const { siteId } = stream.recording;
    const own = ready.get(siteId) ?? new Set();
    ready.set(siteId, own.add(stream));
    wake?.();
  }

  /** Streams that are due, and those for which nothing has come; all when there is no time or no room. */
  function findReady(): void {
    const now = nowMs();
    const isShort = pendingBytes > limits.pendingBytesMax;
    for (const stream of open.values()) {
      if (isClosing || stream.lastMs <= now - limits.idleMs) setReady(stream, { isWhole: true });
      else if (stream.dueMs <= now || isShort && stream.dueMs < Infinity) setReady(stream);
    }
    if (!isShort || ready.size > 0) return;
    for (const stream of open.values()) setReady(stream, { isWhole: true });
  }

  function takeGroup(): PendingStream[] {
    const [entry] = ready;
    if (entry === undefined) return [];
    const [siteId, own] = entry;
    const group = [...own].slice(0, limits.streamsPerFlush).map((stream) => {
      own.delete(stream);
      return take(stream);
    });
    // Sites take turns.
    ready.delete(siteId);
    if (own.size > 0) ready.set(siteId, own);
    return group;
  }

  /** What is due of a stream; the block that is not full yet stays where it is. */
  function take(stream: OpenStream): PendingStream {
    pendingBytes -= stream.pending.byteLength;
    const pending = stream.isWhole
      ? stream.pending.takeAll()
      : stream.pending.takeBefore(stream.fullEnd);
    if (stream.isWhole || stream.pending.count === 0) {
      open.delete(stream.name);
    } else {
      pendingBytes += stream.pending.byteLength;
      stream.dueMs = Infinity;
      stream.isReady = false;
    }
    const { recording, recordingId, segmentNumber, stream: number } = stream;
    return { recording, recordingId, segmentNumber, stream: number, pending };
  }

  /** There is no room at all: what has waited longest goes. Told of when somebody has time to. */
  function giveUpOldest(): void {
    const [stream] = open.values();
    if (stream === undefined) return;
    open.delete(stream.name);
    ready.get(stream.recording.siteId)?.delete(stream);
    pendingBytes -= stream.pending.byteLength;
    givenUp.streamCount++;
    givenUp.chunkCount += stream.pending.takeAll().count;
  }

  function tellGivenUp(): void {
    if (givenUp.streamCount === 0) return;
    deps.logger.warn(GIVEN_UP, { ...givenUp });
    givenUp = { streamCount: 0, chunkCount: 0 };
  }

  function openStream(written: PendingStream): OpenStream {
    const name = nameOf(written);
    const now = nowMs();
    const stream = {
      ...written,
      name,
      lastMs: now,
      blockStartMs: now,
      fullEnd: 0,
      dueMs: Infinity,
      isReady: false,
      isWhole: false,
    };
    open.set(name, stream);
    pendingBytes += stream.pending.byteLength;
    return stream;
  }

  /** A stream has filled a block: it is due when its moment comes. */
  function setDue(stream: OpenStream, fullEnd: number): void {
    const now = nowMs();
    const { streamMs } = limits;
    const fillMs = now - stream.blockStartMs;
    stream.blockStartMs = now;
    stream.fullEnd = Math.max(stream.fullEnd, fullEnd);
    if (stream.dueMs < Infinity) return;
    stream.dueMs = now + delayMs(stream.name, { fillMs, streamCount: open.size, streamMs });
    // Sooner than anybody would look.
    if (stream.dueMs - now < limits.tickMs) setReady(stream);
  }

  /** One writer at a time; it ends when nothing is pending. */
  async function work(): Promise<void> {
    let lastTickMs = -Infinity;
    while (true) {
      if (
        isClosing || pendingBytes > limits.pendingBytesMax || nowMs() - lastTickMs >= limits.tickMs
      ) {
        findReady();
        tellGivenUp();
        lastTickMs = nowMs();
      }
      const group = takeGroup();
      if (group.length > 0) {
        const startMs = nowMs();
        const isWritten = await flushGroup(group);
        if (isClosing) continue;
        if (!isWritten) await pause(limits.retryMs * 2 ** Math.min(failureCount - 1, 4));
        else await pause(pauseAfter(nowMs() - startMs));
      } else if (repairs.size > 0 && !isClosing) {
        const startMs = nowMs();
        await repairs.repairNext();
        await pause(Math.min(PAUSE_MS_MAX, (nowMs() - startMs) * limits.pauseShare));
      } else if (open.size === 0) {
        return;
      } else {
        await pause(limits.tickMs, { untilReady: true });
      }
    }
  }

  function pauseAfter(flushMs: number): number {
    if (pendingBytes > limits.pendingBytesMax) return flushMs * limits.shortPauseShare;
    return Math.min(PAUSE_MS_MAX, Math.max(limits.pauseMsMin, flushMs * limits.pauseShare));
  }

  async function flushGroup(group: readonly PendingStream[]): Promise<boolean> {
    try {
      await flushSummaries(deps, group[0]!.recording.siteId, group);
      failureCount = 0;
      return true;
    } catch (error) {
      failureCount++;
      const chunkCount = group.reduce((sum, { pending }) => sum + pending.count, 0);
      const fields = { streamCount: group.length, chunkCount, error };
      if (isClosing || pendingBytes > 2 * limits.pendingBytesMax) {
        deps.logger.warn(GIVEN_UP, fields);
      } else {
        deps.logger.warn("summaries not written yet", fields);
        for (const stream of group) putBack(stream);
      }
      return false;
    }
  }

  function putBack(written: PendingStream): void {
    const newer = open.get(nameOf(written));
    if (newer === undefined) return setReady(openStream(written), { isWhole: true });
    pendingBytes -= newer.pending.byteLength;
    for (const { sequence, summary } of written.pending.summaries()) {
      newer.pending.push(sequence, summary);
      newer.fullEnd = Math.max(newer.fullEnd, sequence + 1);
    }
    pendingBytes += newer.pending.byteLength;
    setReady(newer);
  }

  /** Ends early when the service drains, and, when asked, when a stream comes due. */
  function pause(ms: number, { untilReady = false } = {}): Promise<void> {
    if (isClosing || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      wake = () => {
        if (isClosing || untilReady) done();
      };
    });
  }

  function kick(): void {
    worker ??= work().catch((error) => {
      deps.logger.error("summaries stopped", { error });
    }).finally(() => {
      worker = undefined;
      // What came between its last look and now.
      if (open.size > 0) kick();
    });
  }

  return {
    add(chunk) {
      if (isClosing) return;
      const { segment, recording, header, summary } = chunk;
      const name = `${recording.recordingId}/${segment.segmentNumber}/${header.stream}`;
      repairs.meet(name, chunk);
      const stream = open.get(name) ?? openStream({
        recording,
        recordingId: recording.recordingId,
        segmentNumber: segment.segmentNumber,
        stream: header.stream,
        pending: new PendingChunks(header, pool),
      });
      stream.recording = recording;
      const before = stream.pending.byteLength;
      stream.pending.push(header.sequence, summary);
      pendingBytes += stream.pending.byteLength - before;
      stream.lastMs = nowMs();
      const isBlockEnd = header.sequence % BLOCK_BUCKETS === BLOCK_BUCKETS - 1;
      if (isBlockEnd) setDue(stream, header.sequence + 1);
      if (stream.pending.count >= limits.streamChunksMax) setReady(stream, { isWhole: true });
      else if (pendingBytes > limits.pendingBytesMax) wake?.();
      if (pendingBytes > 2 * limits.pendingBytesMax) giveUpOldest();
      kick();
    },
    async close() {
      isClosing = true;
      repairs.clear();
      wake?.();
      await worker;
    },
  };
}

function nameOf(
  { recordingId, segmentNumber, stream }: Omit<PendingStream, "recording" | "pending">,
) {
  return `${recordingId}/${segmentNumber}/${stream}`;
}
