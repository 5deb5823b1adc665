/**
 * The relay's metrics in Prometheus' text format. Counts and times only: no label names anybody.
 *
 * @module
 */

import { formatMetrics } from "@wavekeep/core/service";
import type { RelayStatus } from "./status.ts";

/** Name, type, help and value of each metric. */
function rows(status: RelayStatus): [string, "gauge" | "counter", string, number | null][] {
  const { spool, drain, clock } = status;
  return [
    ["waiting_chunks", "gauge", "Chunks without a receipt of ingest", spool.waitingChunks],
    ["waiting_requests", "gauge", "Other requests not yet stored by ingest", spool.waitingRequests],
    ["waiting_bytes", "gauge", "Bytes of both", spool.waitingBytes],
    [
      "oldest_wait_seconds",
      "gauge",
      "How long the oldest has waited",
      (spool.oldestWaitMs ?? 0) / 1000,
    ],
    [
      "kept_entries",
      "gauge",
      "Entries with a receipt that are kept a day more",
      spool.storedEntries,
    ],
    ["disputed_entries", "gauge", "Entries that ingest refused for good", spool.disputedEntries],
    ["spool_bytes", "gauge", "Bytes that the spool takes", spool.usedBytes],
    ["spool_quota_bytes", "gauge", "Bytes that it may take", spool.quotaBytes],
    ["disk_free_bytes", "gauge", "Bytes that the disk has left", status.diskFreeBytes],
    ["damaged_files", "gauge", "Files that were set aside as damaged", spool.setAside.length],
    [
      "upstream_away_seconds",
      "gauge",
      "How long ingest has been away; 0 while it answers",
      drain.awayMs / 1000,
    ],
    [
      "last_receipt_timestamp_seconds",
      "gauge",
      "When ingest gave a receipt last, by this machine's clock",
      drain.lastReceiptAtMs === null ? null : drain.lastReceiptAtMs / 1000,
    ],
    ["stored_chunks_total", "counter", "Chunks that ingest stored", drain.storedChunks],
    ["repeated_chunks_total", "counter", "Chunks that ingest had already", drain.repeatedChunks],
    ["retries_total", "counter", "Requests and chunks that have to go again", drain.retries],
    [
      "refused_full_total",
      "counter",
      "Requests of devices refused for want of room",
      status.refusedFull,
    ],
    [
      "clock_offset_seconds",
      "gauge",
      "Ingest's clock minus this machine's",
      clock === null ? null : clock.offsetMicros / 1e6,
    ],
    ["up_seconds", "gauge", "How long the relay has run", status.upSeconds],
  ];
}

/** All metrics as text; what is not known is left out. */
export function renderMetrics(status: RelayStatus): string {
  return formatMetrics(
    rows(status).flatMap(([name, type, help, value]) =>
      value === null ? [] : [{ name: `wavekeep_relay_${name}`, type, help, samples: [{ value }] }]
    ),
  );
}
