/**
 * The sequencer: takes leaves out of the outbox, makes the tree longer, signs, publishes.
 *
 * Sole owner of the order of durable writes. Everything it holds in memory follows from the store, so after any
 * error it forgets and reads again: whether a write that failed was persisted is then seen, not guessed.
 *
 * @see PROTOCOL section 6; decision 0027
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import { concatBytes, equalBytes } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  type Checkpoint,
  consistencyProof,
  decodeEntryBundle,
  decodeTile,
  encodeLeafContent,
  encodeLogEntry,
  formatCheckpoint,
  formatNote,
  formatTilePath,
  makeLogEntry,
  nodesFromTiles,
  openCheckpoint,
  planConsistency,
  planRoot,
  rootOf,
  signNote,
  TILE_WIDTH,
  type TileId,
  tilesOfPlans,
  verifyConsistency,
} from "@wavekeep/core/log";
import type { Logger } from "@wavekeep/core/service";
import type { AskWitnesses } from "./ask_witnesses.ts";
import {
  EMPTY_EDGE,
  ENTRIES_LEVEL,
  growLog,
  type LogEdge,
  nodesOfEdge,
  openWidth,
} from "./growing_log.ts";
import type { KeptCheckpoint } from "./kept_checkpoint.ts";
import { type LogHead, type LogStore, LogTakenError } from "./log_store.ts";
import { NOTE_CRYPTO, type NoteSigner } from "./note_key.ts";
import { checkClaim } from "./second_opinion.ts";

/** What a sequencer works with. */
export interface SequencerDeps {
  readonly store: LogStore;
  readonly kept: KeptCheckpoint;
  /** The log's key under its origin. */
  readonly signer: NoteSigner;
  readonly askWitnesses: AskWitnesses;
  readonly randomBytes: (byteLength: number) => Uint8Array;
  readonly nowMicros: () => bigint;
  /** Of the database, for the first entry of a log. */
  readonly incarnation: () => Promise<number>;
  readonly logger: Logger;
}

/** Signing would fork the log: nobody goes on by himself. */
export class LogForkError extends Error {
  override readonly name = "LogForkError";
}

/** What one step did. */
export interface StepResult {
  readonly leafCount: number;
  readonly size: number;
  /** Age of the oldest leaf of the batch when its checkpoint was durable. */
  readonly oldestMs: number;
  readonly witnessCount: number;
  readonly hasMore: boolean;
}

/** Leaves of a step: some megabytes in memory, and far less than the two seconds a leaf may wait. */
export const BATCH_LEAVES_MAX = 8_192;

interface State {
  readonly head: LogHead;
  readonly edge: LogEdge;
}

/** One log's sequencer. Steps are made one after the other. */
export class Sequencer {
  readonly #deps: SequencerDeps;
  #state: State | undefined;

  constructor(deps: SequencerDeps) {
    this.#deps = deps;
  }

  /** What the log is, as far as this sequencer knows. */
  get head(): LogHead | undefined {
    return this.#state?.head;
  }

  /**
   * Takes what waits, up to a batch, and publishes.
   *
   * @throws {LogTakenError} Another sequencer writes this log. Stop.
   * @throws {LogForkError} The database is not what was signed before. Stop.
   * @throws Anything else: nothing is lost, and the next step finds out how far this one came.
   */
  async step(): Promise<StepResult> {
    try {
      return await this.#step();
    } catch (error) {
      this.#state = undefined;
      throw error;
    }
  }

