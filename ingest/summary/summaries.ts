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
 * - Two thousand streams that began in the same second fill their blocks in the same second. They are
 *   written some at a time, with pauses as long as what they took, so that requests keep their turns.
 * - When a stream is met for the first time by this process, the blocks that a crash may have cost it are
 *   counted, and made up where something is missing.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import { BLOCK_BUCKETS } from "@wavekeep/core/summary";
import type { CheckedChunk } from "../check_chunk.ts";
import { flushSummaries, type PendingStream } from "./flush.ts";
import { PendingChunks } from "./pending_chunks.ts";
import { type RepairDeps, type RepairedStream, repairStream } from "./repair.ts";

/** What of a stored chunk is summarised. */
export type SummarisedChunk = Pick<CheckedChunk, "segment" | "recording" | "header" | "summary">;

/** Takes summaries of chunks whose commit has returned. */
export interface Summaries {
  /** Takes one; returns at once and never throws. */
  add(chunk: SummarisedChunk): void;
  /** Writes what is left, once; what the store does not take is given up. */
  close(): Promise<void>;
}

/** When and how much is written. */
export interface SummaryLimits {
  /** Chunks of a stream that never fills a block, because some of its chunks come late. */
  readonly streamChunksMax: number;
  /** How long nothing must have come. */
  readonly idleMs: number;
  /** Streams in one transaction. */
  readonly streamsPerFlush: number;
  /** Pause after a flush, as a multiple of its time, and at least. */
  readonly pauseShare: number;
  readonly pauseMsMin: number;
  /** Memory that is written at once when it is reached; twice as much is given up. */
  readonly pendingBytesMax: number;
  /** Blocks before a stream's first chunk that are counted, and made up where they lack something. */
  readonly repairBlocks: number;
  /** How often idle streams are looked for. */
  readonly tickMs: number;
  /** Pause after a failure, longer each time up to sixteen times this. */
  readonly retryMs: number;
}

export const DEFAULT_SUMMARY_LIMITS: SummaryLimits = {
  streamChunksMax: 96,
  idleMs: 5_000,
  streamsPerFlush: 32,
  pauseShare: 3,
  pauseMsMin: 250,
  pendingBytesMax: 24 * 1024 * 1024,
  repairBlocks: 16,
  tickMs: 500,
  retryMs: 1_000,
};

/** Streams remembered as met; then the oldest is met again, which costs a count. */
const MET_MAX = 50_000;

/** Longest pause after a flush. */
const PAUSE_MS_MAX = 1_000;

/** For an ingest without a deriver: nothing is kept, and readers compute from chunks. */
export const noSummaries: Summaries = { add() {}, close: () => Promise.resolve() };

interface OpenStream extends PendingStream {
  pending: PendingChunks;
  lastMs: number;
  isReady: boolean;
}

