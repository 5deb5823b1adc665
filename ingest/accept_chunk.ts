/**
 * Accepting chunks: seal, commit, compare with what is stored, answer. The story of exactly once.
 *
 * Sole owner of the order of durable writes. For every chunk one of these holds when an answer leaves:
 *
 * | Answer | What is on disk |
 * |---|---|
 * | 201 | this chunk and its event row, written by one transaction that has returned (`commit_queue.ts`) |
 * | 200 | the same chunk, stored before; the receipt is the stored row's |
 * | 409 `chunk-conflict` | another chunk, stored before; this one lies in quarantine |
 * | 409 `beyond-end` | nothing of this chunk |
 * | 503 `outcome-unknown` | this chunk and its event, or neither: the same bytes again find out |
 * | any other | nothing of this chunk |
 *
 * The parameter set that a chunk names is on disk whenever the chunk is, in quarantine too: it was there
 * before, or the transaction that wrote the chunk wrote it first.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { quarantinePlace, seal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import type { CheckedChunk } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { acceptedOutcome, toReceipt } from "./receipt.ts";
import { recordingKey, type RecordingSecrets, recordingSecrets } from "./recording_key.ts";
import { sealSet } from "./request_sets.ts";
import { chunkKey, sealRows } from "./seal_rows.ts";
import type {
  ChunkKey,
  NewParameterSet,
  PutChunkResult,
  Sender,
  StoredChunk,
} from "./store/ingest_store.ts";
import { uuidV4 } from "./uuid_v7.ts";

/** What became of one chunk: an outcome with a receipt, or the problem to answer with. */
export type ChunkVerdict = ChunkOutcome | ProblemError;

/**
 * Makes one checked chunk durable.
 *
 * @returns 201 or 200 with a receipt.
 * @throws {ProblemError} The position is taken by another chunk, or lies beyond the stream's end.
 * @throws What the store throws; nothing is acknowledged then.
 */
export async function acceptChunk(
  deps: IngestDeps,
  sender: Sender,
  chunk: CheckedChunk,
  options: { readonly isAlone?: boolean } = {},
): Promise<ChunkOutcome> {
  const [verdict] = await acceptChunks(deps, sender, [chunk], options);
  if (verdict instanceof ProblemError) throw verdict;
  return verdict!;
}

/**
 * Makes checked chunks durable in one transaction, together with those of other requests.
 *
 * @param options.isAlone In a transaction of their own: they may be what made a group abort.
 * @returns One verdict per chunk, in the order of `chunks`.
 * @throws What the store throws; nothing of the group is acknowledged then.
 */
export async function acceptChunks(
  deps: IngestDeps,
  sender: Sender,
  chunks: readonly CheckedChunk[],
  options: { readonly isAlone?: boolean } = {},
): Promise<ChunkVerdict[]> {
  const { distinct, placeOf } = byPosition(chunks);

  // 1. Seal before anything reaches SQL: what was once stored in the clear can never be erased.
  const keys = new Map<string, RecordingSecrets>();
  for (const { recording } of distinct) {
    if (keys.has(recording.recordingId)) continue;
    keys.set(recording.recordingId, await recordingSecrets(deps.keyStore, recording));
  }
  const rows = await sealRows(deps, sender, distinct, keys, options.isAlone);
  // Sets of all chunks: also one that ends in quarantine must be readable there.
  const sets = sealNewSets(deps, sender, chunks, keys);

  // 2. Commit the chunks together with their event rows and the sets they need. When this throws,
  //    nothing was promised yet, so any failure is a 5xx and the sender repeats the same bytes; whether
  //    the rows got there after all ("failed but persisted") is settled then, by the unique key.
  const results = options.isAlone
    ? await deps.store.putChunks(sender, rows, sets)
    : await deps.commits.putChunks({ sender, chunks: rows, sets });

  // 3. Only after the commit has returned: the sets may serve other requests, and readers are told,
  //    best effort; nobody waits for it.
  for (const { newSet, recording } of chunks) {
    if (newSet !== null) deps.sets.keep(recording.recordingId, newSet.digest, newSet.set);
  }
  for (let index = 0; index < results.length; index++) {
    if (results[index]!.outcome === "stored") {
      deps.announcer.announce(distinct[index]!.recording.notifyNumber);
      deps.summaries.add(distinct[index]!);
    }
  }

  // 4. Compare with what is stored. A different chunk goes to quarantine, in a transaction of its own:
  //    should that fail, this chunk answers 503 and its resend comes back here.
  const verdicts: ChunkVerdict[] = [];
  for (let index = 0; index < chunks.length; index++) {
    const chunk = chunks[index]!;
    const place = placeOf[index]!;
    const isFirst = distinct[place] === chunk;
    const verdict = await judge(deps, sender, chunk, { result: results[place]!, isFirst });
    deps.metrics?.judged(verdict, chunk.header);
    verdicts.push(verdict);
  }
  return verdicts;
}

