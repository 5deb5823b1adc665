/**
 * Sealing: checked chunks become rows, before anything of them reaches SQL.
 *
 * Sole owner of how a chunk's body is sealed and its leaf made. Keys stay in this thread: what ciphers
 * beside it is the runtime's own WebCrypto, never a worker of ours.
 *
 * @module
 */

import { chunkPlace, seal, sealAllAside } from "@wavekeep/core/crypto";
import type { CheckedChunk } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { CHUNK_LEAF_BYTES, makeChunkLeaf } from "./leaf.ts";
import type { RecordingSecrets } from "./recording_key.ts";
import type { ChunkKey, NewChunk, Sender } from "./store/ingest_store.ts";

/**
 * Chunks that are worth WebCrypto. It takes two thirds of the time of `node:crypto` under Deno, but each
 * call goes to another thread and back, which a chunk alone waits for (core/decisions/0019).
 */
const ASIDE_CHUNKS_MIN = 4;

/**
 * Makes the rows of checked chunks, in their order.
 *
 * @param secrets Of every recording that they are of, by its id.
 * @param isAlone The chunk that covers them, if any, stands already: none needs another of these.
 */
export async function sealRows(
  deps: Pick<IngestDeps, "clock" | "sha256">,
  { siteId }: Pick<Sender, "siteId">,
  chunks: readonly CheckedChunk[],
  secrets: ReadonlyMap<string, RecordingSecrets>,
  isAlone = false,
): Promise<NewChunk[]> {
  const keys = chunks.map(chunkKey);
  const values = chunks.map(({ bytes }, index) => ({
    key: secrets.get(keys[index]!.recordingId)!.key,
    aad: chunkPlace({ siteId, ...keys[index]! }),
    plaintext: bytes,
  }));
  const bodies = chunks.length < ASIDE_CHUNKS_MIN
    ? values.map(({ key, aad, plaintext }) => seal(key, aad, plaintext))
    : await sealAllAside(values);
  const receivedAtMicros = deps.clock.nowMicros();
  const leaves = new Uint8Array(chunks.length * CHUNK_LEAF_BYTES);
  return chunks.map((chunk, index) => {
    const { header, chunkDigest, storedDigest, segment: { signing } } = chunk;
    const key = keys[index]!;
    const { pseudonym, saltOf } = secrets.get(key.recordingId)!;
    const leaf = makeChunkLeaf(
      {
        siteId,
        pseudonym,
        segmentId: header.segmentId,
        stream: header.stream,
        sequence: header.sequence,
        chunkDigest,
        storedDigest,
        receivedAtMicros,
        saltOf,
      },
      deps.sha256,
      leaves.subarray(index * CHUNK_LEAF_BYTES, (index + 1) * CHUNK_LEAF_BYTES),
    );
    return {
      recordingId: key.recordingId,
      segmentNumber: key.segmentNumber,
      stream: key.stream,
      sequence: key.sequence,
      firstSample: header.firstSample,
      sampleCount: header.sampleCount,
      chunkDigest,
      storedDigest,
      receivedAtMicros,
      leafEntry: leaf.entry,
      leafHash: leaf.leafHash,
      body: bodies[index]!,
      ...(signing !== null && header.signed ? { keyId: signing.keyId } : {}),
      ...(!isAlone && needsNext(chunk) ? { needsNext: true } : {}),
    };
  });
}

/** Whether a chunk is stored only together with the one after it: an unsigned one of a run. */
export function needsNext({ segment, header }: CheckedChunk): boolean {
  return segment.signing !== null && !header.signed;
}

/** The permanent place of a chunk. */
export function chunkKey({ segment, header }: CheckedChunk): ChunkKey {
  return {
    recordingId: segment.recordingId,
    segmentNumber: segment.segmentNumber,
    stream: header.stream,
    sequence: header.sequence,
  };
}
