// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * What has arrived of a segment, so that a device knows where to go on.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { CLOCKS } from "@wavekeep/core/chunk";
import type { SegmentState, SequenceRange } from "@wavekeep/core/wire";
import type { IngestDeps } from "./deps.ts";
import { formatInstant } from "./instant.ts";
import { findSegment, segmentNotFound } from "./record_statements.ts";
import type { Sender, StreamProgress } from "./store/ingest_store.ts";

/**
 * `GET /segments/:segment_id/state`.
 *
 * @param onFound Told whose it is, for whoever writes down who asked.
 */
export async function segmentState(
  deps: Pick<IngestDeps, "store" | "segments" | "keyStore">,
  sender: Sender,
  segmentId: string,
  onFound: (recordingId: string) => void = () => {},
): Promise<SegmentState> {
  const { segment, recording } = await findSegment(deps, sender, segmentId);
  onFound(recording.recordingId);
  // A relay asks for all whose chunks it holds.
  const isOthers = segment.actor !== null && segment.actor !== sender.actor;
  if (sender.role === "device" && isOthers) throw segmentNotFound();
  const isErased = await deps.keyStore.patientKey(recording.patientUuid) === undefined;
  const progress = await deps.store.segmentProgress(sender.siteId, segment);
  return {
    segment_id: formatHex(segment.segmentId),
    segment_digest: formatHex(segment.segmentDigest),
    signature_policy: segment.signing?.policy ?? "none",
    key_id: segment.signing && formatHex(segment.signing.keyId),
    incarnation: progress.incarnation,
    ...(isErased ? { erased: true as const } : {}),
    as_of: formatInstant(progress.asOfMicros),
    streams: progress.streams.map((stream) => ({
      stream: stream.stream,
      ...waterline(stream.runs),
      high_water_digest: stream.highWaterDigest === null ? null : formatHex(stream.highWaterDigest),
      chunk_count: stream.chunkCount,
      end_sequence: stream.endSequence,
    })),
    clock: CLOCKS[segment.clock]!,
  };
}

/**
 * From runs of stored sequences to the contiguous high water and what is missing above it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { waterline } from "./segment_state.ts";
 *
 * deepStrictEqual(waterline([{ start: 0, end: 3 }, { start: 5, end: 6 }]), {
 *   high_water: 3,
 *   missing: [{ start: 3, end: 5 }],
 * });
 * ```
 */
export function waterline(
  runs: StreamProgress["runs"],
): { high_water: number; missing: SequenceRange[] } {
  const [first] = runs;
  const high_water = first?.start === 0 ? first.end : 0;
  const missing: SequenceRange[] = [];
  let end = 0;
  for (const run of runs) {
    if (end < run.start) missing.push({ start: end, end: run.start });
    end = run.end;
  }
  return { high_water, missing };
}