/** Summaries over a store. */
export function createSummaries(
  deps: RepairDeps & { readonly logger: Logger; readonly nowMs?: () => number },
  limits: SummaryLimits = DEFAULT_SUMMARY_LIMITS,
): Summaries {
  const nowMs = deps.nowMs ?? (() => performance.now());
  /** Streams with something pending. A Map keeps the order in which they began. */
  const open = new Map<string, OpenStream>();
  /** Those of them that are due, site by site in the order they came due. */
  const ready = new Map<number, Set<OpenStream>>();
  const met = new Set<string>();
  const repairs: { stream: RepairedStream; sequence: number }[] = [];
  let pendingBytes = 0;
  let isClosing = false;
  let failureCount = 0;
  let worker: Promise<void> | undefined;
  let wake: (() => void) | undefined;

  function setReady(stream: OpenStream): void {
    if (stream.isReady) return;
    stream.isReady = true;
    const { siteId } = stream.recording;
    const own = ready.get(siteId) ?? new Set();
    ready.set(siteId, own.add(stream));
    wake?.();
  }

  /** Streams for which nothing has come, or all when there is no time or no room to wait. */
  function findReady(): void {
    const all = isClosing || pendingBytes > limits.pendingBytesMax;
    const before = nowMs() - limits.idleMs;
    for (const stream of open.values()) if (all || stream.lastMs <= before) setReady(stream);
  }

  function takeGroup(): OpenStream[] {
    const [entry] = ready;
    if (entry === undefined) return [];
    const [siteId, own] = entry;
    const group = [...own].slice(0, limits.streamsPerFlush);
    for (const stream of group) {
      own.delete(stream);
      forget(stream);
    }
    // Sites take turns.
    ready.delete(siteId);
    if (own.size > 0) ready.set(siteId, own);
    return group;
  }

  function forget(stream: OpenStream): void {
    open.delete(nameOf(stream));
    pendingBytes -= stream.pending.byteLength;
  }

  function openStream(chunk: SummarisedChunk, name: string): OpenStream {
    const { segment, recording, header } = chunk;
    const stream = {
      recording,
      recordingId: recording.recordingId,
      segmentNumber: segment.segmentNumber,
      stream: header.stream,
      pending: new PendingChunks(header),
      lastMs: 0,
      isReady: false,
    };
    open.set(name, stream);
    pendingBytes += stream.pending.byteLength;
    return stream;
  }

  function meet(name: string, { segment, recording, header }: SummarisedChunk): void {
    if (met.has(name)) return;
    met.add(name);
    if (met.size > MET_MAX) met.delete(met.values().next().value!);
    // Before the first chunk there was none to lose.
    if (header.sequence === 0 || limits.repairBlocks === 0) return;
    const { descriptorDigest } = segment.streams.find(({ stream }) => stream === header.stream)!;
    repairs.push({
      stream: {
        recording,
        segmentNumber: segment.segmentNumber,
        segmentDigest: segment.segmentDigest,
        stream: header.stream,
        descriptorDigest,
      },
      sequence: header.sequence,
    });
  }

  /** One writer at a time; it ends when nothing is pending. */
  async function work(): Promise<void> {
    let lastTickMs = -Infinity;
    while (true) {
      if (
        isClosing || pendingBytes > limits.pendingBytesMax || nowMs() - lastTickMs >= limits.tickMs
      ) {
        findReady();
        lastTickMs = nowMs();
      }
      const group = takeGroup();
      if (group.length > 0) {
        const startMs = nowMs();
        const isWritten = await flushGroup(group);
        if (isClosing) continue;
        if (!isWritten) await pause(limits.retryMs * 2 ** Math.min(failureCount - 1, 4));
        else if (pendingBytes <= limits.pendingBytesMax) {
          const wantedMs = (nowMs() - startMs) * limits.pauseShare;
          await pause(Math.min(PAUSE_MS_MAX, Math.max(limits.pauseMsMin, wantedMs)));
        }
      } else if (repairs.length > 0 && !isClosing) {
        const startMs = nowMs();
        await repairNext();
        await pause(Math.min(PAUSE_MS_MAX, (nowMs() - startMs) * limits.pauseShare));
      } else if (open.size === 0) {
        return;
      } else {
        await pause(limits.tickMs, { untilReady: true });
      }
    }
  }

  async function flushGroup(group: readonly OpenStream[]): Promise<boolean> {
    try {
      await flushSummaries(deps, group[0]!.recording.siteId, group);
      failureCount = 0;
      return true;
    } catch (error) {
      failureCount++;
      const chunkCount = group.reduce((sum, { pending }) => sum + pending.count, 0);
      const fields = { streamCount: group.length, chunkCount, error };
      if (isClosing || pendingBytes > 2 * limits.pendingBytesMax) {
        deps.logger.warn("summaries given up, readers compute them from chunks", fields);
      } else {
        deps.logger.warn("summaries not written yet", fields);
        for (const stream of group) putBack(stream);
      }
      return false;
    }
  }

  function putBack(stream: OpenStream): void {
    const name = nameOf(stream);
    const newer = open.get(name);
    if (newer === undefined) {
      stream.isReady = false;
      open.set(name, stream);
      pendingBytes += stream.pending.byteLength;
      setReady(stream);
      return;
    }
    pendingBytes -= newer.pending.byteLength;
    for (const { sequence, summary } of stream.pending.summaries()) {
      newer.pending.push(sequence, summary);
    }
    pendingBytes += newer.pending.byteLength;
    setReady(newer);
  }

  async function repairNext(): Promise<void> {
    const { stream, sequence } = repairs.shift()!;
    const end = (Math.floor(sequence / BLOCK_BUCKETS) + 1) * BLOCK_BUCKETS;
    const start = Math.max(0, end - limits.repairBlocks * BLOCK_BUCKETS);
    try {
      const { chunkCount } = await repairStream(deps, stream, { start, end }, {
        // A block is as much as a flush; the next one comes when requests had their turn.
        blocksMax: limits.repairBlocks,
        onProgress: () => isClosing ? undefined : pause(limits.tickMs / 4),
      });
      if (chunkCount > 0) deps.logger.info("summaries made up", { chunkCount });
    } catch (error) {
      deps.logger.warn("summaries not made up, readers compute them from chunks", { error });
    }
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
      meet(name, chunk);
      const stream = open.get(name) ?? openStream(chunk, name);
      const before = stream.pending.byteLength;
      stream.pending.push(header.sequence, summary);
      pendingBytes += stream.pending.byteLength - before;
      stream.lastMs = nowMs();
      const isBlockEnd = header.sequence % BLOCK_BUCKETS === BLOCK_BUCKETS - 1;
      if (isBlockEnd || stream.pending.count >= limits.streamChunksMax) setReady(stream);
      else if (pendingBytes > limits.pendingBytesMax) wake?.();
      kick();
    },
    async close() {
      isClosing = true;
      repairs.length = 0;
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
