/**
 * What every research route does first: find a recording by its pseudonyms, and write the access down.
 *
 * A pseudonym that leads nowhere, a patient who does not allow research and a recording that still grows look the
 * same (404), and nothing is written down for them. The access that is, names the recording as it is stored: who
 * saw a patient is told of researchers, too.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import type { QueryDeps } from "../deps.ts";
import { openAnnotations, type PlacedAnnotation } from "../read_annotations.ts";
import { grantAccess, open, parsePath, RecordingPath } from "../routes/_request.ts";
import type { RecordingPosition, SiteView, StoredRecording } from "../store/query_store.ts";
import type { TimeRange } from "../window/gaps.ts";
import { deidentified, deidentifiedMarks, type ResearchRecording } from "./deidentify.ts";
import type { SitePseudonyms } from "./site_pseudonyms.ts";

/** Recordings of a patient that are looked at together. */
const PAGE = 200;

/**
 * The recording that the path names by pseudonyms, with what `read` reads of it in the same transaction.
 *
 * @param windowOf Which seconds are given, for the row that says so.
 */
export async function readResearch<T>(
  c: Context,
  deps: QueryDeps,
  read: (view: SiteView, recording: ResearchRecording) => Promise<T>,
  windowOf: (read: T) => TimeRange | undefined = () => undefined,
): Promise<{ recording: ResearchRecording; read: T }> {
  const { patient_id: patient, recording_id: wanted } = parsePath(c, RecordingPath);
  const { siteId } = c.get("principal");
  const { names, codes } = await researchOf(deps, siteId);
  const code = codes.get(patient);
  if (code === undefined) throw new ProblemError("recording-not-found");
  const found = await deps.store.read(siteId, async (view) => {
    for await (const stored of researchRecordings(view, code)) {
      if (names.recording(stored.recordingId) !== wanted) continue;
      const recording = deidentified(await open(view, deps, stored), names);
      if (recording.stored.key === undefined) break;
      return { recording, read: await read(view, recording) };
    }
    throw new ProblemError("recording-not-found");
  });
  const { recordingId } = found.recording.stored.stored;
  await grantResearch(c, deps, recordingId, windowOf(found.read));
  return found;
}

/** Who allows research at a site, by pseudonym; nothing where the service has no key for pseudonyms. */
export async function researchOf(
  { research }: Pick<QueryDeps, "research">,
  siteId: number,
): Promise<{ names: SitePseudonyms; codes: ReadonlyMap<string, string> }> {
  return { names: research.namesOf(siteId), codes: await research.all(siteId) };
}

/**
 * The recordings of a patient that are closed: while one grows, its end is now, and says when it began.
 */
export async function* researchRecordings(
  view: SiteView,
  patientCode: string,
): AsyncIterable<StoredRecording> {
  let after: RecordingPosition | undefined;
  do {
    const page: StoredRecording[] = await view.recordings({
      patientCode,
      limit: PAGE,
      ...(after && { after }),
    });
    for (const stored of page) if (stored.isClosed) yield stored;
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
}

/** Marks of a recording as researchers see them, by onset. */
export async function readResearchMarks(
  view: SiteView,
  { stored }: ResearchRecording,
): Promise<PlacedAnnotation[]> {
  const { recordingId } = stored.stored;
  const rows = (await view.annotations([recordingId])).get(recordingId) ?? [];
  return deidentifiedMarks(openAnnotations(stored, rows));
}

/** Commits the access, of a recording whose patient allows it now. */
export async function grantResearch(
  c: Context,
  deps: QueryDeps,
  recordingId: string,
  window?: TimeRange,
): Promise<void> {
  const principal = c.get("principal");
  await deps.consents.require({ principal, recordingId, purpose: "research" });
  await grantAccess(c, deps, recordingId, window);
}
