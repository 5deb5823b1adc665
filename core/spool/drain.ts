/**
 * Layer 6. Empties a spool into ingest: live before backlog, bounded, and patient.
 *
 * Sole owner of when something is sent. Four requests at most are under way: one that opens things, two of live
 * chunks, one of backlog, so that neither starves the other. While ingest is away nothing is sent but one
 * question whether it is back, after waits with full jitter; then live chunks go at once and backlog beside them.
 * Refusals of single entries delay nobody else. What the way has done to a request or to its answer is no refusal:
 * it goes again.
 *
 * @module
 */
import { formatHex } from "../bytes/mod.ts";
import { Problem, problemSlug, toProblem } from "../problem/mod.ts";
import { backoffMs } from "../service/backoff.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import { sleep } from "../service/sleep.ts";
import type { ChunkOutcome, Receipt } from "../wire/mod.ts";
import { OpenSegmentResponse } from "../wire/mod.ts";
import {
  DEFAULT_DRAIN_LIMITS,
  type DrainLimits,
  type DrainOptions,
  type DrainStatus,
} from "./drain_options.ts";
import { fateOf } from "./fate.ts";
import { HandedChunks } from "./handed.ts";
import type { Spool, SpoolBatch, SpoolEntry, SpoolLane } from "./spool.ts";
import type { SeenState, Upstream, UpstreamAnswer } from "./upstream.ts";

/** Runs until it is stopped. */
export interface Drain {
  /** Something was held: look. */
  wake(): void;
  status(): DrainStatus;
  /** Lets what is under way end, and sends nothing more. */
  stop(): Promise<void>;
}

const LANES: readonly SpoolLane[] = ["request", "live", "live", "backlog"];
/** Nothing to do is looked at again after this time, whoever forgot to wake us. */
const IDLE_MS = 1_000;
/** A chunk that a relay holds is sent again after this time at the latest: it is answered with the receipt then. */
const HANDED_MS = 30 * 60_000;
/** Times that a set is sent with a chunk that asks for it. */
const SET_ATTEMPTS_MAX = 3;
/** Sets that ingest is known to have; one that is forgotten goes once more. */
const KNOWN_SETS_MAX = 4_096;

/** Starts to empty a spool. */
export function startDrain(spool: Spool, upstream: Upstream, options: DrainOptions = {}): Drain {
  const drain = new SpoolDrain(spool, upstream, options);
  drain.start();
  return drain;
}

class SpoolDrain implements Drain {
  readonly #spool: Spool;
  readonly #upstream: Upstream;
  readonly #options: DrainOptions;
  readonly #limits: DrainLimits;
  readonly #random: () => number;
  readonly #stopping = new AbortController();
  readonly #inFlight = new Set<number>();
  readonly #deferred = new Map<number, { until: number; failures: number }>();
  readonly #handed = new HandedChunks();
  #handedBackAt = performance.now();
  readonly #alone = new Set<number>();
  readonly #reopened = new Set<number>();
  readonly #setAttempts = new Map<number, number>();
  readonly #knownSets = new BoundedMap<string, true>(KNOWN_SETS_MAX);
  /** Segments to ask ingest for. */
  readonly #toAsk = new Map<string, Uint8Array>();
  readonly #marks: { at: number; entryNo: number }[] = [];
  #liveAfter: number;
  #ageing: ReturnType<typeof setInterval> | undefined;
  #loops: Promise<void>[] = [];
  #waiting: Promise<void> = Promise.resolve();
  #woken = Promise.withResolvers<void>();
  #back = Promise.withResolvers<void>();
  #away: { reason: string; since: number; retryAfterMs: number } | undefined;
  #attempts = 0;
  #lastReceiptAtMs: number | null = null;
  #storedChunks = 0;
  #repeatedChunks = 0;
  #retries = 0;

  constructor(spool: Spool, upstream: Upstream, options: DrainOptions) {
    this.#spool = spool;
    this.#upstream = upstream;
    this.#options = options;
    this.#limits = { ...DEFAULT_DRAIN_LIMITS, ...options.limits };
    this.#random = options.random ?? Math.random;
    // What was here before is backlog.
    this.#liveAfter = spool.lastEntryNo;
  }

  start(): void {
    this.#loops = [
      ...LANES.map((lane) => this.#guard(() => this.#empty(lane))),
      this.#guard(() => this.#askStates()),
    ];
    // By a timer: what comes in while ingest is away ages as well.
    this.#ageing = setInterval(() => this.#moveLiveMark(), this.#limits.liveMs / 8);
  }

  wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  status(): DrainStatus {
    const away = this.#away;
    return {
      awayReason: away?.reason ?? null,
      awayMs: away === undefined ? 0 : performance.now() - away.since,
      lastReceiptAtMs: this.#lastReceiptAtMs,
      storedChunks: this.#storedChunks,
      repeatedChunks: this.#repeatedChunks,
      retries: this.#retries,
      handedChunks: this.#handed.size,
      liveAfter: this.#liveAfter,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#ageing);
    this.wake();
    this.#back.resolve();
    await Promise.all([...this.#loops, this.#waiting]);
  }

  /** A loop goes on whatever happens to one turn of it. */
  async #guard(turn: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await turn();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#options.onAlarm?.("forwarding failed", { error });
        await this.#pause(IDLE_MS);
      }
    }
  }

  async #empty(lane: SpoolLane): Promise<void> {
    if (this.#away !== undefined) await this.#back.promise;
    if (this.#stopping.signal.aborted) return;
    const batch = await this.#take(lane);
    if (batch === undefined) {
      await Promise.race([this.#woken.promise, this.#pause(IDLE_MS)]);
      return;
    }
    const numbers = batch.entries.map(({ entryNo }) => entryNo);
    try {
      const sentIn = this.#spool.incarnation;
      const sets = await this.#setsFor(batch);
      const answer = await this.#upstream.send(batch, sets);
      await this.#settle(batch, answer, sentIn);
    } finally {
      for (const number of numbers) this.#inFlight.delete(number);
    }
  }

  async #take(lane: SpoolLane): Promise<SpoolBatch | undefined> {
    const at = performance.now();
    const taken = new Set<number>();
    let batch: SpoolBatch | undefined;
    try {
      batch = await this.#spool.nextBatch({
        lane,
        liveAfter: this.#liveAfter,
        isExcluded: (entryNo) =>
          this.#inFlight.has(entryNo) || (this.#deferred.get(entryNo)?.until ?? 0) > at,
        isAlone: (entryNo) => this.#alone.has(entryNo),
        chunksMax: this.#limits.batchChunksMax,
        bytesMax: this.#limits.batchBytesMax,
        // At once: while bodies are opened, another lane could look, and send, and be done with them.
        onTaken: (entryNos) => {
          for (const entryNo of entryNos) {
            taken.add(entryNo);
            this.#inFlight.add(entryNo);
          }
        },
      });
    } finally {
      // What was taken and cannot go after all.
      for (const { entryNo } of batch?.entries ?? []) taken.delete(entryNo);
      for (const entryNo of taken) this.#inFlight.delete(entryNo);
    }
    return batch;
  }

