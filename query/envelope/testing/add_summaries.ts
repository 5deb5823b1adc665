/**
 * Summaries of a made recording, as ingest would have stored them, of all its chunks or of some.
 *
 * @module
 */

import { decodeChunk, type SampleKind } from "@wavekeep/core/chunk";
import {
  chunkPlace,
  envelopePlace,
  type KeyStore,
  nodeSha256,
  recordingKeyPlace,
  seal,
  unseal,
  unwrapKey,
} from "@wavekeep/core/crypto";
import {
  mergePending,
  placeOfSequence,
  summariseChunk,
  SummaryBlock,
} from "@wavekeep/core/summary";
import type { MemoryRecording } from "../../store/memory_store.ts";
import type { MemoryEnvelopeStore } from "../memory_store.ts";

const KINDS: readonly SampleKind[] = ["int32", "binary32", "binary64"];

/**
 * Stores summaries.
 *
 * @param isSummarised Which chunks; the others are as if a crash had taken their summaries.
 */
export async function addSummaries(
  envelopes: MemoryEnvelopeStore,
  rows: MemoryRecording,
  keys: KeyStore,
  isSummarised: (chunk: { stream: number; sequence: number }) => boolean = () => true,
): Promise<void> {
  const { siteId, recordingId, patientUuid, wrappedKey } = rows.recording;
  const patientKey = await keys.patientKey(patientUuid);
  const key = unwrapKey(patientKey!, recordingKeyPlace(siteId, recordingId), wrappedKey);
  for (const { segmentNumber, stream, channelCount, kind } of rows.streams) {
    const shape = { channelCount, kind: KINDS[kind - 1]! };
    const place = { siteId, recordingId, segmentNumber, stream };
    const fresh = new Map<number, SummaryBlock>();
    for (const chunk of rows.chunks) {
      if (chunk.segmentNumber !== segmentNumber || chunk.stream !== stream) continue;
      if (!isSummarised(chunk)) continue;
      const { sequence } = chunk;
      const bytes = unseal(key, chunkPlace({ ...place, sequence }), chunk.body);
      const { samples } = decodeChunk(bytes, { sha256: nodeSha256 });
      const { block } = placeOfSequence(0, sequence);
      const open = fresh.get(block) ?? new SummaryBlock({ level: 0, block }, shape);
      fresh.set(block, open);
      open.addChunk(sequence, summariseChunk(samples, channelCount));
    }
    for (const block of mergePending([], [...fresh.values()], shape)) {
      const own = { level: block.level, block: block.block };
      const body = seal(key, envelopePlace({ ...place, ...own }), block.encode());
      envelopes.rows.push({ recordingId, segmentNumber, stream, ...own, body });
    }
  }
}
