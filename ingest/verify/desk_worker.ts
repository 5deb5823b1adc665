/**
 * One verifying worker and its desk: groups go there in order, and come back in the same order.
 *
 * Sole owner of the worker's end: a thread that sleeps hears nothing, not even that it is to end, so it is sent
 * away from its desk first.
 *
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { IS_SOURCE } from "@wavekeep/core/service";
import { SUMMARY_ROWS } from "@wavekeep/core/summary";
import {
  Desk,
  DIGESTS_BYTES,
  GROUP_CHUNKS_MAX,
  type GroupResult,
  PLACE_BYTES,
  placeBytesFor,
} from "./desk.ts";
import type { VerifiedChunk, VerifyTask } from "./verifier.ts";
import { OLD_SETS_MAX, WorkerSets, type WorkerSetsOptions } from "./worker_sets.ts";

/** One chunk that somebody waits for. */
export interface Waiting {
  readonly task: VerifyTask;
  resolve(verified: VerifiedChunk): void;
  reject(error: unknown): void;
}

/** What a worker tells of itself. */
export interface DeskWorkerOptions extends WorkerSetsOptions {
  /** It has loaded, or has done a group: it may have more. */
  readonly onFree: () => void;
  /** It is of no use any more; what it had is still in its hands. */
  readonly onFailed: (error: Error) => void;
}

/** A worker. */
export class DeskWorker {
  readonly #worker: Worker;
  readonly #sets: WorkerSets;
  readonly #onFree: () => void;
  /** On the desk, group by group. */
  readonly #laid: (readonly Waiting[])[] = [];
  /** Done, with their results in messages under way. */
  readonly #announced: (readonly Waiting[])[] = [];
  #desk: Desk | undefined;
  /** Number of the next group to come back. */
  #next = 0;
  #isWatching = false;
  #isReady = false;
  #isEnded = false;
  #usedMs = performance.now();

  constructor({ onFree, onFailed, ...sets }: DeskWorkerOptions) {
    this.#onFree = onFree;
    this.#sets = new WorkerSets(sets);
    this.#worker = new Worker(workerUrl(), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<GroupResult | null>) => {
      if (this.#isEnded) return;
      if (data === null) this.#isReady = true;
      else {
        // The message may be here before we have seen that its group is done.
        this.#collect();
        settle(this.#announced.shift()!, data);
      }
      onFree();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      if (!this.#isEnded) onFailed(new Error(`Verifying worker failed: ${event.message}`));
    };
  }

  /** It has loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Groups that it was given and that have not come back. */
  get groupCount(): number {
    return this.#laid.length + this.#announced.length;
  }

  /** Parameter sets that it keeps. */
  get setCount(): number {
    return this.#sets.size;
  }

  /** When it was given something, by `performance.now()`. */
  get usedMs(): number {
    return this.#usedMs;
  }

  /**
   * Gives it the first chunks of a line, as one group, and takes them out of the line; there must be a place
   * for it.
   *
   * @returns How many; 0 when it has to be through with what it has before: they need another desk.
   */
  give(line: Waiting[], countMax: number): number {
    const { count, placeBytes } = this.#groupOf(line, Math.min(countMax, GROUP_CHUNKS_MAX));
    const desk = this.#deskFor(placeBytes);
    if (desk === undefined) return 0;
    const group = line.splice(0, count);
    const nowMs = performance.now();
    desk.lay({
      chunks: group.map(({ task: { bytes, identity, set, publicKey } }) => ({
        bytes,
        identity,
        publicKey,
        setNumber: set === undefined ? 0 : this.#sets.use(set, nowMs),
      })),
      ...this.#sets.changes(nowMs),
    });
    this.#laid.push(group);
    this.#usedMs = nowMs;
    void this.#watch();
    return count;
  }

  /** Ends it. @returns What it was given and has not given back. */
  end(): readonly Waiting[] {
    this.#isEnded = true;
    this.#desk?.leave();
    this.#desk?.abandon();
    this.#worker.terminate();
    return [...this.#announced.splice(0), ...this.#laid.splice(0)].flat();
  }

  /** How many chunks of a line fit an ordinary place, or the first one alone and what place it needs. */
  #groupOf(line: readonly Waiting[], countMax: number): { count: number; placeBytes: number } {
    const sizes = {
      chunkCount: 0,
      chunkBytes: 0,
      newSetCount: 0,
      newSetBytes: 0,
      oldSetCount: OLD_SETS_MAX,
    };
    let placeBytes = 0;
    while (sizes.chunkCount < Math.min(countMax, line.length)) {
      const { bytes, set } = line[sizes.chunkCount]!.task;
      sizes.chunkBytes += bytes.byteLength;
      if (set !== undefined && !this.#sets.has(set)) {
        sizes.newSetCount++;
        sizes.newSetBytes += set.set.bytes.byteLength;
      }
      const withIt = placeBytesFor({ ...sizes, chunkCount: sizes.chunkCount + 1 });
      if (withIt > PLACE_BYTES && sizes.chunkCount > 0) break;
      sizes.chunkCount++;
      placeBytes = withIt;
    }
    return { count: sizes.chunkCount, placeBytes };
  }

  /** The desk, or another one when a group needs it and this one is empty: large ones do not stay. */
  #deskFor(placeBytes: number): Desk | undefined {
    const wanted = Math.max(placeBytes, PLACE_BYTES);
    const desk = this.#desk;
    if (desk !== undefined && desk.placeBytes >= wanted) {
      if (wanted > PLACE_BYTES || desk.placeBytes === PLACE_BYTES) return desk;
    }
    if (this.groupCount > 0) return undefined;
    desk?.leave();
    this.#desk = Desk.create(wanted);
    this.#next = this.#desk.done;
    this.#worker.postMessage(this.#desk.memory);
    return this.#desk;
  }

  /** Collects what comes back for as long as something lies there. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (this.#laid.length > 0) {
      // Whoever was told that there is room may have changed the desk.
      await this.#desk!.whenDone(this.#next);
      if (this.#isEnded) return;
      this.#collect();
      this.#onFree();
    }
    this.#isWatching = false;
  }

  #collect(): void {
    const desk = this.#desk!;
    for (const { done } = desk; this.#next !== done; this.#next = (this.#next + 1) | 0) {
      const group = this.#laid.shift()!;
      const result = desk.result(this.#next);
      if (result === undefined) this.#announced.push(group);
      else settle(group, result);
    }
  }
}

/** Beside this module; in a bundle beside that. */
function workerUrl(): URL {
  return new URL(`./verify_worker.${IS_SOURCE ? "ts" : "js"}`, import.meta.url);
}

/** What a worker reads when it starts: this process needs permission for it. */
export function workerSources(): URL[] {
  if (!IS_SOURCE) return [workerUrl()];
  return ["core", "ingest", "node_modules"].map((folder) =>
    new URL(`../../${folder}`, import.meta.url)
  );
}

function settle(
  group: readonly Waiting[],
  { digests, summaries, channelCounts, failures }: GroupResult,
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
