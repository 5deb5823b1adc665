/**
 * Layer 6. The statements of a spool, prepared once for an open database.
 *
 * Sole owner of the SQL over entries. Everything here runs inside the caller's transaction, or reads.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import {
  DISPUTED,
  HANDED,
  LANE_BACKLOG,
  LANE_LIVE,
  LANE_NOUN,
  LEVEL_HELD,
  LEVEL_STORED,
  PAGE_BYTES,
  STORED,
  WAITING,
} from "./open_database.ts";
import { chunkKey } from "./keys.ts";
import { Runs } from "./runs.ts";

/** An entry as it stands in its row, without its body. */
export interface EntryRow {
  readonly entryNo: number;
  readonly state: number;
  readonly lane: number;
  readonly recordingNo: number;
  readonly senderNo: number;
  readonly key: Uint8Array;
  readonly digest: Uint8Array;
  readonly segmentId: Uint8Array | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  readonly setDigest: Uint8Array | null;
  readonly needsNext: number;
  readonly byteLength: number;
  readonly heldAt: number;
  readonly heldAge: number;
  readonly answer: string | null;
}

/** An entry about to be written, its body sealed. */
export interface NewEntry extends Omit<EntryRow, "entryNo" | "answer"> {
  readonly answer?: string;
  readonly body: Uint8Array;
}

const COLUMNS = `e.entry_no AS "entryNo", e.state, e.lane, e.recording_no AS "recordingNo",
  e.sender_no AS "senderNo", e.key, e.digest, e.segment_id AS "segmentId", e.stream, e.sequence,
  e.set_digest AS "setDigest", e.needs_next AS "needsNext", e.byte_length AS "byteLength",
  e.held_at AS "heldAt", e.held_age AS "heldAge", e.answer`;

/** A chunk waits for what opens its segment and its recording. */
const IS_OPEN = `NOT EXISTS (
  SELECT 1 FROM entry o WHERE o.recording_no = e.recording_no AND o.state = ${WAITING}
    AND o.lane = ${LANE_NOUN} AND (o.segment_id IS NULL OR o.segment_id = e.segment_id))`;

/** Prepared statements, and the runs, of one open database. */
export class Tables {
  readonly database: DatabaseSync;
  readonly runs: Runs;
  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  constructor(database: DatabaseSync) {
    this.database = database;
    this.runs = new Runs(database);
  }