  /** What was held longer ago than `liveMs` is backlog, by a clock that nobody sets. */
  #moveLiveMark(): void {
    const at = this.#options.monotonicMs?.() ?? performance.now();
    this.#marks.push({ at, entryNo: this.#spool.lastEntryNo });
    while (this.#marks.length > 0 && at - this.#marks[0]!.at > this.#limits.liveMs) {
      this.#liveAfter = this.#marks.shift()!.entryNo;
    }
  }

  async #setsFor(batch: SpoolBatch): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    const named = new Set<string>();
    for (const { recordingNo, chunk } of batch.entries) {
      if (chunk === undefined || chunk.setDigest === null) continue;
      const name = `${recordingNo}/${formatHex(chunk.setDigest)}`;
      if (this.#knownSets.has(name) || named.has(name)) continue;
      named.add(name);
      const record = await this.#spool.setRecord(recordingNo, chunk.setDigest);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  async #settle(batch: SpoolBatch, answer: UpstreamAnswer, sentIn: number | null): Promise<void> {
    switch (answer.kind) {
      case "away":
        this.#retries++;
        return this.#noteAway(answer.reason, answer.retryAfterMs);
      case "credential":
        this.#options.onAlarm?.("credential refused by ingest", { reason: answer.reason });
        return this.#noteAway(answer.reason, 0);
      case "refused": {
        this.#attempts = 0;
        const { entries } = batch;
        if (entries.length === 1) return await this.#refuse(entries[0]!, answer);
        // One of them spoils the others: each goes by itself, its run with it.
        const isRun = entries.every(({ entryNo }) => this.#alone.has(entryNo));
        for (const entry of entries) {
          this.#alone.add(entry.entryNo);
          if (isRun) await this.#refuse(entry, answer);
        }
        return;
      }
      case "answered":
        this.#attempts = 0;
        return await this.#settleEach(batch, answer, sentIn);
    }
  }

  async #settleEach(
    { entries }: SpoolBatch,
    { outcomes, text }: UpstreamAnswer & { kind: "answered" },
    sentIn: number | null,
  ): Promise<void> {
    const [first] = entries;
    if (first?.request !== undefined) {
      await this.#spool.noteStored([{ entryNo: first.entryNo, receipt: null }], sentIn);
      this.#forget(first.entryNo);
      if (first.request.path.endsWith("/segments")) this.#askFor(text);
      return this.wake();
    }
    const stored: { entryNo: number; receipt: Receipt }[] = [];
    const handed: SpoolEntry[] = [];
    const refused: [SpoolEntry, ChunkOutcome][] = [];
    for (const [index, entry] of entries.entries()) {
      const outcome = outcomes[index]!;
      const { receipt, status, problem } = outcome;
      if (status <= 201 && receipt !== undefined && isOf(receipt, entry)) {
        stored.push({ entryNo: entry.entryNo, receipt });
        if (status === 201) this.#storedChunks++;
        else this.#repeatedChunks++;
        this.#noteSet(entry);
      } else if (status === 202 && problem === undefined) handed.push(entry);
      else if (status < 300) this.#doubt(entry);
      else if (entry.chunk?.isRepeat !== true) refused.push([entry, outcome]);
    }
    const incarnation = Math.max(-1, ...stored.map(({ receipt }) => receipt.incarnation));
    if (incarnation >= 0) await this.#noteIncarnation(incarnation);
    await this.#spool.noteStored(stored, sentIn);
    if (handed.length > 0) await this.#hand(handed);
    if (stored.length > 0) this.#lastReceiptAtMs = Date.now();
    for (const { entryNo } of stored) this.#forget(entryNo);
    for (const [entry, { status, problem }] of refused) {
      const { data } = Problem.safeParse(problem);
      const slug = data && problemSlug(data);
      await this.#refuse(entry, { status, slug, problem: data ?? toProblem("internal", {}) });
    }
  }

  async #refuse(
    entry: SpoolEntry,
    { status, slug, problem }: Pick<
      UpstreamAnswer & { kind: "refused" },
      "status" | "slug" | "problem"
    >,
  ): Promise<void> {
    const { entryNo, recordingNo } = entry;
    this.#retries++;
    switch (fateOf(slug, status)) {
      case "later":
        return this.#defer(entryNo);
      case "reopen":
        if (this.#reopened.has(entryNo)) break;
        this.#reopened.add(entryNo);
        await this.#spool.reopen(recordingNo);
        return this.wake();
      case "with-set": {
        const digest = entry.chunk?.setDigest;
        const attempts = (this.#setAttempts.get(entryNo) ?? 0) + 1;
        if (digest === null || digest === undefined || attempts > SET_ATTEMPTS_MAX) break;
        if (!this.#spool.hasSet(recordingNo, digest)) break;
        this.#setAttempts.set(entryNo, attempts);
        this.#knownSets.delete(`${recordingNo}/${formatHex(digest)}`);
        return this.wake();
      }
      case "erase":
        await this.#spool.eraseRecording(recordingNo);
        this.#forget(entryNo);
        // Which of them were of that patient, nobody here knows.
        return await this.#handBack();
      case "dispute":
        break;
    }
    await this.#spool.noteDisputed(entryNo, problem);
    this.#forget(entryNo);
  }

  /** "Stored", and no receipt of this very chunk: an answer to something else, which proves nothing. It goes again. */
  #doubt({ entryNo }: SpoolEntry): void {
    this.#retries++;
    this.#options.onAlarm?.("receipt is of another chunk", { entryNo });
    this.#defer(entryNo);
  }

  #defer(entryNo: number): void {
    const failures = (this.#deferred.get(entryNo)?.failures ?? -1) + 1;
    const waitMs = backoffMs(failures, this.#limits.backoff, this.#random());
    this.#deferred.set(entryNo, { until: performance.now() + waitMs, failures });
  }

  /** A relay's word is no receipt: the chunks stay, and go once more when there may be one. */
  async #hand(entries: readonly SpoolEntry[]): Promise<void> {
    for (const entry of entries) this.#noteSet(entry);
    const own = entries.filter(({ chunk }) => chunk?.isRepeat !== true);
    await this.#spool.noteHanded(own.map(({ entryNo }) => entryNo));
    for (const entry of own) {
      this.#forget(entry.entryNo);
      this.#handed.add(entry);
    }
  }

  async #handBack(): Promise<void> {
    this.#handedBackAt = performance.now();
    if (this.#handed.size === 0) return;
    this.#handed.clear();
    await this.#spool.handBack();
  }

  #forget(entryNo: number): void {
    this.#handed.delete(entryNo);
    this.#deferred.delete(entryNo);
    this.#alone.delete(entryNo);
    this.#reopened.delete(entryNo);
    this.#setAttempts.delete(entryNo);
  }

  #noteSet({ recordingNo, chunk }: SpoolEntry): void {
    if (chunk === undefined || chunk.setDigest === null) return;
    this.#knownSets.set(`${recordingNo}/${formatHex(chunk.setDigest)}`, true);
  }

  #noteAway(reason: string, retryAfterMs: number): void {
    if (this.#away !== undefined) return;
    this.#away = { reason, since: performance.now(), retryAfterMs };
    this.#options.onAway?.(reason);
    this.#waiting = this.#guardOnce(() => this.#waitForBack());
  }

  /** One question at a time, after waits with full jitter. */
  async #waitForBack(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#away !== undefined) {
      const waitMs = backoffMs(this.#attempts++, this.#limits.backoff, this.#random());
      await this.#pause(Math.max(waitMs, this.#away.retryAfterMs));
      this.#away = { ...this.#away, retryAfterMs: 0 };
      if (signal.aborted) break;
      if (await this.#upstream.isReady()) this.#away = undefined;
    }
    this.#back.resolve();
    this.#back = Promise.withResolvers();
    if (!signal.aborted) this.#options.onBack?.();
  }

  async #guardOnce(work: () => Promise<void>): Promise<void> {
    await work().catch((error) => this.#options.onAlarm?.("forwarding failed", { error }));
  }

  async #noteIncarnation(incarnation: number): Promise<void> {
    const known = this.#spool.incarnation;
    if (known !== null && incarnation <= known) return;
    await this.#spool.noteIncarnation(incarnation);
    if (known === null) return;
    this.#knownSets.clear();
    this.#handed.clear();
    for (const id of this.#spool.openedSegments(1_000)) this.#toAsk.set(formatHex(id), id);
    this.wake();
  }

  #askFor(text: string): void {
    const parsed = OpenSegmentResponse.safeParse(JSON.parse(text));
    if (!parsed.success) return;
    const { segment_id: segmentId } = parsed.data;
    this.#toAsk.set(segmentId, Uint8Array.fromHex(segmentId));
  }

  /** Asks what ingest holds: of segments that were just opened, and now and then of the newest. */
  async #askStates(): Promise<void> {
    if (this.#away !== undefined) await this.#back.promise;
    let asked = 0;
    for (const [name, segmentId] of this.#toAsk) {
      this.#toAsk.delete(name);
      await this.#ask(segmentId);
      asked++;
    }
    if (performance.now() - this.#handedBackAt > HANDED_MS) await this.#handBack();
    for (const segmentId of this.#handed.segments()) await this.#ask(segmentId);
    if (asked === 0 && this.#handed.size === 0) {
      const [newest] = this.#spool.openedSegments(1);
      if (newest !== undefined) await this.#ask(newest);
    }
    const until = performance.now() + this.#limits.askStateMs;
    while (!this.#stopping.signal.aborted && performance.now() < until && this.#toAsk.size === 0) {
      await Promise.race([this.#woken.promise, this.#pause(IDLE_MS)]);
    }
  }

  async #ask(segmentId: Uint8Array): Promise<void> {
    const seen = await this.#upstream.state(segmentId);
    if (seen === undefined) return;
    this.#options.onState?.(seen);
    if (seen.state.held_by !== undefined) return await this.#askedRelay(segmentId, seen);
    await this.#noteIncarnation(seen.state.incarnation);
    for (const { stream, high_water: end, high_water_digest: digest } of seen.state.streams) {
      if (digest === null) continue;
      await this.#spool.noteUpstream(segmentId, stream, {
        end,
        endDigest: Uint8Array.fromHex(digest),
      });
    }
  }

  /** What a relay says it holds is no word of ingest's; what it has receipts of is fetched. */
  async #askedRelay(segmentId: Uint8Array, { state }: SeenState): Promise<void> {
    // 0: it has never heard of ingest.
    if (state.incarnation > 0) await this.#noteIncarnation(state.incarnation);
    for (const { stream, stored_high_water: end = 0 } of state.streams) {
      const stored = this.#handed.take(segmentId, stream, end);
      if (stored.length > 0) await this.#spool.handBack(stored);
    }
    this.wake();
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#stopping.signal).catch(() => {});
  }
}

/** A receipt is believed only of the very chunk that was sent. */
function isOf(receipt: Receipt, { chunk }: SpoolEntry): boolean {
  return chunk !== undefined && receipt.segment_id === formatHex(chunk.segmentId) &&
    receipt.stream === chunk.stream && receipt.sequence === chunk.sequence &&
    receipt.chunk_digest === formatHex(chunk.chunkDigest);
}
