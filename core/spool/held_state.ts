/**
 * Layer 6. The state of a segment out of a spool: how far it is here, and how far ingest's receipts go.
 *
 * @module
 */
import { formatHex } from "../bytes/mod.ts";
import type { SegmentState, SequenceRange } from "../wire/mod.ts";
import type { SegmentFacts } from "./segment_facts.ts";
import type { Spool, SpoolProgress, SpoolRun } from "./spool.ts";

/** What the protocol's `state` says of a segment that a spool holds. */
export function heldState(
  spool: Pick<Spool, "progress" | "incarnation" | "disputedOf">,
  { segmentId, facts, heldBy, asOf }: {
    readonly segmentId: Uint8Array;
    readonly facts: SegmentFacts;
    readonly heldBy: string;
    /** RFC 3339. */
    readonly asOf: string;
  },
): SegmentState {
  return {
    "segment_id": formatHex(segmentId),
    "segment_digest": formatHex(facts.segmentDigest),
    "signature_policy": facts.policy,
    "key_id": facts.keyId,
    // Before ingest was ever reached there is none; whatever it says then is greater.
    incarnation: spool.incarnation ?? 0,
    "held_by": heldBy,
    disputed: spool.disputedOf(segmentId),
    "as_of": asOf,
    streams: spool.progress(segmentId).map(streamState),
    clock: facts.clock,
  };
}

function streamState({ stream, held, stored }: SpoolProgress): SegmentState["streams"][number] {
  const first = held[0]?.start === 0 ? held[0] : undefined;
  return {
    stream,
    "high_water": first?.end ?? 0,
    missing: missingOf(held),
    "stored_high_water": stored[0]?.start === 0 ? stored[0].end : 0,
    "high_water_digest": first === undefined ? null : formatHex(first.endDigest),
    "chunk_count": held.reduce((sum, { start, end }) => sum + end - start, 0),
    "end_sequence": null,
  };
}

function missingOf(runs: readonly SpoolRun[]): SequenceRange[] {
  const missing: SequenceRange[] = [];
  let end = 0;
  for (const run of runs) {
    if (end < run.start) missing.push({ start: end, end: run.start });
    end = run.end;
  }
  return missing;
}