  /** A statement by its text, prepared the first time. */
  sql(text: string): ReturnType<DatabaseSync["prepare"]> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      this.#statements.set(text, statement = this.database.prepare(text));
    }
    return statement;
  }

  fact(name: string): string | undefined {
    const row = this.sql("SELECT value FROM fact WHERE name = ?").get(name);
    return row === undefined ? undefined : String(row["value"]);
  }

  setFact(name: string, value: string): void {
    this.sql("INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
      .run(name, value);
  }

  /** The entry that has a key, disputed ones apart. */
  byKey(key: Uint8Array): EntryRow | undefined {
    return this.sql(`SELECT ${COLUMNS} FROM entry e WHERE key = ? AND state <> ${DISPUTED}`)
      .get(key) as EntryRow | undefined;
  }

  entry(entryNo: number): EntryRow | undefined {
    return this.sql(`SELECT ${COLUMNS} FROM entry e WHERE entry_no = ?`)
      .get(entryNo) as EntryRow | undefined;
  }

  /** Disputed entries that have a key. */
  disputedAt(key: Uint8Array): EntryRow[] {
    return this.sql(`SELECT ${COLUMNS} FROM entry e WHERE key = ? AND state = ${DISPUTED}`)
      .all(key) as unknown as EntryRow[];
  }

  /** The chunk of a sequence that is held or stored. */
  chunkAt(segmentId: Uint8Array, stream: number, sequence: number): EntryRow | undefined {
    return this.byKey(chunkKey({ segmentId, stream, sequence }));
  }

  /** Bytes that the tables take now. */
  usedBytes(): number {
    const pages = this.sql("PRAGMA page_count").get()!["page_count"] as number;
    const free = this.sql("PRAGMA freelist_count").get()!["freelist_count"] as number;
    return (pages - free) * PAGE_BYTES;
  }

  insert(entry: NewEntry): number {
    const { lastInsertRowid } = this.sql(
      `INSERT INTO entry (state, lane, recording_no, sender_no, key, digest, segment_id, stream, sequence,
         set_digest, needs_next, byte_length, held_at, held_age, answer)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      entry.state,
      entry.lane,
      entry.recordingNo,
      entry.senderNo,
      entry.key,
      entry.digest,
      entry.segmentId,
      entry.stream,
      entry.sequence,
      entry.setDigest,
      entry.needsNext,
      entry.byteLength,
      entry.heldAt,
      entry.heldAge,
      entry.answer ?? null,
    );
    this.sql("INSERT INTO body VALUES (?, ?)").run(lastInsertRowid, entry.body);
    return Number(lastInsertRowid);
  }

  body(entryNo: number): Uint8Array | undefined {
    return this.sql("SELECT body FROM body WHERE entry_no = ?").get(entryNo)?.["body"] as
      | Uint8Array
      | undefined;
  }

  /** The next sequence of a stream opens a live lane; an earlier one is backlog. */
  isNewest(segmentId: Uint8Array, stream: number, sequence: number): boolean {
    const { last } = this.sql(
      `SELECT max(end_sequence) AS last FROM run WHERE segment_id = ? AND stream = ? AND level = ${LEVEL_HELD}`,
    ).get(segmentId, stream) as { last: number | null };
    return last === null || sequence >= last;
  }

  /** Waiting entries of lanes, the oldest first, that may go now. */
  *waiting(lane: "noun" | "request" | "live" | "backlog", liveAfter: number): Iterable<EntryRow> {
    const select = (where: string, ...values: number[]) =>
      this.database.prepare(
        `SELECT ${COLUMNS} FROM entry e WHERE state = ${WAITING} AND ${where} ORDER BY entry_no`,
      ).iterate(...values) as unknown as Iterable<EntryRow>;
    switch (lane) {
      case "noun":
        return yield* select(`lane = ${LANE_NOUN}`);
      case "request":
        // Other requests wait for what opens their recording, and their segment.
        return yield* select(
          `lane = 1 AND NOT EXISTS (SELECT 1 FROM entry o WHERE o.recording_no = e.recording_no
             AND o.state = ${WAITING} AND o.lane = ${LANE_NOUN} AND o.entry_no < e.entry_no)`,
        );
      case "live":
        return yield* select(`lane = ${LANE_LIVE} AND entry_no > ? AND ${IS_OPEN}`, liveAfter);
      case "backlog":
        // What was live once and did not go in time comes first: it is older.
        yield* select(`lane = ${LANE_LIVE} AND entry_no <= ? AND ${IS_OPEN}`, liveAfter);
        return yield* select(`lane = ${LANE_BACKLOG} AND ${IS_OPEN}`);
    }
  }

  /** Marks an entry as stored by ingest. */
  markStored(
    entryNo: number,
    age: number,
    incarnation: number | null,
    answer: string | null,
  ): void {
    this.sql(
      `UPDATE entry SET state = ${STORED}, done_age = ?, incarnation = ?, answer = ? WHERE entry_no = ?`,
    ).run(age, incarnation, answer, entryNo);
  }

  /** Takes waiting entries out of sight: a relay holds them. */
  markHanded(entryNo: number): void {
    this.sql(`UPDATE entry SET state = ${HANDED} WHERE entry_no = ? AND state = ${WAITING}`)
      .run(entryNo);
  }

  /** One that a relay holds waits again; all of them without a number. */
  handBack(entryNo?: number): void {
    const where = `WHERE state = ${HANDED}`;
    const set = `UPDATE entry SET state = ${WAITING} ${where}`;
    if (entryNo === undefined) this.sql(set).run();
    else this.sql(`${set} AND entry_no = ?`).run(entryNo);
  }

  markDisputed(entryNo: number, answer: string): void {
    this.sql(`UPDATE entry SET state = ${DISPUTED}, answer = ? WHERE entry_no = ?`)
      .run(answer, entryNo);
  }

  /** Held runs anew from the rows, after a restore of ingest took away what receipts said. */
  rebuildRuns(): void {
    this.runs.clear(LEVEL_HELD);
    this.runs.clear(LEVEL_STORED);
    const rows = this.sql(
      `SELECT segment_id AS "segmentId", stream, sequence, digest FROM entry
       WHERE segment_id IS NOT NULL AND sequence IS NOT NULL AND state <> ${DISPUTED}
       ORDER BY segment_id, stream, sequence`,
    ).all() as unknown as Required<
      Pick<EntryRow, "segmentId" | "stream" | "sequence" | "digest">
    >[];
    for (const { segmentId, stream, sequence, digest } of rows) {
      this.runs.add({ segmentId: segmentId!, stream: stream!, level: LEVEL_HELD }, {
        start: sequence!,
        end: sequence! + 1,
        endDigest: digest,
      });
    }
  }

  /** Counts over all entries. */
  counts(): { state: number; isRequest: number; count: number; bytes: number }[] {
    return this.sql(
      `SELECT state, lane < ${LANE_LIVE} AS "isRequest", count(*) AS count, total(byte_length) AS bytes
       FROM entry GROUP BY 1, 2`,
    ).all() as unknown as { state: number; isRequest: number; count: number; bytes: number }[];
  }
}
