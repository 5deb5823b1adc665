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
  hashLeaf,
  inclusionProof,
  type LeafContent,
  makeLogEntry,
  nodesFromTiles,
  parseCheckpoint,
  parseNote,
  planInclusion,
  tilesOfPlans,
  verifyInclusion,
} from "@wavekeep/core/log";
import { ProblemError } from "@wavekeep/core/problem";
import type { ChunkProof } from "@wavekeep/core/wire";
import { IntegrityError } from "../integrity_error.ts";
import type { OpenRecording, OpenSegment } from "../open_recording.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import type { ChunkLeafRow, LogHead, ProofStore } from "./proof_store.ts";

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

/**
 * Makes the proof of a chunk.
 *
 * @throws {ProblemError} `chunk-not-found`; `proof-not-ready` while its leaf is not in a signed checkpoint.
 * @throws {IntegrityError} What is stored is not what the log holds.
 */
export async function proveChunk(
  proofs: ProofStore,
  of: {
    readonly recording: OpenRecording;
    readonly segment: OpenSegment;
    readonly identity: StreamIdentity;
    readonly sequence: number;
  },
): Promise<ChunkProof> {
  const { recording, segment, identity, sequence } = of;
  const { siteId, recordingId } = recording.stored;
  const { head, checkpoint } = await headOfLog(proofs);
  const { logNumber } = head;
  const scope = { ...identity, logNumber, start: sequence, end: sequence + 1 };
  const [[row], segments] = await Promise.all([
    proofs.chunkLeaves(siteId, scope, 1),
    proofs.segments(siteId, recordingId),
  ]);
  if (row === undefined) throw new ProblemError("chunk-not-found");
  const { size, root } = checkpoint;
  const index = row.leafIndex;
  if (index === null || index >= size) throw notReady();
  const leaf = leafOfChunk(row, identity);
  const plans = planInclusion(index, size);
  const tiles = await proofs.tiles(logNumber, tilesOfPlans(plans, size));
  const failed = (cause?: unknown) =>
    new IntegrityError("log", { thing: "chunk", ...identity, sequence }, cause);
  const stored = segments.find(({ segmentNumber }) => segmentNumber === segment.segmentNumber);
  if (stored === undefined) throw failed();
  try {
    const nodeHashOf = nodesFromTiles(size, (path) => tiles.get(path), nodeSha256);
    const proof = inclusionProof({ index, size }, nodeHashOf, nodeSha256);
    const leafHash = hashLeaf(leaf.entry, nodeSha256);
    verifyInclusion({ index, size, leafHash, proof, root }, nodeSha256);
    const place = segmentRecordPlace(siteId, recordingId, segment.segmentNumber);
    return {
      segment_id: identity.segmentId,
      stream: identity.stream,
      sequence,
      segment_record: formatBase64(unseal(identity.key, place, stored.record)),
      segment_signature: stored.signature && formatBase64(stored.signature),
      entry: formatBase64(leaf.entry),
      salt: formatBase64(leaf.salt),
      content: formatBase64(leaf.content),
      index,
      size,
      proof: proof.map((hash) => formatBase64(hash)),
      checkpoint: new TextDecoder().decode(head.checkpoint),
    };
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw failed(cause);
  }
}

/** Said of what the sequencer has not got to; a second later it has. */
export function notReady(detail = "The log has no signed checkpoint with this yet"): ProblemError {
  return new ProblemError("proof-not-ready", { detail, retryAfterSeconds: 2 });
}
