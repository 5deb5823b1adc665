/**
 * A whole live system against its log, and the log against checkpoints that were kept elsewhere.
 *
 * Names what a superuser deleted, inserted, swapped, re-dated or rolled back: every leaf of the log must be
 * a row that gives its entry, and every row must have its leaf. Hazard: what differs can only be named
 * because the entries under the signed root are what they are; when the root itself does not hold, that is
 * the finding, and the rest is only where to look.
 *
 * @see core/log/FORMAT.md; core/proof/FORMAT.md
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { type KeyStore, leafSalt, logPseudonym, nodeSha256 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type Checkpoint,
  type CheckpointPolicy,
  CompactRange,
  decodeLogEntry,
  encodeLeafContent,
  encodeLogEntry,
  hashLeaf,
  makeLogEntry,
  type NoteCrypto,
  type NounContent,
  openCheckpoint,
  openLogEntry,
  TILE_WIDTH,
} from "@wavekeep/core/log";
import {
  compareWithKept,
  type ProofPlace,
  type Verdict,
  VerdictBuilder,
  verifyCheckpoint,
} from "@wavekeep/core/proof";
import { formatCivil, microsToCivil } from "@wavekeep/core/time";
import type pg from "pg";
import { ErasedLedger } from "./erased.ts";
import { entriesOf, openEvent } from "./log_entries.ts";
import { findMoves } from "./moves.ts";
import { compareNouns, leafName, type NounExcuses } from "./nouns.ts";
import { OpenedRecordings, placeOf } from "./opened_recordings.ts";
import {
  checkSight,
  countBeforeLog,
  type HeadRow,
  type IndexedRow,
  type LogExtent,
  selectHeads,
  selectIndexed,
  selectOpenedBefore,
  selectRecordingIds,
  selectUnlogged,
} from "./rows.ts";
import { findWaiting, LATE_MS, type Waiting } from "./waiting.ts";
import { whatDiffers } from "./what_differs.ts";

/** What the verifier is given from outside. */
export interface LiveOptions {
  readonly policy: CheckpointPolicy;
  readonly crypto: NoteCrypto;
  /** Checkpoints that were kept, as signed notes. */
  readonly kept: readonly Uint8Array[];
  readonly keys: Pick<KeyStore, "patientKey">;
  /** How long a row may wait for its leaf; {@link LATE_MS}. */
  readonly lateMs?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Verifies everything that is stored. */
export async function verifyLive(client: pg.Client, options: LiveOptions): Promise<Verdict> {
  const kept: Checkpoint[] = [];
  for (const note of options.kept) kept.push((await openCheckpoint(note, options)).checkpoint);
  await client.query("begin isolation level repeatable read read only");
  try {
    await checkSight(client);
    return await new LiveVerifier(client, options).run(kept);
  } finally {
    await client.query("rollback");
  }
}

class LiveVerifier {
  readonly #client: pg.Client;
  readonly #options: LiveOptions;
  readonly #result = new VerdictBuilder();
  readonly #recordings: OpenedRecordings;
  readonly #nouns: { content: NounContent; leafIndex: number }[] = [];
  readonly #erased = new ErasedLedger();
  #unopened = 0;
  #startedAtMicros = 0n;
  #lastEntry: Uint8Array | undefined;

  constructor(client: pg.Client, options: LiveOptions) {
    this.#client = client;
    this.#options = options;
    this.#recordings = new OpenedRecordings(client, options.keys, this.#result);
  }

