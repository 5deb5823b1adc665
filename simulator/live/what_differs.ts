/**
 * What can be said of a chunk that is not what was logged.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import { verifyChecksum } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import type pg from "pg";
import type { OpenedRecording } from "./opened_recordings.ts";
import { type IndexedRow, selectBody } from "./rows.ts";

/** Where a chunk is stored. */
interface Place {
  readonly recordingId: string;
  readonly segmentNumber: number;
  readonly stream: number;
  readonly sequence: number;
}

/**
 * A digest says that something differs; what stands beside it says a little more.
 *
 * @param row Of a chunk that is there.
 * @param opened Its recording, with a key.
 */
export async function whatDiffers(
  client: pg.Client,
  row: IndexedRow,
  { row: recording, key }: OpenedRecording,
): Promise<string> {
  const place: Place = {
    recordingId: row.recordingId!,
    segmentNumber: row.segmentNumber!,
    stream: row.stream!,
    sequence: row.sequence!,
  };
  const stored = await selectBody(client, place);
  if (stored === undefined) return "its row is not what was logged";
  const { siteId } = recording;
  let bytes: Uint8Array;
  try {
    bytes = unseal(key!, chunkPlace({ siteId, ...place }), new Uint8Array(stored.body));
  } catch (error) {
    if (!isCoreError(error)) throw error;
    return "its bytes are another row's, or damaged: rows were swapped or written over";
  }
  const isStored = equalBytes(nodeSha256(bytes), new Uint8Array(row.chunk!.storedDigest));
  if (!isStored) return "its digests are not those of its bytes";
  const after = { ...place, sequence: place.sequence + 1 };
  const next = stored.next && headerOf(key!, { siteId, ...after }, stored.next);
  const isChained = next !== null &&
    equalBytes(next.previousDigest, new Uint8Array(row.chunk!.chunkDigest));
  return isChained
    ? "the chunk after it vouches for its samples: it was re-dated"
    : "it was re-dated, or replaced";
}

/** The header of a sealed chunk; null where it does not open or verify. */
function headerOf(
  key: Uint8Array,
  place: Place & { readonly siteId: number },
  body: Uint8Array,
): ReturnType<typeof verifyChecksum> | null {
  try {
    return verifyChecksum(unseal(key, chunkPlace(place), new Uint8Array(body)));
  } catch (error) {
    if (!isCoreError(error)) throw error;
    return null;
  }
}
