/**
 * Which seconds of a recording somebody has reviewed before, as its ledger says.
 *
 * @module
 */

import { mergedRanges } from "@wavekeep/core/time";
import type { ViewingLedger } from "@wavekeep/core/wire";
import type { Stretch } from "../signal/seen_map.ts";

/** Everybody's, in order. Throws when there is no answer. */
export async function readReviewed(
  { patientId, recordingId }: { readonly patientId: string; readonly recordingId: string },
  signal: AbortSignal,
): Promise<Stretch[]> {
  const code = encodeURIComponent;
  const path = `/api/query/patients/${code(patientId)}/recordings/${code(recordingId)}/viewings`;
  const answer = await fetch(`${path}?limit=1`, {
    headers: { accept: "application/json" },
    signal,
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const { readers } = await answer.json() as ViewingLedger;
  return mergedRanges(readers.flatMap(({ stretches }) => stretches))
    .map(([start, end]) => ({ start, end }));
}