  async run(kept: readonly Checkpoint[]): Promise<Verdict> {
    const result = this.#result;
    const heads = await selectHeads(this.#client);
    const head = heads.find(({ origin }) => origin === this.#options.policy.origin);
    if (head?.checkpoint === undefined || head.checkpoint === null) {
      for (const { size } of kept) {
        result.find("rolled-back", `rolled back at size 0: the kept checkpoint has ${size} leaves`);
      }
      result.find("checkpoint-refused", "the database has no signed log of this origin");
      return result.verdict();
    }
    const note = new Uint8Array(head.checkpoint);
    const checkpoint = await verifyCheckpoint(note, this.#options, result);
    if (checkpoint === undefined) return result.verdict();
    const sizes = new Set(kept.map(({ size }) => size));
    const roots = new Map<number, Uint8Array>();
    const signed = await this.#signed(head, checkpoint);
    await this.#followLog(head, [checkpoint, signed], { sizes, roots });
    for (const one of kept) {
      compareWithKept(checkpoint, one, { rootAt: (size) => roots.get(size), result });
    }
    const extent = {
      logNumber: head.logNumber,
      signedSize: signed.size,
      startedAtMicros: this.#startedAtMicros,
    };
    const waiting = await findWaiting(this.#client, {
      extent,
      cursor: head.cursor,
      lastEntry: this.#lastEntry,
      lateMs: this.#options.lateMs ?? LATE_MS,
      result,
    });
    await this.#findUnlogged(extent, waiting);
    const excuses = {
      waiting: await this.#namesOf(waiting),
      recordings: await this.#recordingsWithoutLeaves(),
      ...this.#older(),
    };
    const keyOf = (recordingId: string) => this.#recordings.known(recordingId)?.key;
    const compared = await compareNouns(this.#client, this.#nouns, { excuses, keyOf });
    for (const { kind, detail, leafIndex } of compared) {
      result.find(kind, detail, leafIndex === undefined ? {} : { leafIndex });
    }
    for (const { count, ...place } of this.#erased.uncovered()) {
      result.find("leaf-unopened", `${count} chunks from here on`, place);
    }
    for (const { detail, leafIndex } of await findMoves(this.#client, this.#nouns)) {
      result.note("moved", detail, { leafIndex });
    }
    for (const { leafIndex, pseudonym, chunkCount, erasedAtMicros } of this.#erased.said()) {
      const at = `${formatCivil(microsToCivil(erasedAtMicros))}Z`;
      const detail = `${chunkCount} chunks erased at ${at}, by leaf ${leafIndex}`;
      result.note("erased", detail, { pseudonym });
    }
    if (this.#unopened > 0) {
      result.note("erased", `${this.#unopened} leaves of erased patients can be opened by nobody`);
    }
    result.counts.leaves = checkpoint.size;
    return result.verdict();
  }

  /** Every entry, and the row that it is of. */
  async #followLog(
    head: HeadRow,
    signed: readonly Checkpoint[],
    of: { sizes: ReadonlySet<number>; roots: Map<number, Uint8Array> },
  ): Promise<void> {
    const result = this.#result;
    const range = new CompactRange(nodeSha256);
    const roots = new Map<number, Uint8Array>();
    const total = Math.max(...signed.map(({ size }) => size));
    for (let start = 0; start < total; start += TILE_WIDTH) {
      const end = Math.min(total, start + TILE_WIDTH);
      const entries = await entriesOf(this.#client, head.logNumber, { start, end, result });
      if (entries === undefined) return;
      const rows = new Map<number, IndexedRow>();
      const indexed = await selectIndexed(this.#client, head.logNumber, { start, end });
      for (const row of indexed) {
        if (rows.has(row.leafIndex)) {
          const { leafIndex, stream, sequence } = row;
          result.find("chunk-unproven", "two rows claim to be this leaf", {
            leafIndex,
            ...(stream === null || sequence === null ? {} : { stream, sequence }),
          });
        }
        rows.set(row.leafIndex, row);
      }
      for (const [i, entry] of entries.entries()) {
        const index = start + i;
        range.append(hashLeaf(entry, nodeSha256));
        if (of.sizes.has(index + 1)) of.roots.set(index + 1, range.root());
        if (signed.some(({ size }) => size === index + 1)) roots.set(index + 1, range.root());
        if (index === 0) this.#checkStart(head, entry);
        else await this.#checkLeaf(index, entry, rows.get(index));
      }
      this.#lastEntry = entries.at(-1);
      this.#options.onProgress?.(end, total);
    }
    for (const { size, root } of signed) {
      if (equalBytes(roots.get(size)!, root)) continue;
      const detail = `the entries in the database do not give the signed root of ${size} leaves`;
      result.find("log-proof-differs", detail);
      return;
    }
  }

  #checkStart({ startSalt, startContent }: HeadRow, entry: Uint8Array): void {
    try {
      const opening = { salt: new Uint8Array(startSalt), content: new Uint8Array(startContent) };
      const start = openLogEntry(entry, opening, nodeSha256);
      if (start.type === "log-start") this.#startedAtMicros = start.startedAtMicros;
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#result.find("leaf-differs", "the log's beginning", { leafIndex: 0 });
    }
  }

  async #checkLeaf(index: number, bytes: Uint8Array, row: IndexedRow | undefined): Promise<void> {
    const entry = decodeLogEntry(bytes);
    const place: ProofPlace = {
      pseudonym: formatHex(entry.pseudonym),
      leafIndex: index,
      ...(entry.type === "chunk" ? { stream: entry.stream, sequence: entry.sequence } : {}),
    };
    if (row === undefined) {
      this.#result.find("leaf-unopened", `nothing says what this ${entry.type} is`, place);
    } else if (row.sequence !== null) await this.#checkChunk(row, { bytes, place });
    else await this.#checkEvent(row, { bytes, place });
  }

  async #checkChunk(
    row: IndexedRow,
    { bytes, place }: { bytes: Uint8Array; place: ProofPlace },
  ): Promise<void> {
    const result = this.#result;
    result.counts.chunks++;
    const opened = await this.#recordings.get(row.recordingId!);
    const segment = opened?.row.segments.get(row.segmentNumber!);
    const where = { ...place, ...placeOf(opened, row) };
    if (row.chunk === null) {
      result.find("chunk-missing", "its row was deleted", where);
      return;
    }
    if (opened === undefined || segment === undefined) {
      result.find("segment-differs", "the rows that a chunk hangs from were deleted", where);
      return;
    }
    if (opened.key === undefined) {
      this.#unopened++;
      this.#erased.addChunk({
        pseudonym: place.pseudonym!,
        segmentId: formatHex(new Uint8Array(segment.segmentId)),
        stream: row.stream!,
        sequence: row.sequence!,
        leafIndex: place.leafIndex!,
      });
      return;
    }
    const { chunk } = row;
    const content = {
      type: "chunk",
      siteId: chunk.siteId,
      segmentId: new Uint8Array(segment.segmentId),
      stream: row.stream!,
      sequence: row.sequence!,
      chunkDigest: new Uint8Array(chunk.chunkDigest),
      storedDigest: new Uint8Array(chunk.storedDigest),
      receivedAtMicros: chunk.receivedAtMicros,
    } as const;
    const salt = chunk.leafSalt === null ? undefined : new Uint8Array(chunk.leafSalt);
    const pseudonym = logPseudonym(opened.key);
    const leaf = makeLogEntry(
      { pseudonym, salt: salt ?? leafSalt(opened.key, encodeLeafContent(content)), content },
      nodeSha256,
    );
    if (equalBytes(encodeLogEntry(leaf), bytes)) return;
    result.find("chunk-differs", await whatDiffers(this.#client, row, opened), where);
  }

  async #checkEvent(
    row: IndexedRow,
    { bytes, place }: { bytes: Uint8Array; place: ProofPlace },
  ): Promise<void> {
    const result = this.#result;
    const { type } = decodeLogEntry(bytes);
    if (row.event === null) {
      result.find("leaf-unopened", `the event of this ${type} was deleted`, place);
      return;
    }
    const { event } = row;
    if (event.entry === null || !equalBytes(new Uint8Array(event.entry), bytes)) {
      result.find("leaf-differs", `the event of this ${type} was changed`, place);
      return;
    }
    const opened = await openEvent(this.#recordings, row.recordingId, event, bytes);
    if (opened === "erased") this.#unopened++;
    else if (typeof opened === "string") result.find("leaf-unopened", `${type}: ${opened}`, place);
    else if ("id" in opened) this.#nouns.push({ content: opened, leafIndex: place.leafIndex! });
    else if (opened.type === "erasure") {
      this.#erased.addErasure(place.pseudonym!, place.leafIndex!, opened);
    }
  }

  async #findUnlogged(extent: LogExtent, { chunks }: Waiting): Promise<void> {
    for (const row of await selectUnlogged(this.#client, extent)) {
      const { recordingId, segmentNumber, stream, sequence } = row;
      if (chunks.has(`${recordingId}/${segmentNumber}/${stream}/${sequence}`)) continue;
      const place = placeOf(await this.#recordings.get(recordingId), { ...row, chunk: null });
      this.#result.find("chunk-unproven", "its row was inserted past the log", {
        ...place,
        stream,
        sequence,
      });
    }
    const before = await countBeforeLog(this.#client, extent);
    if (before === 0) return;
    this.#result.unchecked(
      `${before} chunks say that they were stored before the log began: they have no leaf, and nothing ` +
        "but their rows vouches for them",
    );
  }

  /** What the log's key has signed last: between signing and publishing a moment goes by. */
  async #signed({ note }: HeadRow, published: Checkpoint): Promise<Checkpoint> {
    if (note === null) return published;
    const { policy, crypto } = this.#options;
    try {
      const own = { policy: { ...policy, witnessKeys: [], quorum: 0 }, crypto };
      const { checkpoint } = await openCheckpoint(new Uint8Array(note), own);
      return checkpoint.size > published.size ? checkpoint : published;
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#result.find("checkpoint-refused", "the newest signed note is not the log's");
      return published;
    }
  }

