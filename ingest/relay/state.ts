/**
 * What a relay knows of a segment, so that a device can go on from there, without any network.
 *
 * `high_water` counts what is safe: held here or stored by ingest. `stored_high_water` is how far ingest's receipts
 * go: that is how they reach a device that has long sent its chunks.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { decodeFacts, heldState } from "@wavekeep/core/spool";
import type { SegmentState } from "@wavekeep/core/wire";
import { formatInstant } from "../instant.ts";
import { segmentNotFound } from "../record_statements.ts";
import type { Sender } from "../store/ingest_store.ts";
import type { RelayDeps } from "./deps.ts";

/** `GET /segments/:segment_id/state`, answered from the spool. */
export async function relayState(
  deps: Pick<RelayDeps, "name" | "spool" | "nowMicros">,
  sender: Pick<Sender, "siteId" | "actor">,
  segmentId: string,
): Promise<SegmentState> {
  const id = parseHex(segmentId, 16);
  const segment = await deps.spool.segment(id);
  const isOwn = segment !== undefined && segment.sender.siteId === sender.siteId &&
    segment.sender.subject === sender.actor;
  if (!isOwn) throw segmentNotFound();
  return heldState(deps.spool, {
    segmentId: id,
    facts: decodeFacts(segment.facts),
    heldBy: deps.name,
    asOf: formatInstant(deps.nowMicros()),
  });
}
