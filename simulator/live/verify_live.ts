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
import { verifyChecksum } from "@wavekeep/core/chunk";
import {
  chunkPlace,
  type KeyStore,
  leafSalt,
  logPseudonym,
  nodeSha256,
  openLeafContent,
  recordingKeyPlace,
  unseal,
  unwrapKey,
} from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type Checkpoint,
  type CheckpointPolicy,
  CompactRange,
  decodeEntryBundle,
  decodeLogEntry,
  encodeLeafContent,
  encodeLogEntry,
  hashLeaf,
  type LeafContent,
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
import {
  addSeconds,
  formatCivil,
  formatSeconds,
  microsToCivil,
  parseSeconds,
  sampleRate,
  secondsOfSample,
} from "@wavekeep/core/time";
import type pg from "pg";
import { ErasedLedger } from "./erased.ts";
import { findMoves } from "./moves.ts";
import { compareNouns, leafName, type NounExcuses } from "./nouns.ts";
import {
  checkSight,
  countBeforeLog,
  type EventRow,
  type HeadRow,
  type IndexedRow,
  type LogExtent,
  type RecordingRow,
  selectBody,
  selectEntries,
  selectHeads,
  selectIndexed,
  selectOpenedBefore,
  selectRecording,
  selectRecordingIds,
  selectUnlogged,
} from "./rows.ts";
import { findWaiting, LATE_MS, type Waiting } from "./waiting.ts";

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

/** A recording with its key; no key when the patient was erased. */
interface OpenedRecording {
  readonly row: RecordingRow;
  readonly key: Uint8Array | undefined;
}

class LiveVerifier {
  readonly #client: pg.Client;
  readonly #options: LiveOptions;
  readonly #result = new VerdictBuilder();
  readonly #recordings = new Map<string, OpenedRecording | undefined>();
  readonly #nouns: { content: NounContent; leafIndex: number }[] = [];
  readonly #erased = new ErasedLedger();
  #unopened = 0;
  #startedAtMicros = 0n;
  #lastEntry: Uint8Array | undefined;

  constructor(client: pg.Client, options: LiveOptions) {
    this.#client = client;
    this.#options = options;
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
    const keyOf = (recordingId: string) => this.#recordings.get(recordingId)?.key;
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
      const entries = await this.#entries(head.logNumber, { start, end });
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

  async #entries(
    logNumber: number,
    { start, end }: { start: number; end: number },
  ): Promise<Uint8Array[] | undefined> {
    const bytes = await selectEntries(this.#client, logNumber, start / TILE_WIDTH);
    const place = { leafIndex: start };
    if (bytes === undefined) {
      this.#result.find("log-proof-differs", "entries of the log were deleted", place);
      return undefined;
    }
    try {
      // The newest bundle may have more than the checkpoint signs, never fewer.
      return readEntries(new Uint8Array(bytes), end - start);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#result.find("log-proof-differs", error.message, place);
      return undefined;
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
    const opened = await this.#recording(row.recordingId!);
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
    result.find("chunk-differs", await this.#whatDiffers(row, opened), where);
  }

  /** A digest says that something differs; what stands beside it says a little more. */
  async #whatDiffers(row: IndexedRow, { row: recording, key }: OpenedRecording): Promise<string> {
    const place = {
      recordingId: row.recordingId!,
      segmentNumber: row.segmentNumber!,
      stream: row.stream!,
      sequence: row.sequence!,
    };
    const stored = await selectBody(this.#client, place);
    if (stored === undefined) return "its row is not what was logged";
    let bytes: Uint8Array;
    try {
      const siteId = recording.siteId;
      bytes = unseal(key!, chunkPlace({ siteId, ...place }), new Uint8Array(stored.body));
    } catch (error) {
      if (!isCoreError(error)) throw error;
      return "its bytes are another row's, or damaged: rows were swapped or written over";
    }
    const isStored = equalBytes(nodeSha256(bytes), new Uint8Array(row.chunk!.storedDigest));
    if (!isStored) return "its digests are not those of its bytes";
    const next = stored.next && this.#opened(recording.siteId, key!, {
      ...place,
      sequence: place.sequence + 1,
    }, stored.next);
    const isChained = next !== null &&
      equalBytes(next.previousDigest, new Uint8Array(row.chunk!.chunkDigest));
    return isChained
      ? "the chunk after it vouches for its samples: it was re-dated"
      : "it was re-dated, or replaced";
  }

  #opened(
    siteId: number,
    key: Uint8Array,
    place: { recordingId: string; segmentNumber: number; stream: number; sequence: number },
    body: Uint8Array,
  ): ReturnType<typeof verifyChecksum> | null {
    try {
      return verifyChecksum(unseal(key, chunkPlace({ siteId, ...place }), new Uint8Array(body)));
    } catch (error) {
      if (!isCoreError(error)) throw error;
      return null;
    }
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
    const opened = await this.#open(row.recordingId, event, bytes);
    if (opened === "erased") this.#unopened++;
    else if (typeof opened === "string") result.find("leaf-unopened", `${type}: ${opened}`, place);
    else if ("id" in opened) this.#nouns.push({ content: opened, leafIndex: place.leafIndex! });
    else if (opened.type === "erasure") {
      this.#erased.addErasure(place.pseudonym!, place.leafIndex!, opened);
    }
  }