  /** Names of nouns that the sequencer has still to get to. */
  async #namesOf({ nouns }: Waiting): Promise<Set<string>> {
    const names = new Set<string>();
    for (const { recordingId, event } of nouns) {
      const opened = await openEvent(
        this.#recordings,
        recordingId,
        event,
        new Uint8Array(event.entry!),
      );
      if (typeof opened !== "string" && "id" in opened) names.add(leafName(opened));
    }
    return names;
  }

  /** Recordings whose nouns have no leaf that could be opened: erased, or opened before the log began. */
  async #recordingsWithoutLeaves(): Promise<Set<string>> {
    const without = new Set<string>();
    for (const recordingId of await selectRecordingIds(this.#client)) {
      const opened = await this.#recordings.get(recordingId);
      if (opened?.key === undefined) without.add(recordingId);
    }
    const linked = new Set(
      this.#nouns.filter(({ content }) => content.type === "recording-link")
        .map(({ content }) => formatHex(content.id)),
    );
    let before = 0;
    for (const row of await selectOpenedBefore(this.#client, this.#startedAtMicros)) {
      const { recordingId, reference } = row;
      if (without.has(recordingId) || linked.has(formatHex(new Uint8Array(reference)))) continue;
      without.add(recordingId);
      before++;
    }
    if (before > 0) {
      this.#result.unchecked(
        `${before} recordings say that they were opened before the log began: what is said of them has no leaf`,
      );
    }
    return without;
  }

  /** What builds stored that gave fewer nouns a leaf; which build it was, leaves say. */
  #older(): Pick<NounExcuses, "older" | "olderKeys"> {
    const started = new Set<string>();
    let firstLater = Infinity;
    for (const { content, leafIndex } of this.#nouns) {
      if (content.type === "recording-start") started.add(formatHex(content.id));
      if (content.type === "recording-start" || content.type === "device") {
        firstLater = Math.min(firstLater, leafIndex);
      }
    }
    const older = new Set<string>();
    for (const [recordingId, opened] of this.#recordings.all()) {
      const reference = opened?.row.reference;
      if (reference === undefined || opened?.key === undefined) continue;
      if (!started.has(formatHex(new Uint8Array(reference)))) older.add(recordingId);
    }
    const olderKeys = new Set(
      this.#nouns.filter(({ content, leafIndex }) =>
        content.type === "key" && content.number === 0 && leafIndex < firstLater
      ).map(({ content }) => leafName(content).slice("key/".length)),
    );
    if (older.size > 0) {
      this.#result.note(
        "older-build",
        `${older.size} recordings were opened by a build that gave no leaf to closings, clocks, files and ` +
          "civil starts: theirs are believed",
      );
    }
    return { older, olderKeys };
  }
}
