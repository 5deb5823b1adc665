/**
 * Layer 6. The spool on SQLite.
 *
 * The order of a chunk's life: sealed, written with its place in the runs, committed, promised; then sent on;
 * then, against a receipt with an equal digest, marked as stored; a day of running time later, deleted. Long, because
 * all of it is one state machine over one file; what can stand alone stands beside it (`open_spool.ts`, `tables.ts`,
 * `runs.ts`, `hold_chunk.ts`, `take_batch.ts`, `look.ts`, `sealed.ts`, `senders.ts`, `counts.ts`, `commit_group.ts`).
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { type KeyStore, PatientErasedError } from "../crypto/key_store.ts";
import { seal } from "../crypto/seal.ts";
import { nodeSha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import { type Problem, toProblem } from "../problem/mod.ts";
import type { Receipt } from "../wire/mod.ts";
import { type CommitFaults, CommitGroup } from "./commit_group.ts";
import {
  bodyPlace,
  chunkKey,
  decodeRequest,
  encodeRequest,
  requestKey,
  segmentPlace,
  setPlace,
} from "./keys.ts";
import {
  DISPUTED,
  isDamaged,
  LANE_BACKLOG,
  LANE_LIVE,
  LANE_NOUN,
  LANE_REQUEST,
  LEVEL_HELD,
  LEVEL_STORED,
  openDatabase,
  SQLITE_IOERR,
  sqliteCode,
  STORED,
  WAITING,
} from "./open_database.ts";
import { type Change, countAll, type Counts, leaving } from "./counts.ts";
import { type HoldChange, holdChunk } from "./hold_chunk.ts";
import {
  disputedCount,
  disputedEntries,
  oldestWaiting,
  openedSegments,
  progressOf,
} from "./look.ts";
import { salvage } from "./salvage.ts";
import { SealedRecordings } from "./sealed.ts";
import { Senders } from "./senders.ts";
import {
  type BatchWish,
  type ChunkToHold,
  type DisputedEntry,
  type HeldRequest,
  type HeldSegment,
  type HoldOutcome,
  type SetToHold,
  type Spool,
  type SpoolBatch,
  type SpoolEntry,
  SpoolFullError,
  type SpoolProgress,
  type SpoolRecording,
  type SpoolSender,
  type SpoolStatus,
} from "./spool.ts";
import { type EntryRow, Tables } from "./tables.ts";
import { takeBatch } from "./take_batch.ts";
import { deleteKept } from "./tidy.ts";

/** How a spool is opened. */
export interface SpoolOptions {
  /** Where keys live: outside the spool's folder, and outside its backups. */
  readonly keyStore: KeyStore;
  /** What it may take on the disk. */
  readonly quotaBytes: number;
  /** How long entries with a receipt are kept, in milliseconds of running time. Default: 24 h. */
  readonly keepMs?: number;
  /** Milliseconds since 1970, shown to people and nothing else. */
  readonly now?: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicMs?: () => number;
  /** Told of what an operator should see. */
  readonly onAlarm?: (what: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly faults?: CommitFaults;
}

const DAY_MS = 86_400_000;
/** Facts of segments that chunks come for; the others are read again. */
const SEGMENTS_REMEMBERED_MAX = 256;

/** A spool over an open database, or over one that opens again after the disk had failed. */
export class SqliteSpool implements Spool {
  readonly #path: string;
  readonly #options: SpoolOptions;
  readonly #commits: CommitGroup;
  readonly #sealed: SealedRecordings;
  readonly #senders: Senders;
  readonly #segments = new BoundedMap<string, HeldSegment>(SEGMENTS_REMEMBERED_MAX);
  readonly #ageAtOpen: number;
  readonly #openedAt: number;
  readonly #keepMs: number;
  #tables: Tables | undefined;
  #counts: Counts;
  /** A commit was reported failed and may have persisted: what was counted on the way is not believed. */
  #isMiscounted = false;
  #lastEntryNo: number;

