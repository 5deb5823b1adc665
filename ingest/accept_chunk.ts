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
import { chunkPlace, quarantinePlace, seal } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import type { CheckedChunk } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { chunkLeafHash, LEAF_SALT_BYTES } from "./leaf.ts";
import { acceptedOutcome, toReceipt } from "./receipt.ts";
import { recordingKey, type RecordingSecrets, recordingSecrets } from "./recording_key.ts";
import { sealSet } from "./request_sets.ts";
import type {
  ChunkKey,
  NewChunk,
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
  // A repeat inside one request is judged against the first of its kind, like any later repeat.
  const firstByKey = new Map<string, CheckedChunk>();
  for (const chunk of chunks) {
    const key = keyText(chunkKey(chunk));
    if (!firstByKey.has(key)) firstByKey.set(key, chunk);
  }
  // Sorted by key: two batches that hold the same positions in opposite orders would wait for each
  // other's rows, and the database would abort one of them.
  const distinct = [...firstByKey.values()].sort((a, b) => compareKeys(chunkKey(a), chunkKey(b)));

  // 1. Seal before anything reaches SQL: what was once stored in the clear can never be erased.
  const rows: NewChunk[] = [];
  const keys = new Map<string, RecordingSecrets>();
  for (const chunk of distinct) {
    const { recording } = chunk;
    const known = keys.get(recording.recordingId);
    const secrets = known ?? await recordingSecrets(deps.keyStore, recording);
    if (known === undefined) keys.set(recording.recordingId, secrets);
    rows.push(sealRow(deps, sender, chunk, secrets));
  }
  // Sets of all chunks: also one that ends in quarantine must be readable there.
  const sets = sealNewSets(sender, chunks, keys);

  // 2. Commit the chunks together with their event rows and the sets they need. When this throws,
  //    nothing was promised yet, so any failure is a 5xx and the sender repeats the same bytes; whether
  //    the rows got there after all ("failed but persisted") is settled then, by the unique key.
  const results = options.isAlone
    ? await deps.store.putChunks(sender, rows, sets)
    : await deps.commits.putChunks({ sender, chunks: rows, sets });
  const resultByKey = new Map(results.map((result, index) => [keyText(rows[index]!), result]));

  // 3. Only after the commit has returned: the sets may serve other requests, and readers are told,
  //    best effort; nobody waits for it.
  for (const { newSet, recording } of chunks) {
    if (newSet !== null) deps.sets.keep(recording.recordingId, newSet.digest, newSet.set);
  }
  for (const [index, result] of results.entries()) {
    if (result.outcome === "stored") {
      deps.announcer.announce(distinct[index]!.recording.notifyNumber);
      deps.summaries.add(distinct[index]!);
    }
  }

  // 4. Compare with what is stored. A different chunk goes to quarantine, in a transaction of its own:
  //    should that fail, this chunk answers 503 and its resend comes back here.
  const verdicts: ChunkVerdict[] = [];
  for (const chunk of chunks) {
    const key = keyText(chunkKey(chunk));
    const isFirst = firstByKey.get(key) === chunk;
    verdicts.push(await judge(deps, sender, chunk, { result: resultByKey.get(key)!, isFirst }));
  }
  return verdicts;
}

function sealRow(
  deps: IngestDeps,
  sender: Sender,
  chunk: CheckedChunk,
  { key, pseudonym }: RecordingSecrets,
): NewChunk {
  const { header, chunkDigest, storedDigest } = chunk;
  const place = { siteId: sender.siteId, ...chunkKey(chunk) };
  const receivedAtMicros = deps.clock.nowMicros();
  const leafSalt = deps.randomBytes(LEAF_SALT_BYTES);
  const leafHash = chunkLeafHash({
    siteId: sender.siteId,
    pseudonym,
    segmentId: header.segmentId,
    stream: header.stream,
    sequence: header.sequence,
    chunkDigest,
    storedDigest,
    receivedAtMicros,
    salt: leafSalt,
  }, deps.sha256);
  return {
    ...chunkKey(chunk),
    firstSample: header.firstSample,
    sampleCount: header.sampleCount,
    chunkDigest,
    storedDigest,
    receivedAtMicros,
    leafSalt,
    leafHash,
    body: seal(key, chunkPlace(place), chunk.bytes),
  };
}

/** Each new set once; the keys are those of its chunk's recording. */
function sealNewSets(
  sender: Sender,
  chunks: readonly CheckedChunk[],
  keys: ReadonlyMap<string, RecordingSecrets>,
): NewParameterSet[] {
  const sealed = new Map<string, NewParameterSet>();
  for (const { newSet, recording: { recordingId } } of chunks) {
    if (newSet === null) continue;
    const name = `${recordingId}/${formatHex(newSet.digest)}`;
    if (sealed.has(name)) continue;
    sealed.set(name, sealSet(sender, recordingId, keys.get(recordingId)!.key, newSet));
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
    return acceptedOutcome(status, toReceipt(chunk.segment.segmentId, result.chunk));
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

function chunkKey({ segment, header }: CheckedChunk): ChunkKey {
  return {
    recordingId: segment.recordingId,
    segmentNumber: segment.segmentNumber,
    stream: header.stream,
    sequence: header.sequence,
  };
}

function keyText({ recordingId, segmentNumber, stream, sequence }: ChunkKey): string {
  return `${recordingId}/${segmentNumber}/${stream}/${sequence}`;
}

function compareKeys(a: ChunkKey, b: ChunkKey): number {
  if (a.recordingId !== b.recordingId) return a.recordingId < b.recordingId ? -1 : 1;
  return a.segmentNumber - b.segmentNumber || a.stream - b.stream || a.sequence - b.sequence;
}
