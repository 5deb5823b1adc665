/**
 * Segments by id, remembered: every chunk needs its segment, and a stored segment never changes.
 *
 * Sole cache of segments. Hazard: only immutable facts may be kept here, since other processes write the
 * same tables. Whether a recording is closed or a stream has ended is asked in the transaction that
 * depends on it. A segment that was not found is not remembered: it may be opened the next moment.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type { KeyStore } from "@wavekeep/core/crypto";
import { BoundedMap } from "@wavekeep/core/service";
import type { IngestStore, StoredRecording, StoredSegment } from "./store/ingest_store.ts";

/** A segment with the recording it belongs to; `isClosed` of the latter may be out of date. */
export interface KnownSegment {
  readonly segment: StoredSegment;
  readonly recording: StoredRecording;
}

/** Looks segments up, in memory first. */
export interface SegmentDirectory {
  /** The segment of this id at this site, or undefined. */
  find(siteId: number, segmentId: Uint8Array): Promise<KnownSegment | undefined>;
}

/** Less than 2 KB each: 40 MB at most. */
const SEGMENT_COUNT_MAX = 20_000;

/**
 * A directory over a store.
 *
 * @param keys Whose key a recording is wrapped by changes when one is reassigned, and then the key before is
 * destroyed: a recording whose key is gone is looked up anew.
 */
export function createSegmentDirectory(
  store: IngestStore,
  keys: Pick<KeyStore, "patientKey">,
  segmentCountMax: number = SEGMENT_COUNT_MAX,
): SegmentDirectory {
  // What is used is set again: what was not used for longest is forgotten.
  const known = new BoundedMap<string, KnownSegment>(segmentCountMax);
  return {
    async find(siteId, segmentId) {
      const key = `${siteId}/${formatHex(segmentId)}`;
      const remembered = known.get(key);
      if (remembered !== undefined) {
        const { patientUuid } = remembered.recording;
        const hasKey = await keys.patientKey(patientUuid) !== undefined;
        // Only now: the other chunks of a batch look for it meanwhile.
        if (known.get(key) === remembered) {
          if (hasKey) known.set(key, remembered);
          else known.delete(key);
        }
        if (hasKey) return remembered;
      }
      const found = await store.findSegment(siteId, segmentId);
      if (found === undefined) return undefined;
      const own = withOwnBytes(found);
      known.set(key, own);
      return own;
    },
  };
}

/**
 * A copy whose bytes lie in one piece of their own. Those that a driver hands out are slices of pools of
 * eight kilobytes, and keeping a digest keeps its pool: 15 KB for each of 2,000 segments.
 */
function withOwnBytes<Value>(value: Value): Value {
  let byteLength = 0;
  mapBytes(value, (bytes) => (byteLength += bytes.byteLength, bytes));
  const own = new Uint8Array(byteLength);
  let offset = 0;
  return mapBytes(value, (bytes) => {
    own.set(bytes, offset);
    return own.subarray(offset, offset += bytes.byteLength);
  }) as Value;
}

/** A copy of plain objects and lists, with every array of bytes replaced. */
function mapBytes(value: unknown, replace: (bytes: Uint8Array) => Uint8Array): unknown {
  if (value instanceof Uint8Array) return replace(value);
  if (Array.isArray(value)) return value.map((element) => mapBytes(element, replace));
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, mapBytes(member, replace)]),
  );
}