/**
 * The chunks of a request, one for each position, and for each chunk where its position stands among them. A
 * repeat inside one request is judged against the first of its kind, like any later repeat.
 *
 * Sorted by key: two batches that hold the same positions in opposite orders would wait for each other's rows,
 * and the database would abort one of them.
 */
function byPosition(
  chunks: readonly CheckedChunk[],
): { readonly distinct: readonly CheckedChunk[]; readonly placeOf: readonly number[] } {
  // As live devices send: nothing to compare.
  if (chunks.length === 1) return { distinct: chunks, placeOf: [0] };
  const keyTexts = chunks.map((chunk) => keyText(chunkKey(chunk)));
  const firstByKey = new Map<string, CheckedChunk>();
  for (const [index, chunk] of chunks.entries()) {
    if (!firstByKey.has(keyTexts[index]!)) firstByKey.set(keyTexts[index]!, chunk);
  }
  const distinct = [...firstByKey.values()].sort(compareKeys);
  const places = new Map(distinct.map((chunk, place) => [chunk, place]));
  return { distinct, placeOf: keyTexts.map((key) => places.get(firstByKey.get(key)!)!) };
}

/** Each new set once; the keys are those of its chunk's recording. */
function sealNewSets(
  deps: Pick<IngestDeps, "clock">,
  sender: Sender,
  chunks: readonly CheckedChunk[],
  keys: ReadonlyMap<string, RecordingSecrets>,
): NewParameterSet[] {
  if (chunks.every(({ newSet }) => newSet === null)) return [];
  const sealed = new Map<string, NewParameterSet>();
  for (const { newSet, recording } of chunks) {
    if (newSet === null) continue;
    const name = `${recording.recordingId}/${formatHex(newSet.digest)}`;
    if (sealed.has(name)) continue;
    const secrets = keys.get(recording.recordingId)!;
    const atMicros = deps.clock.nowMicros();
    const scope = { siteId: sender.siteId, recordingId: recording.recordingId, secrets, atMicros };
    sealed.set(name, sealSet(scope, recording.reference, newSet));
  }
  return [...sealed.values()];
}

async function judge(
  deps: IngestDeps,
  sender: Sender,
  chunk: CheckedChunk,
  { result, isFirst }: { result: PutChunkResult; isFirst: boolean },
): Promise<ChunkVerdict> {
  if (result.outcome === "beyond-end") return beyondEnd(chunk, result.endSequence);
  if (equalBytes(result.chunk.chunkDigest, chunk.chunkDigest)) {
    const status = result.outcome === "stored" && isFirst ? 201 : 200;
    return acceptedOutcome(status, toReceipt(chunk.segment, result.chunk));
  }
  await quarantine(deps, sender, chunk);
  return conflict(chunk, result.chunk);
}

async function quarantine(deps: IngestDeps, sender: Sender, chunk: CheckedChunk): Promise<void> {
  const key = await recordingKey(deps.keyStore, chunk.recording);
  const quarantineId = uuidV4(deps.randomBytes(16));
  await deps.store.quarantineChunk(sender, {
    ...chunkKey(chunk),
    quarantineId,
    chunkDigest: chunk.chunkDigest,
    storedDigest: chunk.storedDigest,
    byteLength: chunk.bytes.byteLength,
    body: seal(key, quarantinePlace(sender.siteId, quarantineId), chunk.bytes),
  });
  deps.logger.warn("chunk conflict", {
    segmentId: formatHex(chunk.segment.segmentId),
    stream: chunk.header.stream,
    sequence: chunk.header.sequence,
    actor: sender.actor,
  });
}

function conflict({ header }: CheckedChunk, stored: StoredChunk): ProblemError {
  return new ProblemError("chunk-conflict", {
    detail: `Sequence ${header.sequence} of stream ${header.stream} holds a different chunk`,
    extensions: {
      segment_id: formatHex(header.segmentId),
      stream: header.stream,
      sequence: header.sequence,
      stored_chunk_digest: formatHex(stored.chunkDigest),
    },
  });
}

function beyondEnd({ header }: CheckedChunk, endSequence: number): ProblemError {
  return new ProblemError("beyond-end", {
    detail: `Stream ${header.stream} was stated to end before sequence ${endSequence}, the chunk ` +
      `has sequence ${header.sequence}`,
    extensions: { end_sequence: endSequence, sequence: header.sequence },
  });
}

function keyText({ recordingId, segmentNumber, stream, sequence }: ChunkKey): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}

function compareKeys(a: CheckedChunk, b: CheckedChunk): number {
  const [one, other] = [a.segment.recordingId, b.segment.recordingId];
  if (one !== other) return one < other ? -1 : 1;
  return a.segment.segmentNumber - b.segment.segmentNumber || a.header.stream - b.header.stream ||
    a.header.sequence - b.header.sequence;
}
