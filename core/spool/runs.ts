/**
 * Layer 6. Which sequences of which streams are there, as rows.
 *
 * Sole owner of the table `run`. A run knows the chunk digest of its end, because a device that goes on there
 * has to chain to it. Runs of one level never touch.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SpoolRun } from "./spool.ts";

interface RunRow {
  readonly start: number;
  readonly end: number;
  readonly endDigest: Uint8Array;
}

/** One stream at one level. */
export interface RunPlace {
  readonly segmentId: Uint8Array;
  readonly stream: number;
  readonly level: number;
}

/** Reads and changes runs, inside the caller's transaction. */
export class Runs {
  readonly #all: StatementSync;
  readonly #before: StatementSync;
  readonly #after: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    const place = "segment_id = ? AND stream = ? AND level = ?";
    const columns = `start_sequence AS "start", end_sequence AS "end", end_digest AS "endDigest"`;
    this.#all = database.prepare(
      `SELECT stream, level, ${columns} FROM run WHERE segment_id = ?
       ORDER BY stream, level, start_sequence`,
    );
    this.#before = database.prepare(
      `SELECT ${columns} FROM run WHERE ${place} AND start_sequence <= ?
       ORDER BY start_sequence DESC LIMIT 1`,
    );
    this.#after = database.prepare(
      `SELECT ${columns} FROM run WHERE ${place} AND start_sequence > ? AND start_sequence <= ?
       ORDER BY start_sequence`,
    );
    this.#put = database.prepare(
      `INSERT INTO run (segment_id, stream, level, start_sequence, end_sequence, end_digest)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET end_sequence = excluded.end_sequence, end_digest = excluded.end_digest`,
    );
    this.#drop = database.prepare(`DELETE FROM run WHERE ${place} AND start_sequence = ?`);
    this.#clear = database.prepare("DELETE FROM run WHERE level = ?");
  }

  /** All runs of a segment, sorted. */
  of(segmentId: Uint8Array): (RunRow & { readonly stream: number; readonly level: number })[] {
    return this.#all.all(segmentId) as unknown as (RunRow & { stream: number; level: number })[];
  }

  /** Adds sequences, joining what they touch. */
  add(place: RunPlace, { start, end, endDigest }: SpoolRun): void {
    const key = [place.segmentId, place.stream, place.level] as const;
    const before = this.#before.get(...key, start) as unknown as RunRow | undefined;
    let joined: SpoolRun = { start, end, endDigest };
    if (before !== undefined && before.end >= start) {
      if (before.end >= end) return;
      joined = { start: before.start, end, endDigest };
    }
    for (const run of this.#after.all(...key, start, end) as unknown as RunRow[]) {
      this.#drop.run(...key, run.start);
      // At the very end of a run that is longer or equal, that run's own digest stands.
      if (run.end >= joined.end) joined = { ...joined, end: run.end, endDigest: run.endDigest };
    }
    this.#put.run(...key, joined.start, joined.end, joined.endDigest);
  }

  /**
   * Takes one sequence away.
   *
   * @param digestOf The digest of the sequence before; undefined when nobody knows it, and then nothing before
   * it counts as there any more: it is sent again, harmlessly.
   */
  remove(
    place: RunPlace,
    sequence: number,
    digestOf: (sequence: number) => Uint8Array | undefined,
  ): void {
    const key = [place.segmentId, place.stream, place.level] as const;
    const run = this.#before.get(...key, sequence) as unknown as RunRow | undefined;
    if (run === undefined || run.end <= sequence) return;
    this.#drop.run(...key, run.start);
    const leftDigest = sequence > run.start ? digestOf(sequence - 1) : undefined;
    if (leftDigest !== undefined) this.#put.run(...key, run.start, sequence, leftDigest);
    if (sequence + 1 < run.end) this.#put.run(...key, sequence + 1, run.end, run.endDigest);
  }

  /** Forgets a whole level of all streams. */
  clear(level: number): void {
    this.#clear.run(level);
  }
}
