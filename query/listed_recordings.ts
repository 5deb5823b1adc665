/**
 * Facts of a page of recordings, each for itself: what does not verify in one takes nothing from the others.
 *
 * Sole owner of what is left of a damaged recording in a list: what is in the clear (codes, times, rates, holes), and
 * the marks that do verify. That it is damaged is written down, and said.
 *
 * @module
 */

import type { QueryDeps } from "./deps.ts";
import type { RecordingFacts } from "./describe_recording.ts";
import { IntegrityError } from "./integrity_error.ts";
import { type OpenRecording, openRecording } from "./open_recording.ts";
import { openAnnotations, type PlacedAnnotation } from "./read_annotations.ts";
import type {
  SiteView,
  StoredAnnotation,
  StoredRecording,
  StoredShape,
} from "./store/query_store.ts";
import { readTimelines } from "./window/read_timelines.ts";

/** In the order of `found`. */
export async function listedFacts(
  view: SiteView,
  deps: Pick<QueryDeps, "alarms" | "keys" | "known">,
  found: readonly StoredRecording[],
): Promise<RecordingFacts[]> {
  const ids = found.map(({ recordingId }) => recordingId);
  const shapes = await view.shapes(ids);
  const annotations = await view.annotations(ids);
  const facts: RecordingFacts[] = [];
  for (const stored of found) {
    const { siteId, recordingId } = stored;
    let isDamaged = false;
    const tell = (error: unknown) => {
      if (!(error instanceof IntegrityError)) throw error;
      deps.alarms.raise(siteId, error);
      isDamaged = true;
    };
    const shape = shapes.get(recordingId)!;
    const recording = await openRecording(stored, shape, deps.keys).catch((error) => {
      tell(error);
      return unopened(stored, shape);
    });
    const timelines = await readTimelines(view, recording, recording.streams, {
      known: deps.known,
    });
    const marks = openWhatOpens(recording, annotations.get(recordingId) ?? [], tell);
    facts.push({ recording, timelines, annotations: marks, isDamaged });
  }
  return facts;
}

/** The recording as it is without a key. */
function unopened(stored: StoredRecording, shape: StoredShape): Promise<OpenRecording> {
  return openRecording(stored, shape, { patientKey: () => Promise.resolve(undefined) });
}

function openWhatOpens(
  recording: OpenRecording,
  rows: readonly StoredAnnotation[],
  tell: (error: unknown) => void,
): PlacedAnnotation[] {
  try {
    return openAnnotations(recording, rows);
  } catch (error) {
    tell(error);
    return rows.flatMap((row) => {
      try {
        return openAnnotations(recording, [row]);
      } catch (error) {
        tell(error);
        return [];
      }
    });
  }
}
