/**
 * What a relay knows of a segment, so that a device can go on from there, without any network.
 *
 * `high_water` counts what is safe: held here or stored by ingest. `stored_high_water` is how far ingest's receipts
 * go: that is how they reach a device that has long sent its chunks.
 *
 * @module
 */

import { formatHex, parseHex } from "@wavekeep/core/bytes";
import { ProblemError } from "@wavekeep/core/problem";
import type { SpoolProgress } from "@wavekeep/core/spool";
import type { SegmentState } from "@wavekeep/core/wire";
import { formatInstant } from "../instant.ts";
import { waterline } from "../segment_state.ts";
import type { Sender } from "../store/ingest_store.ts";
import type { RelayDeps } from "./deps.ts";
import { decodeFacts } from "./segment_facts.ts";

/** `GET /segments/:segment_id/state`, answered from the spool. */
export async function relayState(
  deps: Pick<RelayDeps, "name" | "spool" | "nowMicros">,
  sender: Pick<Sender, "siteId">,
  segmentId: string,
): Promise<SegmentState> {
  const id = parseHex(segmentId, 16);
  const segment = await deps.spool.segment(id);
  if (segment === undefined || segment.sender.siteId !== sender.siteId) {
    throw new ProblemError("segment-not-found", { detail: "There is no such segment" });
  }
  const facts = decodeFacts(segment.facts);
  return {
    "segment_id": segmentId,
    "segment_digest": formatHex(facts.segmentDigest),
    "signature_policy": facts.policy,
    "key_id": facts.keyId,
    // Before ingest was ever reached there is none; whatever it says then is greater.
    incarnation: deps.spool.incarnation ?? 0,
    "held_by": deps.name,
    disputed: deps.spool.disputedOf(id),
    "as_of": formatInstant(deps.nowMicros()),
    streams: deps.spool.progress(id).map(streamState),
    clock: facts.clock,
  };
}

function streamState({ stream, held, stored }: SpoolProgress): SegmentState["streams"][number] {
  const first = held[0];
  const stretch = first?.start === 0 ? first : undefined;
  return {
    stream,
    ...waterline(held),
    "stored_high_water": stored[0]?.start === 0 ? stored[0].end : 0,
    "high_water_digest": stretch === undefined ? null : formatHex(stretch.endDigest),
    "chunk_count": held.reduce((sum, { start, end }) => sum + end - start, 0),
    "end_sequence": null,
  };
}
