/**
 * The proof of one chunk: its opening, and the way from its leaf to the signed root.
 *
 * Hazard: what the database says is not what the log holds until the proof has been checked here: a row
 * that somebody changed gives another leaf, which leads to another root, and is our fault to tell
 * (`integrity-failed`), never a proof to hand out.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import {
  leafSalt,
  logPseudonym,
  nodeSha256,
  segmentRecordPlace,
  unseal,
} from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type Checkpoint,
  encodeLeafContent,
  encodeLogEntry,
  formatBase64,
  formatTilePath,
  hashLeaf,
  inclusionProof,
  type LeafContent,
  makeLogEntry,
  nodesOfTiles,
  parseCheckpoint,
  parseNote,
  planInclusion,
  type TileId,
  type TileNodes,
  tilesOfPlans,
  verifyInclusion,
} from "@wavekeep/core/log";
import { ProblemError } from "@wavekeep/core/problem";
import type { ChunkProof } from "@wavekeep/core/wire";
import { IntegrityError } from "../integrity_error.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import type { KnownTiles } from "./known_tiles.ts";
import type {
  ChunkLeafRow,
  ChunkPosition,
  FoundChunk,
  LogHead,
  ProofStore,
} from "./proof_store.ts";

/** A leaf with its entry: what the log was given, made again from rows. */
export interface OpenedLeaf {
  readonly entry: Uint8Array;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
}

/** The leaf of a chunk, out of its row and its recording's key. */
export function leafOfChunk(
  row: ChunkLeafRow,
  identity: Pick<StreamIdentity, "siteId" | "segmentId" | "stream" | "key">,
): OpenedLeaf {
  const content: LeafContent = {
    type: "chunk",
    siteId: identity.siteId,
    segmentId: parseHex(identity.segmentId),
    stream: identity.stream,
    sequence: row.sequence,
    chunkDigest: row.chunkDigest,
    storedDigest: row.storedDigest,
    receivedAtMicros: row.receivedAtMicros,
  };
  const bytes = encodeLeafContent(content);
  const salt = row.leafSalt ?? leafSalt(identity.key, bytes);
  const pseudonym = logPseudonym(identity.key);
  const entry = encodeLogEntry(makeLogEntry({ pseudonym, salt, content }, nodeSha256));
  return { entry, salt, content: bytes };
}

/** The head of the log with its checkpoint read. Nobody checks our own signature here: readers do. */
export async function headOfLog(
  proofs: ProofStore,
): Promise<{ head: LogHead; checkpoint: Checkpoint }> {
  const head = await proofs.head();
  if (head === undefined) throw notReady();
  return { head, checkpoint: parseCheckpoint(parseNote(head.checkpoint).text) };
}

/** What a proof is made with. */
export interface ChunkProofDeps {
  readonly proofs: Pick<ProofStore, "tiles">;
  readonly knownTiles: KnownTiles;
}

/**
 * Makes the proof of a chunk that was found, with the data key of its recording.
 *
 * @throws {ProblemError} `chunk-not-found`; `proof-not-ready` while its leaf is not in a signed checkpoint.
 * @throws {IntegrityError} What is stored is not what the log holds.
 */
export async function proveChunk(
  deps: ChunkProofDeps,
  { segmentId, stream, sequence }: ChunkPosition,
  found: FoundChunk,
  key: Uint8Array,
): Promise<ChunkProof> {
  const { head, leaf: row, recording: { siteId, recordingId }, segmentNumber } = found;
  if (head === undefined) throw notReady();
  if (row === undefined) throw new ProblemError("chunk-not-found");
  const checkpoint = parseCheckpoint(parseNote(head.checkpoint).text);
  const index = row.leafIndex;
  if (index === null || index >= checkpoint.size) throw notReady();
  const leaf = leafOfChunk(row, { siteId, segmentId, stream, key });
  const failed = (cause: unknown) =>
    new IntegrityError("log", { thing: "chunk", recordingId, segmentId, stream, sequence }, cause);
  const of = { logNumber: head.logNumber, checkpoint, index, entry: leaf.entry };
  try {
    const proof = await provenInclusion(deps, of);
    const place = segmentRecordPlace(siteId, recordingId, segmentNumber);
    return {
      segment_id: segmentId,
      stream,
      sequence,
      segment_record: formatBase64(unseal(key, place, found.record)),
      segment_signature: found.signature && formatBase64(found.signature),
      entry: formatBase64(leaf.entry),
      salt: formatBase64(leaf.salt),
      content: formatBase64(leaf.content),
      index,
      size: checkpoint.size,
      proof: proof.map((hash) => formatBase64(hash)),
      checkpoint: new TextDecoder().decode(head.checkpoint),
    };
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw failed(cause);
  }
}

interface LeafInLog {
  readonly logNumber: number;
  readonly checkpoint: Checkpoint;
  readonly index: number;
  readonly entry: Uint8Array;
}

/** The hashes from the leaf to the signed root, checked. What is kept is doubted before what is stored is. */
async function provenInclusion(deps: ChunkProofDeps, of: LeafInLog): Promise<Uint8Array[]> {
  const { logNumber, checkpoint: { size } } = of;
  const tiles = tilesOfPlans(planInclusion(of.index, size), size);
  const missing = tiles.filter((tile) => deps.knownTiles.find(logNumber, tile) === undefined);
  try {
    return await inclusionOf(deps, of, { tiles, missing });
  } catch (error) {
    if (!isCoreError(error) || missing.length === tiles.length) throw error;
    return await inclusionOf(deps, of, { tiles, missing: tiles });
  }
}

async function inclusionOf(
  { proofs, knownTiles }: ChunkProofDeps,
  { logNumber, checkpoint: { size, root }, index, entry }: LeafInLog,
  { tiles, missing }: { readonly tiles: readonly TileId[]; readonly missing: readonly TileId[] },
): Promise<Uint8Array[]> {
  const bytes = missing.length === 0 ? new Map() : await proofs.tiles(logNumber, missing);
  // What others put there or threw away meanwhile is nothing to this proof.
  const nodes = new Map<string, TileNodes>();
  for (const tile of tiles) {
    const path = formatTilePath(tile);
    const stored = bytes.get(path);
    if (stored !== undefined) knownTiles.keep(logNumber, tile, stored);
    const found = knownTiles.find(logNumber, tile);
    if (found !== undefined) nodes.set(path, found);
  }
  try {
    const nodeHashOf = nodesOfTiles(size, (tile) => nodes.get(formatTilePath(tile)));
    const proof = inclusionProof({ index, size }, nodeHashOf, nodeSha256);
    verifyInclusion(
      { index, size, leafHash: hashLeaf(entry, nodeSha256), proof, root },
      nodeSha256,
    );
    return proof;
  } catch (error) {
    for (const tile of tiles) knownTiles.forget(logNumber, tile);
    throw error;
  }
}

/** Said of what the sequencer has not got to; a second later it has. */
export function notReady(detail = "The log has no signed checkpoint with this yet"): ProblemError {
  return new ProblemError("proof-not-ready", { detail, retryAfterSeconds: 2 });
}
