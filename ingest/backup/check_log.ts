/**
 * A restored transparency log against what was signed and kept outside the database.
 *
 * The root is computed again from every entry. A log that is shorter than the kept checkpoint cannot go on:
 * somebody has seen leaves that are not there any more, and other leaves at their places would be a fork.
 *
 * @see core/log/FORMAT.md; decision 0027, "After a restore"
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type Checkpoint,
  CompactRange,
  decodeEntryBundle,
  hashLeaf,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  TILE_WIDTH,
} from "@wavekeep/core/log";
import { join } from "node:path";
import type pg from "pg";
import { fileKeptCheckpoint } from "../log/kept_checkpoint.ts";
import { keySeed, NOTE_CRYPTO, noteSigner } from "../log/note_key.ts";
import { readIfThere } from "../log/durable_file.ts";

/** What was found. */
export interface LogFit {
  readonly origin: string;
  /** Leaves that came back. */
  readonly size: number;
  /** Leaves of the checkpoint that was kept; undefined when none was. */
  readonly keptSize: number | undefined;
  /** Leaves that were signed and are not there. */
  readonly behind: number;
  /** The sequencer may go on with this log; another is wanted otherwise. */
  readonly goesOn: boolean;
  /** What does not hold, in words; empty when all does. */
  readonly findings: readonly string[];
}

interface HeadRow {
  readonly logNumber: number;
  readonly origin: string;
  readonly size: string;
  readonly note: Uint8Array;
}

/**
 * Compares them; nothing is written.
 *
 * @returns Undefined when there never was a log.
 */
export async function checkLog(client: pg.Client, keyFolder: string): Promise<LogFit | undefined> {
  const { rows: [head] } = await client.query<HeadRow>(
    `select log_no as "logNumber", origin, size, note from wavekeep.log_head
      order by log_no desc limit 1`,
  );
  if (head === undefined) return await withoutHead(keyFolder);
  const size = Number(head.size);
  const findings: string[] = [];
  const signed = await signedBy(keyFolder, head, findings);
  const kept = await keptCheckpoint(keyFolder);
  const isSameLog = kept?.origin === head.origin;
  const roots = await rootsAt(client, head.logNumber, {
    size,
    at: [size, ...isSameLog && kept.size <= size ? [kept.size] : []],
  });
  if (roots === undefined) findings.push("entries of the log are missing");
  else if (signed !== undefined && !equalBytes(roots.get(size)!, signed.root)) {
    findings.push(`its ${size} entries do not give the root that was signed`);
  }
  if (isSameLog && kept.size <= size && roots !== undefined) {
    if (!equalBytes(roots.get(kept.size)!, kept.root)) {
      findings.push(`it does not begin with the ${kept.size} leaves that were signed and kept`);
    }
  }
  if (kept !== undefined && !isSameLog) {
    findings.push(`the checkpoint that was kept is of ${kept.origin}`);
  }
  const behind = isSameLog ? Math.max(0, kept.size - size) : 0;
  return {
    origin: head.origin,
    size,
    keptSize: isSameLog ? kept.size : undefined,
    behind,
    goesOn: isSameLog && behind === 0 && findings.length === 0,
    findings,
  };
}

/** The log began after the moment that came back. */
async function withoutHead(keyFolder: string): Promise<LogFit | undefined> {
  const kept = await keptCheckpoint(keyFolder);
  return kept && {
    origin: kept.origin,
    size: 0,
    keptSize: kept.size,
    behind: kept.size,
    goesOn: false,
    findings: [],
  };
}

/** The head's own signature, by the key of the folder; nothing is made when there is none. */
async function signedBy(
  keyFolder: string,
  { origin, size, note }: HeadRow,
  findings: string[],
): Promise<Checkpoint | undefined> {
  const path = join(keyFolder, "log.key");
  if (await readIfThere(path) === undefined) {
    findings.push("log.key is not in the key folder: this log cannot be signed any more");
    return undefined;
  }
  const { key: logKey } = noteSigner(await keySeed(path), origin, "ed25519");
  try {
    const policy = { origin, logKey, witnessKeys: [], quorum: 0 };
    const { checkpoint } = await openCheckpoint(new Uint8Array(note), {
      policy,
      crypto: NOTE_CRYPTO,
    });
    if (checkpoint.size === Number(size)) return checkpoint;
    findings.push(`its head has ${size} leaves, and ${checkpoint.size} are signed`);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    findings.push("its head is not signed by log.key of the key folder");
  }
  return undefined;
}

async function keptCheckpoint(keyFolder: string): Promise<Checkpoint | undefined> {
  const note = await fileKeptCheckpoint(keyFolder).read();
  return note && parseCheckpoint(parseNote(note).text);
}

/** Roots of the first leaves, at some sizes; undefined when an entry is missing. */
async function rootsAt(
  client: pg.Client,
  logNumber: number,
  { size, at }: { readonly size: number; readonly at: readonly number[] },
): Promise<Map<number, Uint8Array> | undefined> {
  const range = new CompactRange(nodeSha256);
  const roots = new Map<number, Uint8Array>(at.includes(0) ? [[0, range.root()]] : []);
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const { rows: [row] } = await client.query<{ width: number; bytes: Uint8Array }>({
      name: "entries",
      text: `select width, bytes from wavekeep.log_tile
        where log_no = $1 and level = -1 and tile_index = $2`,
      values: [logNumber, start / TILE_WIDTH],
    });
    if (row === undefined || row.width < Math.min(TILE_WIDTH, size - start)) return undefined;
    const entries = decodeEntryBundle(new Uint8Array(row.bytes), row.width);
    for (const entry of entries.slice(0, size - start)) {
      range.append(hashLeaf(entry, nodeSha256));
      if (at.includes(range.size)) roots.set(range.size, range.root());
    }
  }
  return roots;
}
