/**
 * Entries of the log as they are stored, and what those of events say.
 *
 * @module
 */

import { leafSalt, nodeSha256, openLeafContent } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { decodeEntryBundle, type LeafContent, openLogEntry, TILE_WIDTH } from "@wavekeep/core/log";
import type { VerdictBuilder } from "@wavekeep/core/proof";
import type pg from "pg";
import type { OpenedRecordings } from "./opened_recordings.ts";
import { type EventRow, selectEntries } from "./rows.ts";

/**
 * The entries `start <= i && i < end`, which are of one bundle; undefined where they cannot be had, which is a
 * finding.
 */
export async function entriesOf(
  client: pg.Client,
  logNumber: number,
  { start, end, result }: {
    readonly start: number;
    readonly end: number;
    readonly result: VerdictBuilder;
  },
): Promise<Uint8Array[] | undefined> {
  const bytes = await selectEntries(client, logNumber, start / TILE_WIDTH);
  const place = { leafIndex: start };
  if (bytes === undefined) {
    result.find("log-proof-differs", "entries of the log were deleted", place);
    return undefined;
  }
  try {
    // The newest bundle may have more than the checkpoint signs, never fewer.
    return readEntries(new Uint8Array(bytes), end - start);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("log-proof-differs", error.message, place);
    return undefined;
  }
}

/** The first `count` entries of a bundle that may have more. */
function readEntries(bytes: Uint8Array, count: number): Uint8Array[] {
  let byteLength = 0;
  for (let i = 0; i < count && byteLength + 2 <= bytes.byteLength; i++) {
    byteLength += 2 + bytes[byteLength]! * 256 + bytes[byteLength + 1]!;
  }
  return decodeEntryBundle(bytes.subarray(0, byteLength), count);
}

/**
 * What an event's leaf says; a text says why that cannot be told, and is `erased` where nobody can open it any more.
 *
 * @param entry Of the leaf.
 */
export async function openEvent(
  recordings: OpenedRecordings,
  recordingId: string | null,
  event: EventRow,
  entry: Uint8Array,
): Promise<LeafContent | string> {
  if (event.content === null) return "what it says was taken away";
  let content = new Uint8Array(event.content);
  let salt: Uint8Array | undefined = event.salt === null ? undefined : new Uint8Array(event.salt);
  try {
    if (salt === undefined) {
      const opened = recordingId === null ? undefined : await recordings.get(recordingId);
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
