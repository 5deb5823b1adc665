/**
 * What every route about marks does first: find them as its query asks, and write the access down.
 *
 * @module
 */

import type { MarksQuery } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { QueryDeps } from "../deps.ts";
import type { OpenRecording } from "../open_recording.ts";
import { openAnnotations, type PlacedAnnotation, touches } from "../read_annotations.ts";
import { grantAccess, openByCodes, parsePath, parseRange, RecordingPath } from "./_request.ts";

/** A version gets its moment when it is written, and may be committed this much later, ms. */
const LATE_COMMIT_MS = 60_000;

/** Marks of a recording, by onset. */
export interface FoundMarks {
  readonly recording: OpenRecording;
  readonly marks: readonly PlacedAnnotation[];
  /** The moment that they are true of. */
  readonly asOf: string;
  /** Names exactly these rows. */
  readonly snapshot: string;
}

/** Finds the marks of the recording that the path names. */
export async function findMarks(
  c: Context,
  deps: QueryDeps,
  query: MarksQuery,
): Promise<FoundMarks> {
  const codes = parsePath(c, RecordingPath);
  const range = parseRange(query);
  const choice = {
    asOf: query.as_of,
    snapshot: query.snapshot,
    changedSince: earlier(query.changed_since),
  };
  const found = await deps.store.read(c.var.principal.siteId, async (view) => {
    const recording = await openByCodes(view, deps, codes);
    const stored = await view.marks(recording.stored.recordingId, choice);
    return { recording, stored, asOf: view.asOf };
  });
  await grantAccess(c, deps, found.recording.stored.recordingId);
  const { annotations, reviews, snapshot } = found.stored;
  return {
    recording: found.recording,
    marks: openAnnotations(found.recording, annotations, reviews)
      .filter((mark) => touches(mark, range)),
    snapshot,
    asOf: query.as_of === undefined || Date.parse(query.as_of) > Date.parse(found.asOf)
      ? found.asOf
      : query.as_of,
  };
}

function earlier(moment: string | undefined): string | undefined {
  return moment && new Date(Date.parse(moment) - LATE_COMMIT_MS).toISOString();
}
