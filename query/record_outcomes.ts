/**
 * What query needs to write down what came of requests: the seconds of a window, and whose recording a refused
 * request was about.
 *
 * @module
 */

import type { Accessed, MsRange } from "@wavekeep/core/service";
import { toNumber } from "@wavekeep/core/time";
import type { Context } from "hono";
import type { QueryStore } from "./store/query_store.ts";
import type { TimeRange } from "./window/gaps.ts";

/** Whole milliseconds around a window. */
export function msRange({ start, end }: TimeRange): MsRange {
  return [Math.floor(toNumber(start) * 1000), Math.ceil(toNumber(end) * 1000)];
}

/** The recording that a request names, by its codes or by a segment, if the site has it. */
export async function meantRecording(
  store: QueryStore,
  c: Context,
  siteId: number,
): Promise<Accessed | undefined> {
  const named = (name: string) => c.req.param(name) ?? c.req.query(name);
  const patientCode = named("patient_id");
  const recordingCode = named("recording_id");
  const segmentId = c.req.param("segment_id");
  const found = await store.read(siteId, async (view) => {
    if (patientCode !== undefined && recordingCode !== undefined) {
      return await view.recording({ patientCode, recordingCode });
    }
    if (segmentId === undefined || !/^[0-9a-f]{32}$/.test(segmentId)) return undefined;
    return (await view.segment(segmentId))?.recording;
  });
  return found && { recordingId: found.recordingId };
}
