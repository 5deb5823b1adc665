/**
 * Testing. A log in memory, with faults: each write fails before it happened, or after.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import { formatTilePath } from "@wavekeep/core/log";
import { ENTRIES_LEVEL, type TileRow } from "../growing_log.ts";
import type { KeptCheckpoint } from "../kept_checkpoint.ts";
import { type LogHead, type LogStore, LogTakenError } from "../log_store.ts";

/** How a write fails. */
export const FAULTS = ["failed", "failed but persisted"] as const;
export type Fault = (typeof FAULTS)[number];

/** What is stored, and the next fault. */
export interface MemoryLog {
  head: LogHead | undefined;
  checkpoint: Uint8Array | undefined;
  kept: Uint8Array | undefined;
  readonly tiles: Map<string, TileRow>;
  /** The outbox, in order. */
  readonly events: Uint8Array[];
  /** Write by name that fails next, once. */
  fault: { readonly write: string; readonly how: Fault } | undefined;
  /** Checkpoints that anybody outside has seen. */
  readonly seen: Uint8Array[];
}

export function emptyMemoryLog(): MemoryLog {
  return {
    head: undefined,
    checkpoint: undefined,
    kept: undefined,
    tiles: new Map(),
    events: [],
    fault: undefined,
    seen: [],
  };
}

/** The files that a log serves. */
export function servedFiles(log: MemoryLog): Map<string, Uint8Array> {
  const files = new Map([...log.tiles.values()].map((
    { level, index, width, bytes },
  ) => [
    formatTilePath({ level: level === ENTRIES_LEVEL ? "entries" : level, index, width }),
    bytes,
  ]));
  files.set("checkpoint", log.checkpoint!);
  return files;
}

export function memoryKept(log: MemoryLog): KeptCheckpoint {
  return {
    read: () => Promise.resolve(log.kept),
    write: (note) => withFault(log, "keep", () => void (log.kept = note)),
  };
}

export function memoryLogStore(log: MemoryLog): LogStore {
  const after = (eventId: string) => log.events.slice(Number(eventId));
  const require = (head: LogHead) => {
    const now = log.head;
    if (now?.revision !== head.revision || !equalBytes(now.root, head.root)) {
      throw new LogTakenError("Cannot write the log: another sequencer is at work");
    }
    return now;
  };
  const put = (tiles: readonly TileRow[]) => {
    for (const tile of tiles) log.tiles.set(`${tile.level}/${tile.index}`, tile);
  };
  return {
    takeLock: () => Promise.resolve(true),
    head: () => Promise.resolve(log.head),
    tiles: (_log, ids) =>
      Promise.resolve(ids.map(({ level, index }) => log.tiles.get(`${level}/${index}`))),
    waiting: ({ eventId }, countMax) => {
      const entries = after(eventId).slice(0, countMax);
      return Promise.resolve(
        entries.length === 0 ? undefined : {
          entries,
          cursor: { xid: "1", eventId: String(Number(eventId) + entries.length) },
          oldestMs: 0,
          isFull: entries.length === countMax,
        },
      );
    },
    between: (from, to) =>
      Promise.resolve(log.events.slice(Number(from.eventId), Number(to.eventId))),
    oldestWaitingMs: () => Promise.resolve(0),
    start: (start) =>
      withFault(log, "start", () => {
        if (log.head !== undefined) throw new LogTakenError("Cannot write the log: it is there");
        log.head = {
          ...start,
          size: 1,
          cursor: { xid: "0", eventId: "0" },
          publishedSize: 0,
          witnessedSize: 0,
          revision: 0,
        };
        put(start.tiles);
      }),
    append: (head, { size, root, note, cursor, tiles }) =>
      withFault(log, "append", () => {
        const now = require(head);
        log.head = { ...now, size, root, note, cursor, revision: now.revision + 1 };
        put(tiles);
      }),
    publish: (head, { size, checkpoint, witnessCount }) =>
      withFault(log, "publish", () => {
        const now = require(head);
        log.head = {
          ...now,
          publishedSize: size,
          witnessedSize: witnessCount > 0 ? size : now.witnessedSize,
          revision: now.revision + 1,
        };
        log.checkpoint = checkpoint;
        log.seen.push(checkpoint);
      }),
  };
}

/** Runs a write, or fails as the table says: without having written, or after. */
// deno-lint-ignore require-await -- a store answers with promises
async function withFault(log: MemoryLog, write: string, fn: () => void): Promise<void> {
  const { fault } = log;
  if (fault?.write !== write) return fn();
  log.fault = undefined;
  if (fault.how === "failed but persisted") fn();
  throw new Error(`${write} ${fault.how}`);
}
