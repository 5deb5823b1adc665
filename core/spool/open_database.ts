/**
 * Layer 6. The spool's file: SQLite with write-ahead log and full synchronisation.
 *
 * Sole owner of the pragmas and the tables. A commit that has returned is on the disk (`synchronous=FULL`), and
 * the file is held by one process at a time (`locking_mode=EXCLUSIVE`). What cannot be opened is never deleted:
 * it is set aside under another name.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";

/** Name of the database inside the spool's folder. */
export const SPOOL_FILE = "spool.db";

/** `WKSP` */
const APPLICATION_ID = 0x574b5350;
const SCHEMA_VERSION = 1;
export const PAGE_BYTES = 4096;
/** Room above the quota, so that receipts and refusals can still be written down when it is used up. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** A database of this size is looked through after a crash; of a larger one, rows are doubted as they are read. */
const CHECK_BYTES_MAX = 256 * 1024 * 1024;

/** States of an entry. */
export const WAITING = 0;
export const STORED = 1;
export const DISPUTED = 2;
/** A relay holds it, and ingest's receipt has not come: it waits, but is not looked at. As WAITING when opened again. */
export const HANDED = 3;

/** Lanes of an entry: what opens recordings and segments, other requests, chunks. */
export const LANE_NOUN = 0;
export const LANE_REQUEST = 1;
export const LANE_LIVE = 2;
export const LANE_BACKLOG = 3;

/** Levels of a run: held here, or stored by ingest. */
export const LEVEL_HELD = 0;
export const LEVEL_STORED = 1;

const TABLES = `
CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sender (
  sender_no INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  key_id TEXT NOT NULL,
  UNIQUE (site_id, subject, key_id)
);
-- A patient's key is a file outside; the recording's key is wrapped by it.
CREATE TABLE recording (
  recording_no INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL,
  name BLOB NOT NULL UNIQUE,
  patient_uuid TEXT NOT NULL,
  wrapped_key BLOB NOT NULL
);
CREATE TABLE segment (
  segment_id BLOB PRIMARY KEY,
  recording_no INTEGER NOT NULL REFERENCES recording,
  sender_no INTEGER NOT NULL REFERENCES sender,
  facts BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE parameter_set (
  recording_no INTEGER NOT NULL REFERENCES recording,
  digest BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (recording_no, digest)
) WITHOUT ROWID;
-- Which sequences of a stream are held here, or stored by ingest: half-open, never touching.
CREATE TABLE run (
  segment_id BLOB NOT NULL,
  stream INTEGER NOT NULL,
  level INTEGER NOT NULL,
  start_sequence INTEGER NOT NULL,
  end_sequence INTEGER NOT NULL,
  end_digest BLOB NOT NULL,
  PRIMARY KEY (segment_id, stream, level, start_sequence)
) WITHOUT ROWID;
-- AUTOINCREMENT: a number is never given twice, so it is the order of arrival.
CREATE TABLE entry (
  entry_no INTEGER PRIMARY KEY AUTOINCREMENT,
  state INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  recording_no INTEGER NOT NULL REFERENCES recording,
  sender_no INTEGER NOT NULL REFERENCES sender,
  key BLOB NOT NULL,
  digest BLOB NOT NULL,
  segment_id BLOB,
  stream INTEGER,
  sequence INTEGER,
  set_digest BLOB,
  needs_next INTEGER NOT NULL,
  byte_length INTEGER NOT NULL,
  held_at INTEGER NOT NULL,
  held_age INTEGER NOT NULL,
  done_age INTEGER,
  incarnation INTEGER,
  answer TEXT
);
CREATE UNIQUE INDEX entry_key ON entry (key) WHERE state <> ${DISPUTED};
CREATE INDEX entry_waiting ON entry (lane, entry_no) WHERE state = ${WAITING};
CREATE INDEX entry_opening ON entry (recording_no) WHERE state = ${WAITING} AND lane = ${LANE_NOUN};
CREATE INDEX entry_needs ON entry (segment_id, stream, sequence)
  WHERE state = ${WAITING} AND needs_next = 1;
CREATE INDEX entry_stored ON entry (done_age) WHERE state = ${STORED};
CREATE INDEX entry_disputed ON entry (key) WHERE state = ${DISPUTED};
CREATE TABLE body (entry_no INTEGER PRIMARY KEY, body BLOB NOT NULL);
`;

/** What SQLite says when something is wrong; `exec` leaves the number out. */
interface SqliteError extends Error {
  readonly code: string;
  readonly errcode?: number;
}

/** Texts of `sqlite3_errstr`, where there is no number. */
const TEXTS: readonly (readonly [text: RegExp, code: number])[] = [
  [/is full/, 13],
  [/disk I\/O error/, 10],
  [/malformed/, 11],
  [/not a database/, 26],
  [/is locked/, 5],
];

/** The primary result code of SQLite, or undefined when the error is not of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const { code, errcode, message } = (error ?? {}) as Partial<SqliteError>;
  if (typeof errcode === "number") return errcode & 0xff;
  if (code !== "ERR_SQLITE_ERROR") return undefined;
  return TEXTS.find(([text]) => text.test(message ?? ""))?.[1] ?? SQLITE_ERROR;
}

const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_IOERR = 10;
export const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
export const SQLITE_NOTADB = 26;

/** Whether the file itself is damaged. */
export function isDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/**
 * Opens the database of a spool, making it when there is none.
 *
 * @param quotaBytes What it may take on the disk, beside a small reserve.
 * @throws {Error} Another process holds it, or it was written by a newer version.
 * @throws The error of SQLite when the file is damaged: {@link isDamaged}.
 */
export function openDatabase(path: string, quotaBytes: number): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA locking_mode = EXCLUSIVE;`);
    // The first read takes the lock: two processes on one spool would each think that they know it.
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      "user_version": number;
    };
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    );
    database.exec("PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;");
    if (version > SCHEMA_VERSION) {
      throw new Error(
        `Cannot open spool: it is of version ${version}, this build knows ${SCHEMA_VERSION}`,
      );
    }
    if (version === 0) {
      database.exec(
        `BEGIN IMMEDIATE; ${TABLES} PRAGMA application_id = ${APPLICATION_ID};
         PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`,
      );
    }
    const pages = Math.ceil((quotaBytes + RESERVE_BYTES) / PAGE_BYTES);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE_BUSY) {
      throw new Error("Cannot open spool: another process holds it", { cause: error });
    }
    throw error;
  }
}

/**
 * Looks through a database that was not closed in order.
 *
 * @throws The error of SQLite, or one like it, when it is damaged.
 */
export function checkDatabase(database: DatabaseSync): void {
  const { page_count: pages } = database.prepare("PRAGMA page_count").get() as {
    "page_count": number;
  };
  if (pages * PAGE_BYTES > CHECK_BYTES_MAX) return;
  const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as {
    "quick_check": string;
  };
  if (found === "ok") return;
  throw Object.assign(new Error(`Cannot use spool: ${found}`), { errcode: SQLITE_CORRUPT });
}

/** Moves a damaged database out of the way; nothing of it is lost. @returns Its new path. */
export async function setAside(path: string, atMs: number): Promise<string> {
  const name = `${path}.damaged-${new Date(atMs).toISOString().replaceAll(/[:.]/g, "")}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      await Deno.rename(path + suffix, name + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return name;
}
