/**
 * Everything of a recording that is no chunk, as it is stored.
 *
 * @module
 */

import { prepared, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import type { NounRows } from "./scrub_store.ts";

/** Of each noun the columns that its check needs, under the names of {@link NounRows}. */
const SELECTS: Readonly<Record<keyof NounRows, string>> = {
  segments: `select segment_no as "segmentNumber", segment_id as "segmentId",
      segment_digest as "segmentDigest", record, clock, signature_policy as policy,
      key_id as "keyId", signature, k.public_key as "publicKey"
    from wavekeep.segment left join wavekeep.device_key k using (site_id, key_id)
    where recording_id = $1 order by segment_no`,
  streams: `select segment_no as "segmentNumber", stream_no as "stream",
      rate_samples::text as "rateSamples", rate_seconds::text as "rateSeconds", kind,
      channel_count as "channelCount", descriptor_digest as "descriptorDigest",
      descriptor_sealed as "descriptorSealed"
    from wavekeep.stream where recording_id = $1 order by segment_no, stream_no`,
  sets: `select digest, body, copy from wavekeep.parameter_set where recording_id = $1
    order by digest`,
  annotations:
    `select encode(annotation_id, 'hex') as "annotationId", version, kind, source, status,
      body_sealed as "bodySealed", content_digest as "contentDigest"
    from wavekeep.annotation where recording_id = $1 order by annotation_id, version`,
  reviews: `select encode(review_id, 'hex') as "reviewId",
      encode(annotation_id, 'hex') as "annotationId", annotation_version as "annotationVersion",
      body_sealed as "bodySealed", content_digest as "contentDigest"
    from wavekeep.annotation_review where recording_id = $1 order by review_number`,
  sources: `select encode(file_key, 'hex') as "fileKey", body_sealed as "bodySealed",
      content_digest as "contentDigest"
    from wavekeep.source_artifact where recording_id = $1 order by file_key`,
};

/** Rates arrive as text, bytes as Buffers, whose `slice` would share memory. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, new Uint8Array(value)];
      if (name.startsWith("rate")) return [name, BigInt(value as string)];
      return [name, value];
    }),
  );
}

/** All of them, in one transaction. */
export async function readNouns(
  pool: pg.Pool,
  siteId: number,
  recordingId: string,
): Promise<NounRows> {
  return await withSite(pool, siteId, async (client) => {
    const nouns: Record<string, Record<string, unknown>[]> = {};
    for (const [name, text] of Object.entries(SELECTS)) {
      nouns[name] = (await prepared(client, text, [recordingId])).rows.map(plain);
    }
    return nouns as unknown as NounRows;
  });
}