  constructor(path: string, database: DatabaseSync, options: SpoolOptions) {
    this.#path = path;
    this.#options = options;
    this.#keepMs = options.keepMs ?? DAY_MS;
    this.#tables = new Tables(database);
    this.#tables.handBack();
    this.#commits = new CommitGroup(
      () => this.#now().database,
      (error) => this.#doubt(error),
      options.faults,
    );
    this.#sealed = new SealedRecordings(() => this.#now(), this.#commits, options.keyStore);
    this.#senders = new Senders(() => this.#now(), this.#commits);
    this.#ageAtOpen = Number(this.#tables.fact("age") ?? 0);
    this.#openedAt = this.#monotonicMs();
    this.#counts = countAll(this.#tables);
    const { last } = this.#tables.sql("SELECT max(entry_no) AS last FROM entry").get() as {
      last: number | null;
    };
    this.#lastEntryNo = last ?? 0;
  }

  get lastEntryNo(): number {
    return this.#lastEntryNo;
  }

  /** Takes what can be read of a damaged database that was set aside. */
  async takeOver(damaged: string): Promise<void> {
    const kept = await this.#commits.run(() => salvage(damaged, this.#now()));
    await this.handBack();
    this.#recount();
    const names = [...this.status().setAside, damaged];
    await this.setFact("set_aside", JSON.stringify(names));
    this.#alarm("spool was damaged", { setAside: damaged, entriesKept: kept });
  }

  async recording(of: SpoolRecording): Promise<number> {
    return await this.#sealed.numberOf(of);
  }

  async holdRequest(
    recordingNo: number,
    sender: SpoolSender,
    request: HeldRequest,
    options: { readonly opens?: "recording" } = {},
  ): Promise<"held" | "repeated"> {
    const lane = options.opens === undefined ? LANE_REQUEST : LANE_NOUN;
    return await this.#hold(recordingNo, sender, request, { lane, segmentId: null });
  }

  async holdSegment(
    recordingNo: number,
    sender: SpoolSender,
    { segmentId, facts }: { readonly segmentId: Uint8Array; readonly facts: Uint8Array },
    request: HeldRequest,
  ): Promise<"held" | "repeated"> {
    const senderNo = await this.#senders.numberOf(sender);
    const place = segmentPlace(sender.siteId, segmentId);
    const sealed = await this.#sealed.seal(recordingNo, place, facts);
    await this.#commits.run(() => {
      this.#now().sql("INSERT INTO segment VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .run(segmentId, recordingNo, senderNo, sealed);
    });
    return await this.#hold(recordingNo, sender, request, { lane: LANE_NOUN, segmentId });
  }

  async segment(segmentId: Uint8Array): Promise<HeldSegment | undefined> {
    const name = segmentId.toHex();
    const known = this.#segments.get(name);
    if (known !== undefined) return known;
    const row = this.#now().sql(
      `SELECT recording_no AS "recordingNo", sender_no AS "senderNo", facts FROM segment WHERE segment_id = ?`,
    ).get(segmentId) as { recordingNo: number; senderNo: number; facts: Uint8Array } | undefined;
    if (row === undefined) return undefined;
    const sender = this.#senders.of(row.senderNo);
    const place = segmentPlace(sender.siteId, segmentId);
    const facts = await this.#sealed.open(row.recordingNo, place, row.facts);
    const segment = { recordingNo: row.recordingNo, sender, facts };
    this.#segments.set(name, segment);
    return segment;
  }

  async #hold(
    recordingNo: number,
    sender: SpoolSender,
    request: HeldRequest,
    { lane, segmentId }: { readonly lane: number; readonly segmentId: Uint8Array | null },
  ): Promise<"held" | "repeated"> {
    const senderNo = await this.#senders.numberOf(sender);
    const key = requestKey(sender, request);
    const digest = nodeSha256(request.body);
    const body = await this.#sealed.seal(
      recordingNo,
      bodyPlace(key, digest),
      encodeRequest(request),
    );
    const isNew = await this.#commits.run(() => {
      const tables = this.#now();
      if (tables.byKey(key) !== undefined) return false;
      this.#requireRoom(body.byteLength);
      this.#lastEntryNo = tables.insert({
        ...this.#fresh(),
        lane,
        recordingNo,
        senderNo,
        key,
        digest,
        segmentId,
        stream: null,
        sequence: null,
        setDigest: null,
        needsNext: 0,
        byteLength: body.byteLength,
        body,
      });
      return true;
    });
    if (isNew) this.#count({ waitingRequests: 1, waitingBytes: body.byteLength });
    return isNew ? "held" : "repeated";
  }

  async holdChunks(
    sender: SpoolSender,
    chunks: readonly ChunkToHold[],
    sets: readonly SetToHold[],
  ): Promise<HoldOutcome[]> {
    const senderNo = await this.#senders.numberOf(sender);
    const keys = new Map<number, Uint8Array>();
    for (const { recordingNo } of [...chunks, ...sets]) {
      if (!keys.has(recordingNo)) keys.set(recordingNo, await this.#sealed.keyOf(recordingNo));
    }
    // Sealed before anything reaches SQL: what was once written in the clear can never be erased.
    const rows = chunks.map((chunk) => {
      const key = chunkKey(chunk);
      const place = bodyPlace(key, chunk.chunkDigest);
      return { chunk, key, body: seal(keys.get(chunk.recordingNo)!, place, chunk.bytes) };
    });
    const sealedSets = sets.map((set) => ({
      ...set,
      body: seal(keys.get(set.recordingNo)!, setPlace(set.recordingNo, set.digest), set.record),
    }));
    const { outcomes, change } = await this.#commits.run(() => {
      const tables = this.#now();
      this.#requireRoom(
        [...rows, ...sealedSets].reduce((sum, { body }) => sum + body.byteLength, 0),
      );
      for (const { recordingNo, digest, body } of sealedSets) {
        tables.sql("INSERT INTO parameter_set VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
          .run(recordingNo, digest, body);
      }
      const change: HoldChange = { waitingChunks: 0, waitingBytes: 0, disputedEntries: 0 };
      const fresh = this.#fresh();
      const outcomes = rows.map((row) => {
        const { outcome, entryNo } = holdChunk(tables, { ...row, senderNo, fresh }, change);
        if (entryNo !== undefined) this.#lastEntryNo = entryNo;
        return outcome;
      });
      return { outcomes, change };
    });
    this.#count(change);
    return outcomes;
  }

  hasSet(recordingNo: number, digest: Uint8Array): boolean {
    return this.#now().sql("SELECT 1 FROM parameter_set WHERE recording_no = ? AND digest = ?")
      .get(recordingNo, digest) !== undefined;
  }

  progress(segmentId: Uint8Array): SpoolProgress[] {
    return progressOf(this.#now(), segmentId);
  }

  async nextBatch(wish: BatchWish): Promise<SpoolBatch | undefined> {
    for (;;) {
      const rows = takeBatch(this.#now(), wish);
      const [first] = rows;
      if (first === undefined) return undefined;
      wish.onTaken?.(rows.map(({ entryNo }) => entryNo));
      try {
        const entries = await Promise.all(rows.map((row) => this.#open(row)));
        return { sender: this.#senders.of(first.senderNo), entries };
      } catch (error) {
        // The bad one is out of the way now: look again.
        if (error instanceof PatientErasedError) await this.eraseRecording(first.recordingNo);
        else if (!(error instanceof DamagedEntryError)) throw error;
      }
    }
  }

  async #open(row: EntryRow): Promise<SpoolEntry> {
    const { entryNo, recordingNo, key, digest } = row;
    const sealed = this.#now().body(entryNo);
    let bytes: Uint8Array;
    try {
      if (sealed === undefined) throw new DamagedEntryError("Cannot open entry: it has no body");
      bytes = await this.#sealed.open(recordingNo, bodyPlace(key, digest), sealed);
    } catch (cause) {
      if (cause instanceof PatientErasedError) throw cause;
      if (!isCoreError(cause) && !(cause instanceof DamagedEntryError)) throw cause;
      await this.#quarantine(row);
      throw new DamagedEntryError("Cannot open entry: it does not verify", { cause });
    }
    if (row.sequence === null) return { entryNo, recordingNo, request: decodeRequest(bytes) };
    return {
      entryNo,
      recordingNo,
      chunk: {
        segmentId: row.segmentId!,
        stream: row.stream!,
        sequence: row.sequence,
        chunkDigest: digest,
        setDigest: row.setDigest,
        needsNext: row.needsNext === 1,
        bytes,
        isRepeat: row.state === STORED,
      },
    };
  }

  /** What does not verify is kept aside, and its sequence counts as missing: the device may still have it. */
  async #quarantine(row: EntryRow): Promise<void> {
    const problem = toProblem("integrity-failed", { detail: "It does not verify any more" });
    await this.#dispute(row.entryNo, problem);
    if (row.sequence !== null) {
      await this.#commits.run(() => {
        const { runs, chunkAt } = bound(this.#now());
        for (const level of [LEVEL_HELD, LEVEL_STORED]) {
          const place = { segmentId: row.segmentId!, stream: row.stream!, level };
          runs.remove(
            place,
            row.sequence!,
            (sequence) => chunkAt(row.segmentId!, row.stream!, sequence)?.digest,
          );
        }
      });
    }
    this.#alarm("entry does not verify", { entryNo: row.entryNo });
  }

  async setRecord(recordingNo: number, digest: Uint8Array): Promise<Uint8Array | undefined> {
    const row = this.#now().sql(
      "SELECT body FROM parameter_set WHERE recording_no = ? AND digest = ?",
    ).get(recordingNo, digest) as { body: Uint8Array } | undefined;
    if (row === undefined) return undefined;
    try {
      return await this.#sealed.open(recordingNo, setPlace(recordingNo, digest), row.body);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#alarm("parameter set does not verify", { recordingNo });
      // Gone, so that the device is asked for it when it names it next.
      await this.#commits.run(() => {
        this.#now().sql("DELETE FROM parameter_set WHERE recording_no = ? AND digest = ?")
          .run(recordingNo, digest);
      });
      return undefined;
    }
  }

  async noteStored(
    entries: readonly { readonly entryNo: number; readonly receipt: Receipt | null }[],
    sentIn: number | null,
  ): Promise<void> {
    const change = await this.#commits.run(() => {
      const tables = this.#now();
      const known = this.incarnation;
      const change = { waitingChunks: 0, waitingRequests: 0, waitingBytes: 0, storedEntries: 0 };
      for (const { entryNo, receipt } of entries) {
        const row = tables.entry(entryNo);
        if (row === undefined || row.state === DISPUTED) continue;
        const incarnation = Math.max(receipt?.incarnation ?? 0, sentIn ?? known ?? 0);
        if (known !== null && incarnation < known) continue;
        const answer = receipt === null ? null : JSON.stringify(receipt);
        tables.markStored(entryNo, this.#age(), incarnation, answer);
        if (row.state === STORED) continue;
        change.storedEntries++;
        change.waitingBytes -= row.byteLength;
        if (row.sequence === null) change.waitingRequests--;
        else {
          change.waitingChunks--;
          tables.runs.add(
            { segmentId: row.segmentId!, stream: row.stream!, level: LEVEL_STORED },
            { start: row.sequence, end: row.sequence + 1, endDigest: row.digest },
          );
        }
      }
      return change;
    });
    this.#count(change);
  }

  async noteHanded(entryNos: readonly number[]): Promise<void> {
    await this.#commits.run(() => entryNos.forEach((no) => this.#now().markHanded(no)));
  }

  async handBack(entryNos?: readonly number[]): Promise<void> {
    await this.#commits.run(() => {
      if (entryNos === undefined) this.#now().handBack();
      else entryNos.forEach((no) => this.#now().handBack(no));
    });
  }

  async noteDisputed(entryNo: number, problem: Problem): Promise<void> {
    await this.#dispute(entryNo, problem);
    this.#alarm("entry was refused for good", { entryNo, problem: problem.type });
  }

  async #dispute(entryNo: number, problem: Problem): Promise<void> {
    const change = await this.#commits.run((): Change => {
      const tables = this.#now();
      const row = tables.entry(entryNo);
      if (row === undefined || row.state === DISPUTED) return {};
      tables.markDisputed(entryNo, JSON.stringify(problem));
      return { ...leaving(row), disputedEntries: 1 };
    });
    this.#count(change);
  }

  async eraseRecording(recordingNo: number): Promise<void> {
    // The key first: whatever happens then, nothing of the patient opens any more.
    const numbers = await this.#sealed.erase(recordingNo);
    await this.#commits.run(() => {
      const tables = this.#now();
      for (const number of numbers) {
        tables.sql(
          "DELETE FROM body WHERE entry_no IN (SELECT entry_no FROM entry WHERE recording_no = ?)",
        ).run(number);
        tables.sql("DELETE FROM entry WHERE recording_no = ?").run(number);
        tables.sql("DELETE FROM parameter_set WHERE recording_no = ?").run(number);
      }
    });
    this.#segments.clear();
    this.#recount();
    this.#alarm("patient was erased", { recordings: numbers.length });
  }

  async reopen(recordingNo: number): Promise<void> {
    await this.#again(
      `recording_no = ? AND lane = ${LANE_NOUN} AND state = ${STORED}`,
      recordingNo,
    );
  }

  async noteIncarnation(incarnation: number): Promise<number> {
    const known = this.incarnation;
    if (known !== null && incarnation <= known) return 0;
    if (known === null) {
      await this.#commits.run(() => {
        const tables = this.#now();
        tables.setFact("incarnation", String(incarnation));
        tables.sql(
          `UPDATE entry SET incarnation = ? WHERE state = ${STORED} AND incarnation IS NULL`,
        )
          .run(incarnation);
      });
      return 0;
    }
    const count = await this.#commits.run(() => {
      const tables = this.#now();
      tables.handBack();
      const { changes } = tables.sql(
        `UPDATE entry SET state = ${WAITING}, done_age = NULL, answer = NULL,
           lane = CASE lane WHEN ${LANE_LIVE} THEN ${LANE_BACKLOG} ELSE lane END
         WHERE state = ${STORED} AND (incarnation IS NULL OR incarnation < ?)`,
      ).run(incarnation);
      // What was stored and is not here any more, nobody knows until ingest says so.
      tables.rebuildRuns();
      tables.setFact("incarnation", String(incarnation));
      return Number(changes);
    });
    this.#recount();
    this.#alarm("ingest was restored", { incarnation, entriesAgain: count });
    return count;
  }

  async noteUpstream(
    segmentId: Uint8Array,
    stream: number,
    { end, endDigest }: { readonly end: number; readonly endDigest: Uint8Array },
  ): Promise<void> {
    await this.#commits.run(() => {
      for (const level of [LEVEL_HELD, LEVEL_STORED]) {
        this.#now().runs.add({ segmentId, stream, level }, { start: 0, end, endDigest });
      }
    });
  }

  openedSegments(limit: number): Uint8Array[] {
    return openedSegments(this.#now(), limit);
  }

  status(): SpoolStatus {
    const tables = this.#now();
    const oldest = oldestWaiting(tables);
    return {
      ...this.#isMiscounted ? countAll(tables) : this.#counts,
      usedBytes: tables.usedBytes(),
      quotaBytes: this.#options.quotaBytes,
      oldestWaitMs: oldest === null ? null : Math.max(0, this.#age() - oldest),
      incarnation: this.incarnation,
      setAside: JSON.parse(tables.fact("set_aside") ?? "[]"),
    };
  }

  disputed(limit: number): DisputedEntry[] {
    return disputedEntries(this.#now(), limit);
  }

  disputedOf(segmentId: Uint8Array): number {
    return disputedCount(this.#now(), segmentId);
  }

  async retryDisputed(): Promise<number> {
    // A second chunk for a place that is taken stays where it is.
    return await this.#again(
      `state = ${DISPUTED} AND NOT EXISTS (SELECT 1 FROM entry o
         WHERE o.key = entry.key AND o.entry_no <> entry.entry_no)`,
    );
  }

  async #again(where: string, ...values: number[]): Promise<number> {
    const changes = await this.#commits.run(() =>
      Number(
        this.#now().sql(
          `UPDATE entry SET state = ${WAITING}, done_age = NULL, answer = NULL WHERE ${where}`,
        ).run(...values).changes,
      )
    );
    this.#recount();
    return changes;
  }

  async tidy(): Promise<number> {
    await this.setFact("age", String(Math.round(this.#age())));
    const count = await this.#commits.run(() =>
      deleteKept(this.#now(), this.#age() - this.#keepMs)
    );
    this.#count({ storedEntries: -count });
    return count;
  }

  fact(name: string): string | undefined {
    return this.#now().fact(name);
  }

  async setFact(name: string, value: string): Promise<void> {
    await this.#commits.run(() => this.#now().setFact(name, value));
  }

  async close(): Promise<void> {
    await this.#commits.settled();
    const { database } = this.#now();
    await this.setFact("age", String(Math.round(this.#age())));
    await this.setFact("open", "0");
    this.#tables = undefined;
    database.close();
  }

  /** The open database; opened again when the disk had failed. */
  #now(): Tables {
    return this.#tables ??= new Tables(openDatabase(this.#path, this.#options.quotaBytes));
  }

  /** After a failed write nobody knows what the system still holds of it: everything is read anew. */
  #doubt(error: unknown): void {
    this.#alarm("spool could not be written", { reason: String((error as Error).message) });
    const code = sqliteCode(error);
    if (code !== SQLITE_IOERR && !isDamaged(error)) return;
    this.#isMiscounted = true;
    const tables = this.#tables;
    this.#tables = undefined;
    try {
      tables?.database.close();
    } catch {
      // It cannot be closed in order, and need not.
    }
  }

  #fresh() {
    return {
      state: WAITING,
      heldAt: Math.round((this.#options.now ?? Date.now)()),
      heldAge: Math.round(this.#age()),
    };
  }

  #requireRoom(byteLength: number): void {
    const { quotaBytes } = this.#options;
    const used = this.#now().usedBytes();
    if (used + byteLength <= quotaBytes) return;
    throw new SpoolFullError(`Cannot hold: ${used} of ${quotaBytes} bytes are used`);
  }

  /** Milliseconds that this spool was ever open: a clock that nobody can set. */
  #age(): number {
    return this.#ageAtOpen + this.#monotonicMs() - this.#openedAt;
  }

  #monotonicMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }

  get incarnation(): number | null {
    const text = this.#now().fact("incarnation");
    return text === undefined ? null : Number(text);
  }

  #count(change: Change): void {
    if (this.#isMiscounted) return this.#recount();
    for (const [name, by] of Object.entries(change)) this.#counts[name as keyof Counts] += by;
  }

  #recount(): void {
    this.#isMiscounted = false;
    this.#counts = countAll(this.#now());
  }

  #alarm(what: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.onAlarm?.(what, fields);
  }
}

/** An entry that does not verify; it is among the disputed by then. */
class DamagedEntryError extends Error {
  override readonly name = "DamagedEntryError";
}

function bound(tables: Tables) {
  return { runs: tables.runs, chunkAt: tables.chunkAt.bind(tables) };
}
