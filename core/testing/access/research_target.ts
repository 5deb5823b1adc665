/**
 * What researchers find of a target: a closed recording of a patient who allows research, under its pseudonyms.
 *
 * @module
 */

import type { Pipeline } from "../../../query/testing/pipeline.ts";

/** What requests of researchers name. */
export interface ResearchTarget {
  readonly patient: string;
  readonly recording: string;
  /** Hexadecimal. */
  readonly exportId: string;
}

/** One that never was. */
export const NO_RESEARCH: ResearchTarget = {
  patient: "paaaaaaaaaaaaa",
  recording: "raaaaaaaaaaaaa",
  exportId: "d".repeat(32),
};

/** The codes of a target's closed recording. */
export function closedCodes(
  name: string,
): { readonly patient: string; readonly recording: string } {
  return { patient: `closed-${name}`, recording: `recording-${name}` };
}

/** Pseudonyms of a recording that is there. */
export async function researchNames(
  { queryDeps, database }: Pipeline,
  site: "own" | "other",
  { patient, recording }: { readonly patient: string; readonly recording: string },
): Promise<Pick<ResearchTarget, "patient" | "recording">> {
  const siteId = site === "own" ? database.siteId : database.otherSiteId;
  const names = queryDeps.research.namesOf(siteId);
  const position = { patientCode: patient, recordingCode: recording };
  const stored = await queryDeps.store.read(siteId, (view) => view.recording(position));
  return { patient: names.patient(patient), recording: names.recording(stored!.recordingId) };
}