  async #step(): Promise<StepResult> {
    const { store, logger } = this.#deps;
    const state = this.#state ??= await this.#load();
    const batch = await store.waiting(state.head.cursor, BATCH_LEAVES_MAX);
    const startMs = performance.now();
    let { head } = state;
    if (batch !== undefined) {
      const growth = growLog(state.edge, batch.entries, nodeSha256);
      // 1. Read again and recompute, before anything is signed: what was hashed is what is stored.
      checkClaim({
        oldSize: head.size,
        oldRoot: head.root,
        oldPeaks: planRoot(head.size).map(nodesOfEdge(state.edge, nodeSha256)),
        entries: await store.between(head.cursor, batch.cursor),
        newSize: growth.edge.size,
        newRoot: growth.root,
      });
      const { root, tiles } = growth;
      const { size } = growth.edge;
      const note = await this.#sign({ origin: head.origin, size, root, extensions: [] });
      // 2. Head, tiles and index in one transaction, over the head that was read and no other. The signature
      //    is in it and nowhere else: should it fail, nobody has seen a checkpoint that the log has not.
      await store.append(head, { size, root, note, cursor: batch.cursor, tiles });
      head = { ...head, size, root, note, cursor: batch.cursor, revision: head.revision + 1 };
      this.#state = { head, edge: growth.edge };
      // 3. Kept outside the database, before anybody is shown it: from here on a shorter database is a fork.
      await this.#deps.kept.write(note);
    }
    const oldestMs = batch === undefined ? 0 : batch.oldestMs + performance.now() - startMs;
    const witnessCount = await this.#publish(head);
    if (batch !== undefined) {
      logger.debug("leaves sequenced", { leafCount: batch.entries.length, size: head.size });
    }
    return {
      leafCount: batch?.entries.length ?? 0,
      size: head.size,
      oldestMs,
      witnessCount,
      hasMore: batch?.isFull ?? false,
    };
  }

  /**
   * Publishes the head's checkpoint, with what witnesses have signed. A log that stands still is published
   * again when a witness comes back: it may stand still for a night.
   */
  async #publish(head: LogHead): Promise<number> {
    const isServed = head.publishedSize === head.size;
    if (isServed && head.witnessedSize === head.size) return 0;
    const { store, askWitnesses } = this.#deps;
    // 4. Witnesses, each with its own deadline. One that is away costs its signature and nothing else.
    const lines = await askWitnesses({
      head,
      proofFrom: (oldSize) => this.#proofFrom(oldSize, head),
    });
    if (isServed && lines.length === 0) return 0;
    const checkpoint = concatBytes(head.note, ...lines);
    // 5. Served from now on. When this fails the next step asks again: a witness signs a size twice.
    await store.publish(head, { size: head.size, checkpoint, witnessCount: lines.length });
    // With cosignatures: should the database be lost, the next log begins with this.
    if (lines.length > 0) await this.#deps.kept.write(checkpoint);
    const published = { ...head, publishedSize: head.size, revision: head.revision + 1 };
    const witnessedSize = lines.length > 0 ? head.size : head.witnessedSize;
    this.#state = { head: { ...published, witnessedSize }, edge: this.#state!.edge };
    return lines.length;
  }

  /** Reads the log as it stands, starts it when there is none, and refuses what would be a fork. */
  async #load(): Promise<State> {
    const { store, kept, signer } = this.#deps;
    const { name: origin } = signer.key;
    let head = await store.head();
    if (head === undefined) {
      const note = await kept.read();
      if (note !== undefined) {
        throw new LogForkError(
          "Cannot start a log: this key has signed one, and the database has none; a restore needs " +
            "`deno task sequence --new-log ORIGIN`",
        );
      }
      await this.startLog({ logNumber: 1, restoredSize: 0, lastCheckpoint: "" });
      head = await store.head();
      assert(head !== undefined, "a log that was started is there");
    }
    if (head.origin !== origin) {
      throw new LogForkError(`Cannot go on: the log is ${head.origin}, LOG_ORIGIN is ${origin}`);
    }
    await this.#requireSigned(head);
    const edge = await this.#readEdge(head);
    await this.#requireKept(head);
    return { head, edge };
  }

  /** Begins a log with its first entry, log-start. */
  async startLog(
    start: { logNumber: number; restoredSize: number; lastCheckpoint: string },
  ): Promise<void> {
    const { store, signer, randomBytes, nowMicros } = this.#deps;
    const content = {
      type: "log-start",
      siteId: 0,
      startedAtMicros: nowMicros(),
      incarnation: await this.#deps.incarnation(),
      restoredSize: start.restoredSize,
      lastCheckpoint: start.lastCheckpoint,
    } as const;
    const startSalt = randomBytes(32);
    const leaf = { pseudonym: new Uint8Array(16), salt: startSalt, content };
    const entry = encodeLogEntry(makeLogEntry(leaf, nodeSha256));
    const { root, tiles, edge } = growLog(EMPTY_EDGE, [entry], nodeSha256);
    const origin = signer.key.name;
    const note = await this.#sign({ origin, size: edge.size, root, extensions: [] });
    await store.start({
      logNumber: start.logNumber,
      origin,
      startSalt,
      startContent: encodeLeafContent(content),
      root,
      note,
      tiles,
    });
    await this.#deps.kept.write(note);
  }

  async #sign(checkpoint: Checkpoint): Promise<Uint8Array> {
    const text = formatCheckpoint(checkpoint);
    const { key, sign } = this.#deps.signer;
    const signature = await signNote(text, { key, sign, sha256: nodeSha256 });
    return formatNote({ text, signatures: [signature] });
  }

  /** @throws {LogForkError} The head does not say what this key has signed. */
  async #requireSigned(head: LogHead): Promise<void> {
    const { checkpoint } = await this.#open(head.note);
    if (checkpoint.size !== head.size || !equalBytes(checkpoint.root, head.root)) {
      throw new LogForkError(
        `Cannot go on: the head has ${head.size} leaves, its signed checkpoint says another tree`,
      );
    }
  }

  async #open(note: Uint8Array) {
    const logKey = this.#deps.signer.key;
    const policy = { origin: logKey.name, logKey, witnessKeys: [], quorum: 0 };
    try {
      return await openCheckpoint(note, { policy, crypto: NOTE_CRYPTO });
    } catch (cause) {
      throw new LogForkError("Cannot go on: a checkpoint is not signed by this log's key", {
        cause,
      });
    }
  }

  /** The open tiles, once they give the root that was signed. */
  async #readEdge({ logNumber, size, root }: LogHead): Promise<LogEdge> {
    const ids: { level: number; index: number }[] = [];
    const indexOf = (level: number) =>
      Math.floor(Math.floor(size / TILE_WIDTH ** Math.max(level, 0)) / TILE_WIDTH);
    const levels = [ENTRIES_LEVEL];
    for (let level = 0; size >= TILE_WIDTH ** level; level++) levels.push(level);
    for (const level of levels) {
      if (openWidth(level, size) > 0) ids.push({ level, index: indexOf(level) });
    }
    const rows = await this.#deps.store.tiles(logNumber, ids);
    const hashes: Uint8Array[][] = levels.slice(1).map(() => []);
    let entries: Uint8Array[] = [];
    for (const [i, { level, index }] of ids.entries()) {
      const width = openWidth(level, size);
      const row = rows[i];
      if (row === undefined || row.width < width) throw damaged(`tile ${level}/${index} is short`);
      if (level === ENTRIES_LEVEL) entries = decodeEntryBundle(row.bytes, row.width);
      else hashes[level] = decodeTile({ level, index, width: row.width }, row.bytes);
      if (row.width !== width) throw damaged(`tile ${level}/${index} has ${row.width} of ${width}`);
    }
    const edge: LogEdge = { size, entries, hashes };
    if (!equalBytes(rootOf(size, nodesOfEdge(edge, nodeSha256), nodeSha256), root)) {
      throw damaged("its tiles do not give the signed root");
    }
    return edge;
  }

  /** @throws {LogForkError} What was signed before is no beginning of this log, or is not known. */
  async #requireKept(head: LogHead): Promise<void> {
    const { kept } = this.#deps;
    const note = await kept.read();
    if (note !== undefined) {
      const { checkpoint: { size, root } } = await this.#open(note);
      if (size > head.size) {
        throw new LogForkError(
          `Cannot go on: rolled back at size ${head.size}; ${size} leaves were signed. After a restore, ` +
            "begin another log: `deno task sequence --new-log ORIGIN`",
        );
      }
      const proof = await this.#proofFrom(size, head);
      try {
        const claim = {
          oldSize: size,
          oldRoot: root,
          newSize: head.size,
          newRoot: head.root,
          proof,
        };
        verifyConsistency(claim, nodeSha256);
      } catch (cause) {
        throw new LogForkError(
          `Cannot go on: the log does not begin with the ${size} leaves that were signed`,
          { cause },
        );
      }
      if (size === head.size) return;
    } else if (head.size > 1) {
      throw new LogForkError(
        `Cannot go on: log.checkpoint is gone, and without it nobody knows whether these ${head.size} leaves ` +
          "are all that were signed. Put it back from a backup of KEY_DIR, or begin another log: " +
          "`deno task sequence --new-log ORIGIN`",
      );
    }
    // A crash between commit and this file: what the database has is what was signed.
    await kept.write(head.note);
  }

  /** A consistency proof out of stored tiles. */
  async #proofFrom(oldSize: number, head: LogHead): Promise<Uint8Array[]> {
    const { size, logNumber } = head;
    if (oldSize === 0 || oldSize === size) return [];
    const ids = tilesOfPlans(planConsistency(oldSize, size), size) as (TileId & {
      level: number;
    })[];
    const rows = await this.#deps.store.tiles(logNumber, ids);
    const files = new Map(ids.map((id, i) => {
      const row = rows[i];
      if (row === undefined || row.width < id.width) throw damaged(`tile ${id.level}/${id.index}`);
      return [formatTilePath(id), row.bytes.subarray(0, id.width * 32)];
    }));
    const nodeHashOf = nodesFromTiles(size, (path) => files.get(path), nodeSha256);
    return consistencyProof({ oldSize, newSize: size }, nodeHashOf, nodeSha256);
  }
}

/** Tells whether a sequencer must not try again. */
export function isFinal(error: unknown): boolean {
  return error instanceof LogTakenError || error instanceof LogForkError;
}

function damaged(what: string): LogForkError {
  return new LogForkError(`Cannot go on: the stored log is damaged, ${what}`);
}