  /** What an event's leaf says; a text says why that cannot be told. */
  async #open(
    recordingId: string | null,
    event: EventRow,
    entry: Uint8Array,
  ): Promise<LeafContent | string> {
    if (event.content === null) return "what it says was taken away";
    let content = new Uint8Array(event.content);
    let salt: Uint8Array | undefined = event.salt === null ? undefined : new Uint8Array(event.salt);
    try {
      if (salt === undefined) {
        const opened = recordingId === null ? undefined : await this.#recording(recordingId);
        if (opened === undefined) return "its recording was deleted";
        if (opened.key === undefined) return "erased";
        const { siteId } = opened.row;
        const of = { siteId, recordingId: recordingId!, entry };
        content = new Uint8Array(openLeafContent(opened.key, of, content));
        salt = leafSalt(opened.key, content);
      }
      return openLogEntry(entry, { salt, content }, nodeSha256);
    } catch (error) {
      if (!isCoreError(error)) throw error;
      return "what it says was changed";
    }
  }

  async #findUnlogged(extent: LogExtent, { chunks }: Waiting): Promise<void> {
    for (const row of await selectUnlogged(this.#client, extent)) {
      const { recordingId, segmentNumber, stream, sequence } = row;
      if (chunks.has(`${recordingId}/${segmentNumber}/${stream}/${sequence}`)) continue;
      const place = placeOf(await this.#recording(recordingId), { ...row, chunk: null });
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
      const opened = await this.#open(recordingId, event, new Uint8Array(event.entry!));
      if (typeof opened !== "string" && "id" in opened) names.add(leafName(opened));
    }
    return names;
  }

  /** Recordings whose nouns have no leaf that could be opened: erased, or opened before the log began. */
  async #recordingsWithoutLeaves(): Promise<Set<string>> {
    const without = new Set<string>();
    for (const recordingId of await selectRecordingIds(this.#client)) {
      const opened = await this.#recording(recordingId);
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
    for (const [recordingId, opened] of this.#recordings) {
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

  async #recording(recordingId: string): Promise<OpenedRecording | undefined> {
    if (this.#recordings.has(recordingId)) return this.#recordings.get(recordingId);
    const row = await selectRecording(this.#client, recordingId);
    let opened: OpenedRecording | undefined;
    if (row !== undefined) {
      const patientKey = await this.#options.keys.patientKey(row.patientUuid);
      opened = { row, key: patientKey && this.#dataKey(row, patientKey) };
    }
    this.#recordings.set(recordingId, opened);
    return opened;
  }

  #dataKey(row: RecordingRow, patientKey: Uint8Array): Uint8Array | undefined {
    try {
      const place = recordingKeyPlace(row.siteId, row.recordingId);
      return unwrapKey(patientKey, place, new Uint8Array(row.wrappedKey));
    } catch (error) {
      if (!isCoreError(error)) throw error;
      this.#result.find(
        "link-differs",
        `recording ${row.recordingCode} was given to another patient: the key of ` +
          `${row.patientCode} does not open it`,
      );
      return undefined;
    }
  }
}

/** Where a chunk is, as far as the rows it hangs from are there. */
function placeOf(
  opened: OpenedRecording | undefined,
  row: {
    readonly segmentNumber: number | null;
    readonly stream: number | null;
    readonly chunk: { readonly firstSample: number } | null;
  },
): ProofPlace {
  const segment = opened?.row.segments.get(row.segmentNumber!);
  if (segment === undefined) return {};
  const rate = opened!.row.rates.get(`${row.segmentNumber}/${row.stream}`);
  const segmentId = formatHex(new Uint8Array(segment.segmentId));
  if (rate === undefined || row.chunk === null) return { segmentId };
  const at = secondsOfSample(sampleRate(rate[0], rate[1]), row.chunk.firstSample);
  return { segmentId, second: formatSeconds(addSeconds(parseSeconds(segment.start), at)) };
}

/** The first `count` entries of a bundle that may have more. */
function readEntries(bytes: Uint8Array, count: number): Uint8Array[] {
  let byteLength = 0;
  for (let i = 0; i < count && byteLength + 2 <= bytes.byteLength; i++) {
    byteLength += 2 + bytes[byteLength]! * 256 + bytes[byteLength + 1]!;
  }
  return decodeEntryBundle(bytes.subarray(0, byteLength), count);
}
