/**
 * Layer 6. What can still be read of a damaged spool goes into a new one.
 *
 * Rows are asked for one by one, so that a damaged page costs the rows on it and no others. Nothing is believed
 * because it could be read: every body is authenticated when it is opened, and one that does not verify is kept
 * aside.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { Tables } from "./tables.ts";

/** Small tables, in the order in which they refer to each other. */
const NOUNS = ["sender", "recording", "segment", "parameter_set"] as const;

/** Copies what it can, inside the caller's transaction. @returns How many entries came across. */
export function salvage(path: string, into: Tables): number {
  let damaged: DatabaseSync;
  try {
    damaged = new DatabaseSync(path);
  } catch {
    return 0;
  }
  try {
    for (const table of NOUNS) copyTable(damaged, into, table);
    const count = copyEntries(damaged, into);
    into.rebuildRuns();
    for (const name of ["age", "incarnation", "set_aside"]) {
      const fact = attempt(() =>
        damaged.prepare("SELECT value FROM fact WHERE name = ?").get(name)
      );
      if (fact?.["value"] !== undefined) into.setFact(name, String(fact["value"]));
    }
    return count;
  } finally {
    attempt(() => damaged.close());
  }
}

function copyTable(damaged: DatabaseSync, into: Tables, table: string): void {
  attempt(() => {
    for (const row of damaged.prepare(`SELECT * FROM ${table}`).iterate()) insert(into, table, row);
  });
}

function copyEntries(damaged: DatabaseSync, into: Tables): number {
  const last = attempt(() =>
    damaged.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").get()
  );
  let count = 0;
  for (let entryNo = 1; entryNo <= Number(last?.["seq"] ?? 0); entryNo++) {
    const entry = attempt(() =>
      damaged.prepare("SELECT * FROM entry WHERE entry_no = ?").get(entryNo)
    );
    const body = entry &&
      attempt(() => damaged.prepare("SELECT * FROM body WHERE entry_no = ?").get(entryNo));
    if (entry === undefined || body === undefined) continue;
    if (insert(into, "entry", entry) && insert(into, "body", body)) count++;
  }
  return count;
}

function insert(into: Tables, table: string, row: Record<string, unknown>): boolean {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const text = `INSERT INTO ${table} (${
    names.join(", ")
  }) VALUES (${marks}) ON CONFLICT DO NOTHING`;
  return attempt(() => into.sql(text).run(...Object.values(row) as string[])) !== undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
