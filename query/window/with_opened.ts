/**
 * A recording with a view of what is stored of it, by as few looks as will do.
 *
 * One that was opened a moment ago is looked at once; in every other case its rows are read from the
 * beginning, and they decide, complaints included.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { QueryDeps } from "../deps.ts";
import { type OpenRecording, openRecording } from "../open_recording.ts";
import { standsAsOpened } from "../opened_recordings.ts";
import type { SequenceScope, SiteView } from "../store/query_store.ts";
import type { NamedChannel } from "./channel_names.ts";
import type { readTimelines } from "./read_timelines.ts";

/** What opening needs of the world. */
export type OpenDeps = Pick<QueryDeps, "store" | "keys" | "opened" | "known">;

/** What timelines are read through. */
export type RunsView = Parameters<typeof readTimelines>[0];

/** A recording as it stands at a moment. */
export interface OpenedNow {
  readonly recording: OpenRecording;
  readonly named: readonly NamedChannel[];
  readonly asOf: string;
}

/**
 * Opens a recording and uses it.
 *
 * @throws {ProblemError} `recording-not-found`.
 */
export async function withOpened<T>(
  deps: OpenDeps,
  siteId: number,
  codes: { readonly patient_id: string; readonly recording_id: string },
  use: (view: RunsView, opened: OpenedNow) => Promise<T>,
): Promise<T> {
  const known = await lookAgain(deps, siteId, codes);
  if (known !== undefined) return await use(known.view, known.opened);
  return await deps.store.read(siteId, async (view: SiteView) => {
    const stored = await view.recording(positionOf(codes));
    if (stored === undefined) throw new ProblemError("recording-not-found");
    const shapes = await view.shapes([stored.recordingId]);
    const recording = await openRecording(stored, shapes.get(stored.recordingId)!, deps.keys);
    const { named } = deps.opened.keep(recording, view.incarnation);
    return await use(view, { recording, named, asOf: view.asOf });
  });
}

/** By one look at a recording that is open; undefined when the rows have to decide. */
async function lookAgain(
  deps: OpenDeps,
  siteId: number,
  codes: { readonly patient_id: string; readonly recording_id: string },
): Promise<{ view: RunsView; opened: OpenedNow } | undefined> {
  const kept = await deps.opened.find(siteId, positionOf(codes));
  if (kept === undefined) return undefined;
  const { recordingId } = kept.recording.stored;
  const look = await deps.store.look(siteId, recordingId, [], { bodies: false });
  const recording = look && standsAsOpened(kept, look.standing);
  if (recording === undefined) return undefined;
  const runs = async (scopes: readonly SequenceScope[]) => {
    if (scopes.length === 0) return [];
    const later = await deps.store.look(siteId, recordingId, scopes, { bodies: false });
    return scopes.map((_, index) => [...later?.scopes[index]?.runs ?? []]);
  };
  return {
    view: {
      incarnation: look!.standing.incarnation,
      runs,
      lengths: (scope) => deps.store.read(siteId, (view) => view.lengths(scope)),
    },
    opened: { recording, named: kept.named, asOf: look!.standing.asOf },
  };
}

function positionOf(codes: { readonly patient_id: string; readonly recording_id: string }) {
  return { patientCode: codes.patient_id, recordingCode: codes.recording_id };
}
