/**
 * Recordings of a live system that were reassigned, in words: what a reader should know who has seen them
 * under other codes. No finding: each has its leaf, and `nouns.ts` compares rows with leaves.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import type { NounContent } from "@wavekeep/core/log";
import { type BundleLink, describeMove, describesMove } from "@wavekeep/core/proof";
import type pg from "pg";

/** One move, and the leaf that says so. */
export interface FoundMove {
  readonly detail: string;
  readonly leafIndex: number;
}

interface VersionRow {
  readonly reference: Uint8Array;
  readonly version: number;
  readonly patient: string;
  readonly recording: string;
  readonly patientBefore: string;
  readonly recordingBefore: string;
  readonly reason: string;
  readonly actor: string;
}

/** Moves, in the log's order. @param leaves Every opened leaf. */
export async function findMoves(
  client: pg.Client,
  leaves: readonly { readonly content: NounContent; readonly leafIndex: number }[],
): Promise<FoundMove[]> {
  const { rows } = await client.query<VersionRow>(
    `select r.reference, l.version, p.patient_code as patient, l.recording_code as recording,
        coalesce(bp.patient_code, op.patient_code) as "patientBefore",
        coalesce(b.recording_code, r.recording_code) as "recordingBefore", l.reason, l.actor
      from wavekeep.recording_link l
        join wavekeep.recording r on r.recording_id = l.recording_id
        join wavekeep.patient op on op.patient_uuid = r.patient_uuid
        join wavekeep.patient p on p.patient_uuid = l.patient_uuid
        left join wavekeep.recording_link b
          on b.recording_id = l.recording_id and b.version = l.version - 1
        left join wavekeep.patient bp on bp.patient_uuid = b.patient_uuid`,
  );
  const leafOf = new Map(
    leaves.filter(({ content }) => content.type === "recording-link")
      .map((leaf) => [`${formatHex(leaf.content.id)}/${leaf.content.number}`, leaf]),
  );
  return rows.flatMap((row) => {
    const leaf = leafOf.get(`${formatHex(new Uint8Array(row.reference))}/${row.version}`);
    const before = link(row.patientBefore, row.recordingBefore);
    const after = { ...link(row.patient, row.recording), reason: row.reason, actor: row.actor };
    if (leaf === undefined || !describesMove(before, after)) return [];
    const detail = describeMove(before, after, leaf.content.receivedAtMicros);
    return [{ detail, leafIndex: leaf.leafIndex }];
  }).sort((a, b) => a.leafIndex - b.leafIndex);
}

function link(patient: string, recording: string): BundleLink {
  return { "patient_id": patient, "recording_id": recording, reason: null, actor: null };
}
